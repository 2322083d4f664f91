// Takes in a report that a posted root counts, although it was not checked here: its archive from anybody, believed because its hash is
// the posted report's. A quorum has vouched for what is in it.
import { tallyRows } from '../../../protocol/consensus/tally.ts';
import type { ReportEntry } from '../../../protocol/consensus/types.ts';
import { fetchingOf } from './mirror-seat.ts';
import { observe } from './observe.ts';
import type { NetworkContext } from './ports.ts';
import { keepArchive } from './replay-archive.ts';
import { Unsound, factsOf, fetchChunks, fetchManifest, replayOf, requireSize } from './replay-facts.ts';
import { linesOf } from './replay-lines.ts';

/**
 * True once the report's numbers are in the store.
 * @throws ChainError
 */
export async function takeReport(context: NetworkContext, { epoch, validator, reportHash }: ReportEntry): Promise<boolean> {
  const { chain, store, clock } = context.ports;
  const known = await observe(context, epoch);
  const seat = known.seats.find(({ operator }) => operator === validator);
  if (seat === undefined) return false;
  const posted = await chain.report(validator, epoch);
  if (posted?.reportHash !== reportHash) return false;
  const policy = context.policyOf(known.policyHash);
  const facts = factsOf(context, { known, policy, nodes: await store.allNodes(epoch), seat, posted });
  const fetching = fetchingOf(context, known, seat);
  try {
    const { manifest, bytes: manifestBytes, source } = await fetchManifest(fetching, posted);
    requireSize(facts, policy, manifest);
    const replay = replayOf(
      facts,
      policy,
      { manifest, manifestBytes, chunks: await fetchChunks(fetching, manifest) },
      () => false,
    );
    await keepArchive(context, replay);
    const { report, due, done } = posted;
    const place = { epoch, validator, reportHash, archiveHash: report.archiveHash, due, done, source };
    const found = { state: 'verified', check: null, detail: 'taken in with a posted root', attempts: 1 } as const;
    await store.setMirror({ ...place, ...found, updatedAtMs: clock.nowMs() }, tallyRows(replay.rows), linesOf(replay));
    return true;
  } catch (error) {
    if (error instanceof Unsound) return false;
    throw error;
  }
}
