// `assay verify --spot`: is what was published of an audit on demand what the protocol says it must be? Believes the chain only.
import { checkSpot, type SpotBasis, type SpotChecked } from '../../protocol/spot-check.ts';
import { connect, pinned } from '../chain/connect.ts';
import { API_KEY_VARIABLE, apiFlag, keyFrom } from '../api.ts';
import { UsageError, hexFlag, integerFlag, parseFlags, required, urlFlag, type Io } from '../command.ts';
import { evidenceOf, fetchSpot, readSpotFile, spotFacts, type Kept } from '../verify/spot.ts';

const flags = {
  spot: { type: 'string' },
  api: { type: 'string' },
  rpc: { type: 'string', multiple: true },
  registry: { type: 'string' },
  'chain-id': { type: 'string' },
  json: { type: 'boolean' },
} as const;

const RESTS: Readonly<Record<SpotBasis, string>> = {
  transcript: 'The verdict follows from what the node signed.',
  time: 'The result follows from what the node signed; the speed from the time that the validator took.',
  word: 'That no (good) answer came is the validator’s word, as it always is.',
};

export const isSpot = (args: readonly string[]): boolean => args.some((word) => word === '--spot' || word.startsWith('--spot='));

function keptFrom(spot: string, api: string | undefined, io: Io): Promise<Kept> {
  if (!/^spot_[0-9a-f]{32}$/.test(spot)) return readSpotFile(spot);
  if (api === undefined) throw new UsageError('--spot with an id needs --api: where it was ordered.');
  return fetchSpot({ url: apiFlag(api), key: keyFrom(io.env, API_KEY_VARIABLE) }, spot);
}

function show(io: Io, { checks, basis }: SpotChecked, verdict: string): void {
  for (const { name, failure } of checks) io.out(failure === null ? `✓ ${name}` : `✗ ${name}: ${failure}`);
  const failed = checks.some(({ failure }) => failure !== null);
  io.out(failed ? 'The audit does NOT verify.' : `The audit verifies: ${verdict}. ${RESTS[basis]}`);
}

export async function runVerifySpot(args: readonly string[], io: Io): Promise<0 | 1> {
  const values = parseFlags(args, flags);
  const rpc = values.rpc ?? [];
  if (rpc.length === 0) throw new UsageError('--rpc is missing.');
  const chainId = values['chain-id'];
  const target = {
    rpcUrls: rpc.map((url) => urlFlag(url, '--rpc')),
    registry: hexFlag(required(values.registry, '--registry'), '--registry', 20),
    chainId: chainId === undefined ? null : integerFlag(chainId, '--chain-id', 1, Number.MAX_SAFE_INTEGER),
  };
  const { proof, evidence } = evidenceOf(await keptFrom(required(values.spot, '--spot'), values.api, io));
  const { client, block } = await pinned(await connect(target));
  const checked = checkSpot(await spotFacts(client, proof), evidence);
  const { outcome, reason, nodeId, validator, epoch } = proof.record;
  const isGood = checked.checks.every(({ failure }) => failure === null);
  if (values.json === true) {
    io.out(JSON.stringify({ ok: isGood, block: Number(block), outcome, reason, nodeId, validator, epoch, ...checked }));
  } else {
    io.out(`Node ${nodeId}, audited by ${validator} in epoch ${String(epoch)}`);
    io.out(`Registry ${client.registry} on chain ${String(client.chainId)}, read at block ${String(block)}`);
    show(io, checked, `${outcome} (${reason})`);
  }
  return isGood ? 0 : 1;
}
