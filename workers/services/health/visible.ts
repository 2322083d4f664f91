// What the public sees of an incident: what happened before the end of the newest revealed epoch, as it stood then. Reachability is told to
// subscribers at once; to everybody else only when the epoch's verdicts are public anyway.
import { epochStart } from '../../../protocol/schedule.ts';
import type { IncidentItem } from '../../../schema/api/incidents.ts';
import { horizonOf } from '../views/horizon.ts';
import type { WebPorts } from '../views/ports.ts';
import type { Incident } from './ports.ts';

const SEVERITIES = [
  ['node.down', 'down'],
  ['node.degraded', 'degraded'],
] as const;

/** Unix milliseconds: everything before is public. */
export function revealedUntilMs(ports: WebPorts): number {
  return 1000 * epochStart(ports.settings.clock, horizonOf(ports).through + 1);
}

/** The incident as it stood at `endMs`; null when it was opened later. */
export function asOf(incident: Incident, endMs: number): IncidentItem | null {
  if (incident.openedAtMs >= endMs) return null;
  const before = (timeMs: number | null): number | null => (timeMs !== null && timeMs < endMs ? timeMs : null);
  const events = incident.events.filter(({ atMs }) => atMs < endMs);
  const worst = SEVERITIES.find(([type]) => events.some((event) => event.type === type));
  const recoveredAtMs = before(incident.recoveredAtMs);
  return {
    ...incident,
    severity: worst?.[1] ?? 'suspected',
    open: recoveredAtMs === null,
    confirmedAtMs: before(incident.confirmedAtMs),
    recoveredAtMs,
    seenBy: incident.seenBy.filter(({ sinceMs }) => sinceMs < endMs),
    events,
  };
}
