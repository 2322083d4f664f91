// What a verified report says of each node that no tally has: its presence by region, and the audits worth showing. Jobs and failures are
// shown; that a node answered as always is in the counts.
import { KIND_PRESENCE } from '../../../protocol/challenge.ts';
import type { AuditRow } from '../../../protocol/record.ts';
import { bucketOf, BUCKETS } from './buckets.ts';
import { AUDITS_PER_REPORT } from './limits.ts';
import type { RegionCounts } from './region-counts.ts';

export type ShownAudit = Pick<AuditRow, 'slot' | 'draw' | 'kind' | 'outcome' | 'reason' | 'elapsedMs' | 'measure' | 'startedAt'>;

export type ReportLine = {
  readonly nodeIndex: number;
  readonly regions: readonly RegionCounts[];
  /** `AUDITS_PER_REPORT` at most: failures first, then the newest. */
  readonly audits: readonly ShownAudit[];
};

/** The name of the region that a place's question was drawn to be asked from; undefined for a place that was not due. */
export type RegionAt = (place: Pick<AuditRow, 'slot' | 'draw'>) => string | undefined;

function regionsOf(rows: readonly AuditRow[], regionAt: RegionAt): RegionCounts[] {
  const asked = rows.filter(({ kind, outcome }) => kind === KIND_PRESENCE && outcome !== 'void');
  const byRegion = Map.groupBy(asked, regionAt);
  return [...byRegion]
    .flatMap(([region, group]) => {
      if (region === undefined) return [];
      const counts = Array.from({ length: BUCKETS }, () => 0);
      const present = group.filter(({ outcome }) => outcome === 'pass');
      for (const { elapsedMs } of present) {
        const bucket = bucketOf(elapsedMs);
        counts[bucket] = (counts[bucket] ?? 0) + 1;
      }
      return [{ region, present: present.length, absent: group.length - present.length, counts }];
    })
    .sort((a, b) => (a.region < b.region ? -1 : 1));
}

const failed = ({ outcome }: AuditRow): number => (outcome === 'fail' ? 1 : 0);

function auditsOf(rows: readonly AuditRow[]): ShownAudit[] {
  const shown = rows.filter(({ kind, outcome }) => kind !== KIND_PRESENCE || outcome === 'fail');
  return shown
    .toSorted((a, b) => failed(b) - failed(a) || b.startedAt - a.startedAt || b.slot - a.slot || b.draw - a.draw)
    .slice(0, AUDITS_PER_REPORT)
    .map(({ slot, draw, kind, outcome, reason, elapsedMs, measure, startedAt }) => ({
      ...{ slot, draw, kind, outcome, reason, elapsedMs, measure, startedAt },
    }));
}

/** By node index; nodes of which there is nothing to add are left out. The order of rows has no influence. */
export function reportLines(rows: readonly AuditRow[], regionAt: RegionAt): ReportLine[] {
  return [...Map.groupBy(rows, ({ nodeIndex }) => nodeIndex)]
    .sort(([a], [b]) => a - b)
    .map(([nodeIndex, group]) => ({ nodeIndex, regions: regionsOf(group, regionAt), audits: auditsOf(group) }))
    .filter(({ regions, audits }) => regions.length + audits.length > 0);
}
