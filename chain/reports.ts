// Posted reports, and where their seeds chain from.
import { getLogs } from 'viem/actions';
import type { Hex } from '../protocol/bytes.ts';
import type { StoredFacts } from '../protocol/replay/replay.ts';
import type { EpochReport } from '../protocol/report.ts';
import { verifySeed } from '../protocol/seed.ts';
import { auditRegistryAbi } from '../schema/abi/AuditRegistry.ts';
import type { RegistryClient } from './client.ts';
import { ChainError, asChainError } from './errors.ts';
import { readRegistry } from './read.ts';
import { addressOf, epochArgument, lower, safeNumber } from './values.ts';

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

const reportPosted = auditRegistryAbi.find((item) => item.type === 'event' && item.name === 'ReportPosted');

/** Null when that validator posted no report for that epoch. */
export async function readReport(client: RegistryClient, validator: Hex, epoch: number): Promise<StoredReport | null> {
  const view = await readRegistry(client, 'reportOf', [addressOf(validator), epochArgument(epoch)]);
  if (!view.posted) return null;
  return {
    reportHash: lower(view.reportHash),
    auditRoot: lower(view.auditRoot),
    summaryRoot: lower(view.summaryRoot),
    seed: lower(view.seed),
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
  const [epoch, seed, reportHash] = await readRegistry(client, 'lastReport', [addressOf(validator)]);
  return epoch === 0n ? null : { epoch: safeNumber(epoch, 'last epoch'), seed: lower(seed), reportHash: lower(reportHash) };
}

/**
 * The epoch and seed from which the validator's seed for `epoch` must chain: its report before that epoch, or the registered tip
 * when that is newer. The same before and after the report is posted. Null when no chain covers the epoch.
 */
export async function readSeedBase(client: RegistryClient, validator: Hex, epoch: number): Promise<SeedBase | null> {
  try {
    const [base, seed] = await readRegistry(client, 'seedBase', [addressOf(validator), epochArgument(epoch)]);
    return { epoch: safeNumber(base, 'base epoch'), seed: lower(seed) };
  } catch (error) {
    if (error instanceof ChainError && error.revert === 'NoSeedBase') return null;
    throw error;
  }
}

/**
 * The base of a report that is posted, without the registry's walk back over all later reports, which costs more gas than many RPCs
 * allow in a call once there are some twenty thousand. The report before it is the base when the seed leads there. It doesn't after a
 * rotation in between, nor for a first report: then the registry is asked. (A seed that leads both there and to a newer tip is of one
 * chain: either base says the same, and the registry has checked its own when the report was posted.)
 * @param previous the report that `stored` names as its previous one
 */
export async function readPostedSeedBase(
  client: RegistryClient,
  validator: Hex,
  epoch: number,
  stored: StoredReport,
  previous: StoredReport | null,
): Promise<SeedBase | null> {
  if (stored.previousEpoch !== null && previous !== null) {
    const base = { epoch: stored.previousEpoch, seed: previous.seed };
    if (verifySeed(stored.seed, epoch, base)) return base;
  }
  return readSeedBase(client, validator, epoch);
}

/**
 * The whole report with its signature and the transaction that posted it, from the event in the one block that holds it; null when
 * there is none.
 * @throws ChainError bad_response when the RPC no longer has that block's logs
 */
export async function readPostedReport(client: RegistryClient, validator: Hex, epoch: number): Promise<PostedReport | null> {
  const stored = await readReport(client, validator, epoch);
  if (stored === null || reportPosted === undefined) return null;
  const block = BigInt(stored.blockNumber);
  const args = { validator: addressOf(validator), epoch: epochArgument(epoch) };
  const logs = await getLogs(client.rpc, {
    address: client.registry,
    event: reportPosted,
    args,
    fromBlock: block,
    toBlock: block,
    strict: true,
  }).catch((error: unknown) => {
    throw asChainError(error, 'eth_getLogs');
  });
  const posted = logs.find((log) => lower(log.args.reportHash) === stored.reportHash);
  if (posted === undefined) {
    throw new ChainError(
      'bad_response',
      `The RPC has no log of the report in block ${String(block)}. Ask one that keeps older logs.`,
    );
  }
  const { report, signature } = posted.args;
  return { report: toReport(report), signature: lower(signature), transactionHash: lower(posted.transactionHash) };
}

type ReportTuple = Omit<EpochReport, 'epoch' | 'beaconRound'> & { readonly epoch: bigint; readonly beaconRound: bigint };

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
