// What a posted root was made of, gathered from whoever has it: its report set, the reports of the set, and its lines. All of it is
// checked against hashes on chain, so a liar can only be silent.
import type { ReportEntry } from '../../../protocol/consensus/types.ts';
import { PEERS_IN_FLIGHT_MAX, REPORTS_PER_TICK_MAX } from '../../limits.ts';
import { semaphore } from '../semaphore.ts';
import { reportSetOf } from './agree-sets.ts';
import { takenIn } from './compute.ts';
import type { NetworkContext, PeerSeat, StoredRoot } from './ports.ts';

/**
 * Takes a report that a posted root counts into the store, from anybody who has its archive, checked by its hash only: a quorum has
 * vouched for the rest. False while nobody has it.
 */
export type TakeReport = (context: NetworkContext, entry: ReportEntry) => Promise<boolean>;

/** Reports of a set that are not in the store. */
export async function missingReports({ ports }: NetworkContext, entries: readonly ReportEntry[]): Promise<ReportEntry[]> {
  if (entries.length === 0) return [];
  const epochs = entries.map(({ epoch }) => epoch);
  const mirrors = await ports.store.mirrors(Math.min(...epochs), Math.max(...epochs));
  const byPlace = new Map(mirrors.map((mirror) => [`${String(mirror.epoch)}/${mirror.validator}`, mirror]));
  return entries.filter((entry) => !takenIn(byPlace.get(`${String(entry.epoch)}/${entry.validator}`), entry));
}

/** Takes in what is missing of a set, a bounded number at a time. @returns how many were taken in */
async function takeMissing(context: NetworkContext, entries: readonly ReportEntry[], take: TakeReport): Promise<number> {
  const missing = (await missingReports(context, entries)).slice(0, REPORTS_PER_TICK_MAX);
  const places = semaphore(PEERS_IN_FLIGHT_MAX);
  const taken = await Promise.all(missing.map((entry) => places.run(() => take(context, entry))));
  return taken.filter(Boolean).length;
}

/** The root's report set with its reports in the store, as far as they can be had now. Null while nobody has the set. */
export async function gatherSet(
  context: NetworkContext,
  root: StoredRoot['root'],
  peers: readonly PeerSeat[],
  take: TakeReport,
): Promise<readonly ReportEntry[] | null> {
  const entries = await reportSetOf(context, root.reportSetHash, root.epoch, peers);
  if (entries !== null) await takeMissing(context, entries, take);
  return entries;
}
