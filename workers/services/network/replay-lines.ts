// What a replayed archive says beside its tallies: by region, and audit by audit (services/profiles/report-lines.ts). Regions are no part
// of a record; they follow from the draws.
import { KIND_PRESENCE } from '../../../protocol/challenge.ts';
import { ProtocolError } from '../../../protocol/errors.ts';
import type { Replay } from '../../../protocol/replay/replay.ts';
import { reportLines, type RegionAt, type ReportLine } from '../profiles/report-lines.ts';

export function linesOf({ rows, policy, dueAt }: Replay): ReportLine[] {
  const regionAt: RegionAt = (place) => {
    const draw = dueAt(place)?.draw;
    return draw?.kind === KIND_PRESENCE ? policy.regions[draw.region] : undefined;
  };
  try {
    return reportLines(rows, regionAt);
  } catch (error) {
    // More draws than a replay handles: a report that a quorum counted is taken in all the same, without its regions.
    if (error instanceof ProtocolError) return reportLines(rows, () => undefined);
    throw error;
  }
}
