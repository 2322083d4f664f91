// `assay penalise`: takes to the chain what a consensus root charges a node. The line and its proof come from any API and are checked
// against the root first; then it is said what would be taken, and when.
import { z } from 'zod';
import { readContracts, readStakes, type Contracts } from '../../chain/contracts.ts';
import { encodeQueuePenalty } from '../../chain/stake-calls.ts';
import { readPenalised, readSlashes, readStake, readStakeRules, readToken } from '../../chain/stakes.ts';
import type { RegistryClient } from '../../chain/client.ts';
import type { Hex } from '../../protocol/bytes.ts';
import { penaltyLeaf } from '../../protocol/consensus/leaves.ts';
import { SEATS_FINAL_MIN } from '../../protocol/consensus/rule.ts';
import type { Penalty } from '../../protocol/consensus/types.ts';
import { address, hash } from '../../schema/values.ts';
import { amountText, type TokenName } from '../chain/amounts.ts';
import { fetchLine, lineAmount, rootOfLines } from '../chain/root-lines.ts';
import { CliError, hexFlag, integerFlag, required, urlFlag, type Command } from '../command.ts';
import { tellSlash } from './faults.ts';
import { writeCommand } from './writes.ts';

const leaf = z.object({ owner: address, nodeId: hash, cumulative: lineAmount });
const MILLION = 1_000_000n;

/** What a root's line adds to what was queued before, and how much of that may be taken by this root. */
type Charge = { readonly epoch: number; readonly token: TokenName; readonly settled: bigint; readonly amount: bigint };

/** @throws CliError where the chain would refuse it */
async function chargeOf(client: RegistryClient, contracts: Contracts, epoch: number, line: Penalty): Promise<Charge> {
  const { owner, nodeId, cumulative } = line;
  const [penalised, account, rules, token] = await Promise.all([
    readPenalised(client, contracts, owner, nodeId),
    readStake(client, contracts, owner, nodeId),
    readStakeRules(client, contracts),
    readToken(client, contracts, owner),
  ]);
  const settled = penalised.amount;
  if (cumulative <= settled) return { epoch, token, settled, amount: 0n };
  if (penalised.epoch !== null && epoch <= penalised.epoch) {
    throw new CliError(
      `The root of epoch ${String(penalised.epoch)} was used against node ${nodeId} already, and only a newer one can be. Nothing was sent. Leave out --epoch, or wait for the next root.`,
    );
  }
  const most = ((account.bonded + account.unbonding) * BigInt(rules.penaltyCapPpm)) / MILLION;
  const amount = cumulative - settled < most ? cumulative - settled : most;
  if (amount === 0n) {
    throw new CliError(`The bond of node ${nodeId} holds nothing that could be taken. Nothing was sent.`);
  }
  return { epoch, token, settled, amount };
}

async function slashOfPenalty(client: RegistryClient, contracts: Contracts, epoch: number, { owner, nodeId }: Penalty) {
  const key = (await readStakes(client, contracts.stakes, 'penaltyKey', [BigInt(epoch), owner, nodeId])).toLowerCase();
  return (await readSlashes(client, contracts, 100)).find(({ faultKey }) => faultKey === key);
}

/** @throws CliError for a root of too few validators */
function requireFinal(epoch: number, isProvisional: boolean): void {
  if (!isProvisional) return;
  throw new CliError(
    `The root of epoch ${String(epoch)} is provisional: fewer than ${String(SEATS_FINAL_MIN)} validators had a seat, so no penalty follows from it. Nothing was sent.`,
  );
}

function penaltyLine(api: string, epoch: number, nodeId: Hex, root: Hex): ReturnType<typeof fetchLine<Penalty>> {
  return fetchLine(api, {
    ...{ epoch, of: nodeId, tree: 'penalty', root, leaf, hashOf: penaltyLeaf, none: 'it was not charged for anything' },
    isOf: (found) => found.nodeId === nodeId,
  });
}

export const penaliseCommand: Command = writeCommand({
  name: 'penalise',
  summary: 'Queues what a consensus root charges a node. Anybody may.',
  flags: {
    api: 'where the line and its proof are fetched: any validator or gateway; not believed',
    'node-id': 'the node',
    epoch: 'by the root of this epoch, if not the newest (may be left out)',
  },
  more: 'Lines are cumulative: one call settles all epochs before it, up to the cap of one root. All of it goes to the compensation pool, nothing to the sender.',
  prepare: (values) => {
    const api = urlFlag(required(values['api'], '--api'), '--api');
    const nodeId = hexFlag(required(values['node-id'], '--node-id'), '--node-id', 32);
    const wanted = values['epoch'] === undefined ? null : integerFlag(values['epoch'], '--epoch', 0, Number.MAX_SAFE_INTEGER);
    return async ({ client, say, send }) => {
      const contracts = await readContracts(client);
      const { epoch, penaltyRoot, provisional } = await rootOfLines(client, wanted);
      requireFinal(epoch, provisional);
      const line = await penaltyLine(api, epoch, nodeId, penaltyRoot);
      const { owner, cumulative } = line.leaf;
      const { token, settled, amount } = await chargeOf(client, contracts, epoch, line.leaf);
      const told = { owner, nodeId, epoch, cumulative: String(cumulative), queued: String(amount) };
      const charged = `Node ${nodeId} of ${owner} is charged ${amountText(cumulative, token)} by epoch ${String(epoch)}`;
      if (amount === 0n) {
        say(`${charged}, and all of it was queued before: nothing is due.`);
        return told;
      }
      const { slashDelaySeconds } = await readStakeRules(client, contracts);
      say(
        `${charged}, of which ${amountText(settled, token)} were queued. ${amountText(amount, token)} will be taken, not before ${String(slashDelaySeconds)} seconds from now.`,
      );
      const rest = cumulative - settled - amount;
      if (rest > 0n) say(`${amountText(rest, token)} are above what one root may take, and are left to later roots.`);
      const data = encodeQueuePenalty({ epoch, ...line.leaf, proof: line.proof });
      await send({ what: `queueing ${amountText(amount, token)}`, to: contracts.stakes, data, contract: 'stake manager' });
      return { ...told, ...tellSlash(say, await slashOfPenalty(client, contracts, epoch, line.leaf)) };
    };
  },
});
