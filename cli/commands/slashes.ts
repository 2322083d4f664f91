// The queue of slashes: what was found, when it may be taken, and taking it.
import { readContracts } from '../../chain/contracts.ts';
import { SLASHES_MAX } from '../../chain/limits.ts';
import { encodeExecuteSlash } from '../../chain/stake-calls.ts';
import { VALIDATOR_STAKE, readSlash, readSlashes, readToken, type QueuedSlash } from '../../chain/stakes.ts';
import { amountText, type TokenName } from '../chain/amounts.ts';
import { connect } from '../chain/connect.ts';
import { hexFlag, integerFlag, required, type Command } from '../command.ts';
import { timeText } from './stakes.ts';
import { readFlags, targetOf, usageOf, writeCommand } from './writes.ts';

function slashText(slash: QueuedSlash, token: TokenName, nowSeconds: number): string {
  const { slashId, owner, id, ppm, amount, executableAt, executed, reporter } = slash;
  const account = id === VALIDATOR_STAKE ? `validator ${owner}` : `node ${id} of ${owner}`;
  const much = ppm === 0 ? `a penalty of ${amountText(amount, token)}` : `${String(ppm / 10_000)} % of what it holds`;
  const state = executed ? 'executed' : executableAt <= nowSeconds ? 'may be executed now' : `from ${timeText(executableAt)} on`;
  return `${String(slashId)}  ${account}: ${much}, ${state}${reporter === null ? '' : `, reported by ${reporter}`}`;
}

const flags = {
  owner: 'of this account owner alone (may be left out)',
  limit: `so many of the newest, at most ${String(SLASHES_MAX)}; 100 unless told (may be left out)`,
};

const slashesCommand: Command = {
  name: 'slashes',
  summary: 'Lists the slashes that were queued.',
  usage: usageOf(flags),
  run: async (args, io) => {
    const { values, isJson } = readFlags(args, flags);
    const owner = values['owner'] === undefined ? null : hexFlag(values['owner'], '--owner', 20);
    const limit = integerFlag(values['limit'] ?? '100', '--limit', 1, SLASHES_MAX);
    const client = await connect(targetOf(values));
    const contracts = await readContracts(client);
    const [all, token] = await Promise.all([
      readSlashes(client, contracts, limit),
      readToken(client, contracts, contracts.stakes),
    ]);
    const slashes = all.filter((slash) => owner === null || slash.owner === owner);
    if (isJson) {
      const items = slashes.map((slash) => ({ ...slash, amount: String(slash.amount) }));
      io.out(JSON.stringify({ ok: true, chainId: client.chainId, registry: client.registry, slashes: items }));
      return 0;
    }
    const now = Date.now() / 1000;
    for (const slash of slashes) io.out(slashText(slash, token, now));
    if (slashes.length === 0) io.out('No slash was ever queued there.');
    return 0;
  },
};

const executeCommand = writeCommand({
  name: 'execute-slash',
  summary: 'Takes a slash whose delay is over. Anybody may.',
  flags: { id: "the slash's number, from `assay slashes`" },
  prepare: (values) => {
    const slashId = integerFlag(required(values['id'], '--id'), '--id', 0, Number.MAX_SAFE_INTEGER);
    return async ({ client, send, say }) => {
      const contracts = await readContracts(client);
      const what = `executing slash ${String(slashId)}`;
      await send({ what, to: contracts.stakes, data: encodeExecuteSlash(slashId), contract: 'stake manager' });
      const { owner, id } = await readSlash(client, contracts, slashId);
      say(`Slash ${String(slashId)} is taken.`);
      return { slashId, owner, id };
    };
  },
});

export const slashCommands: readonly Command[] = [slashesCommand, executeCommand];
