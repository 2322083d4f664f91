// What is to be told of a posted root that is taken in. Read before the batch that stores both, from what earlier batches stored.
import type { Leaves, ReportEntry } from '../../../protocol/consensus/types.ts';
import { correctnessEvents, epochEvent, scoreEvents } from '../alerts/root-events.ts';
import type { NewEvent } from '../alerts/event.ts';
import type { NetworkContext, ReportTallies, StoredRoot, WrongReasons } from './ports.ts';

type Read = { readonly tallies: readonly ReportTallies[]; readonly reasons: readonly WrongReasons[] };

async function readReports({ ports }: NetworkContext, entries: readonly ReportEntry[]): Promise<Read> {
  const epochs = [...new Set(entries.map(({ epoch }) => epoch))];
  const found = await Promise.all(
    epochs.map(async (epoch) => [await ports.store.tallies(epoch, epoch), await ports.store.wrongReasons(epoch)] as const),
  );
  return { tallies: found.flatMap(([tallies]) => tallies), reasons: found.flatMap(([, reasons]) => reasons) };
}

/** @param leaves of a root that was computed here; null tells of the root alone */
export async function tellRoot(
  context: NetworkContext,
  root: StoredRoot,
  { leaves, entries }: { readonly leaves: Leaves | null; readonly entries: readonly ReportEntry[] },
): Promise<NewEvent[]> {
  const { store, publicUrl } = context.ports;
  const pages = { publicUrl: publicUrl ?? null };
  const told = [epochEvent(root, pages)];
  if (root.state !== 'final' || leaves === null) return told;
  const previous = root.previousEpoch === null ? null : await store.leaves(root.previousEpoch);
  const known = await store.epoch(root.epoch);
  if (known === null) return told;
  const policy = context.policyOf(known.policyHash);
  const { tallies, reasons } = await readReports(context, entries);
  return [
    ...told,
    ...correctnessEvents({ root, leaves, entries, tallies, reasons }, pages),
    ...scoreEvents({ root, policy, leaves, previous }, pages),
  ];
}
