// What a posted root was made of, gathered from whoever has it: its report set, the reports of the set, and its lines. All of it is
// checked against hashes on chain, so a liar can only be silent.
import { rangeStart } from '../../../protocol/consensus/sets.ts';
import type { ReportEntry } from '../../../protocol/consensus/types.ts';
import { GUESSED_EPOCHS_MAX, PEERS_IN_FLIGHT_MAX, REPORTS_PER_TICK_MAX } from '../../limits.ts';
import { semaphore } from '../semaphore.ts';
import { keepSet, reportSetOf } from './agree-sets.ts';
import { byPlace, takenIn } from './compute.ts';
import type { NetworkContext, NetworkEpoch, PeerSeat, StoredRoot } from './ports.ts';

/**
 * Takes a report that a posted root counts into the store, from anybody who has its archive, checked by its hash only: a quorum has
 * vouched for the rest. False while nobody has it.
 */
export type TakeReport = (context: NetworkContext, entry: ReportEntry) => Promise<boolean>;

type Observe = (context: NetworkContext, epoch: number) => Promise<NetworkEpoch>;

export type AdoptSteps = {
  /** Shared facts of an epoch, from the chain into the store, once. */
  readonly observe: Observe;
  readonly take: TakeReport;
};

type Posted = Pick<StoredRoot, 'root' | 'previousEpoch'>;

/** Reports of a set that are not in the store. */
export async function missingReports({ ports }: NetworkContext, entries: readonly ReportEntry[]): Promise<ReportEntry[]> {
  if (entries.length === 0) return [];
  const epochs = entries.map(({ epoch }) => epoch);
  const mirrors = await ports.store.mirrors(Math.min(...epochs), Math.max(...epochs));
  const mirrorOf = byPlace(mirrors);
  return entries.filter((entry) => !takenIn(mirrorOf(entry), entry));
}

/** Takes in what is missing of a set, a bounded number at a time. @returns how many were taken in */
async function takeMissing(context: NetworkContext, entries: readonly ReportEntry[], take: TakeReport): Promise<number> {
  const missing = (await missingReports(context, entries)).slice(0, REPORTS_PER_TICK_MAX);
  const places = semaphore(PEERS_IN_FLIGHT_MAX);
  const taken = await Promise.all(missing.map((entry) => places.run(1, () => take(context, entry))));
  return taken.filter(Boolean).length;
}

/** Every report on chain that may be in the root's set: the usual set, and one that needs no peer. */
async function allReported(
  context: NetworkContext,
  { root, previousEpoch }: Posted,
  observe: Observe,
): Promise<readonly ReportEntry[]> {
  const { consensus } = context.policyOf((await observe(context, root.epoch)).policyHash);
  const from = rangeStart(root.epoch, consensus.windowEpochs, previousEpoch);
  const entries: ReportEntry[] = [];
  for (let epoch = Math.max(from, root.epoch - GUESSED_EPOCHS_MAX + 1); epoch <= root.epoch; epoch++) {
    for (const { operator } of (await observe(context, epoch)).seats) {
      const posted = await context.ports.chain.report(operator, epoch);
      if (posted !== null) entries.push({ epoch, validator: operator, reportHash: posted.reportHash });
    }
  }
  return entries;
}

/** The root's report set with its reports in the store, as far as they can be had now. Null while nobody has the set. */
export async function gatherSet(
  context: NetworkContext,
  posted: Posted,
  peers: readonly PeerSeat[],
  { observe, take }: AdoptSteps,
): Promise<readonly ReportEntry[] | null> {
  const { epoch, reportSetHash: hash } = posted.root;
  const told = await reportSetOf(context, hash, epoch, peers);
  const entries = told ?? (await keepSet(context, await allReported(context, posted, observe), hash, epoch));
  if (entries !== null) await takeMissing(context, entries, take);
  return entries;
}
