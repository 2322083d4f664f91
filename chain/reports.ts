// Posted reports, and where their seeds chain from. The registry keeps two words of a report; the rest is in the event of the
// block that posted it, and is believed only because it hashes to what is stored.
import { getAbiItem } from 'viem';
import { ZERO32, type Hex } from '../protocol/bytes.ts';
import type { StoredFacts } from '../protocol/replay/replay.ts';
import { reportHash, type EpochReport } from '../protocol/report.ts';
import { auditRegistryAbi as abi } from '../schema/abi/AuditRegistry.ts';
import type { RegistryClient } from './client.ts';
import { ChainError } from './errors.ts';
import { readEvent } from './events.ts';
import { SEED_WALK_MAX } from './limits.ts';
import { readRegistry } from './read.ts';
import { addressOf, epochArgument, lower, safeNumber, type ReportTuple } from './values.ts';

/** What the registry stores of a report, and when it did. */
export type StoredReport = StoredFacts & {
  /** Epoch of this validator's report before this one; null for its first. */
  readonly previousEpoch: number | null;
  /** Of the transaction that posted it; Unix seconds. */
  readonly blockNumber: number;
  readonly timestamp: number;
};
export type PostedReport = { readonly report: EpochReport; readonly signature: Hex; readonly transactionHash: Hex };
export type SeedBase = { readonly epoch: number; readonly seed: Hex };

const reportPosted = getAbiItem({ abi, name: 'ReportPosted' });

/** Null when that validator posted no report for that epoch. */
export async function readReport(client: RegistryClient, validator: Hex, epoch: number): Promise<StoredReport | null> {
  const view = await readRegistry(client, 'reportOf', [addressOf(validator), epochArgument(epoch)]);
  if (!view.posted) return null;
  return {
    reportHash: lower(view.reportHash),
    due: view.due,
    done: view.done,
    previousEpoch: view.previousEpoch === 0n ? null : safeNumber(view.previousEpoch, 'previous epoch'),
    blockNumber: safeNumber(view.blockNumber, 'block number'),
    timestamp: safeNumber(view.timestamp, 'timestamp'),
  };
}

/** The newest report of a validator, or null. */
export async function readLastReport(
  client: RegistryClient,
  validator: Hex,
): Promise<(SeedBase & { readonly reportHash: Hex }) | null> {
  const [epoch, seed, hash] = await readRegistry(client, 'lastReport', [addressOf(validator)]);
  return epoch === 0n ? null : { epoch: safeNumber(epoch, 'last epoch'), seed: lower(seed), reportHash: lower(hash) };
}

/**
 * The whole report with its signature and the transaction that posted it, from the event in the one block that holds it; null when
 * there is none.
 * @param known what `readReport` gave, to spare a call
 * @throws ChainError bad_response when the RPC no longer has that block's logs
 */
export async function readPostedReport(
  client: RegistryClient,
  validator: Hex,
  epoch: number,
  known?: StoredReport,
): Promise<PostedReport | null> {
  const stored = known ?? (await readReport(client, validator, epoch));
  if (stored === null) return null;
  type Posted = { readonly report: ReportTuple; readonly signature: Hex };
  const { args, transactionHash } = await readEvent<Posted>(
    client,
    reportPosted,
    stored.blockNumber,
    { validator: addressOf(validator), epoch: epochArgument(epoch) },
    (posted) => reportHash(toReport(posted.report)) === stored.reportHash,
    'the report',
  );
  return { report: toReport(args.report), signature: lower(args.signature), transactionHash };
}

/** The validator's newest report before `epoch`: its epoch, or null. */
async function epochBefore(client: RegistryClient, validator: Hex, epoch: number, last: SeedBase | null): Promise<number | null> {
  const own = last === null || last.epoch < epoch ? null : await readReport(client, validator, epoch);
  if (own !== null) return own.previousEpoch;
  let at = last?.epoch ?? null;
  // only for an epoch that was left out, with reports after it
  for (let steps = 0; at !== null && at >= epoch; steps++) {
    if (steps === SEED_WALK_MAX) {
      throw new ChainError(
        'too_many',
        `${validator} posted more than ${String(SEED_WALK_MAX)} reports after epoch ${String(epoch)} and none about it.`,
      );
    }
    at = (await readReport(client, validator, at))?.previousEpoch ?? null;
  }
  return at;
}

/**
 * The epoch and seed from which the validator's seed for `epoch` must chain: its report before that epoch, or the registered tip
 * when that is newer. The same before and after the report is posted. Null when no chain covers the epoch.
 * @throws ChainError too_many for an epoch without a report that many later reports follow; bad_response for logs that are gone
 */
export async function readSeedBase(client: RegistryClient, validator: Hex, epoch: number): Promise<SeedBase | null> {
  const [[isFound, tipEpoch, tip], last] = await Promise.all([
    readRegistry(client, 'seedTipAt', [addressOf(validator), epochArgument(epoch)]),
    readLastReport(client, validator),
  ]);
  if (!isFound) return null;
  const registered = { epoch: safeNumber(tipEpoch, 'base epoch'), seed: lower(tip) };
  const before = await epochBefore(client, validator, epoch, last);
  if (before === null || before <= registered.epoch) return registered;
  if (before === last?.epoch) return { epoch: before, seed: last.seed };
  const posted = await readPostedReport(client, validator, before);
  if (posted === null) throw new ChainError('bad_response', 'The RPC contradicts itself about a report. Try another RPC.');
  return { epoch: before, seed: posted.report.seed };
}

/** Struct hash of the validator's report before this one; zero32 for its first. */
export async function readPreviousHash(client: RegistryClient, validator: Hex, stored: StoredReport): Promise<Hex> {
  if (stored.previousEpoch === null) return ZERO32;
  return lower(await readRegistry(client, 'reportHashOf', [addressOf(validator), BigInt(stored.previousEpoch)]));
}

function toReport(tuple: ReportTuple): EpochReport {
  return {
    epoch: safeNumber(tuple.epoch, 'epoch'),
    validator: lower(tuple.validator),
    auditRoot: lower(tuple.auditRoot),
    summaryRoot: lower(tuple.summaryRoot),
    due: tuple.due,
    done: tuple.done,
    seed: lower(tuple.seed),
    beaconRound: safeNumber(tuple.beaconRound, 'beacon round'),
    nodeCount: tuple.nodeCount,
    policyHash: lower(tuple.policyHash),
    previous: lower(tuple.previous),
    archiveHash: lower(tuple.archiveHash),
  };
}
