// A node has two lines under a root, its score and its service, for the same nodes always: one row keeps both.
import type { Leaves } from '../../protocol/consensus/types.ts';
import type { scores } from '../../schema/tables/index.ts';

type Row = typeof scores.$inferSelect;

/** The two lines of each row, in the rows' order. */
export function nodeLines(rows: readonly Row[]): Pick<Leaves, 'scores' | 'services'> {
  const place = ({ epoch, nodeIndex, nodeId }: Row) => ({ epoch, nodeIndex, nodeId });
  return {
    scores: rows.map((row) => ({
      ...place(row),
      ...{ scorePpm: row.scorePpm, ratePpm: row.ratePpm, correctPpm: row.correctPpm, samples: row.samples },
      ...{ effectiveSamples: row.effectiveSamples, measure: row.measure, elapsedMs: row.elapsedMs, tier: row.tier },
    })),
    services: rows.map((row) => ({
      ...place(row),
      ...{ uptimePpm: row.uptimePpm, uptimeLowPpm: row.uptimeLowPpm, uptimeSamples: row.uptimeSamples },
      ...{ latencyMs: row.latencyMs, latencyHighMs: row.latencyHighMs, bandwidth: row.bandwidth },
    })),
  };
}
