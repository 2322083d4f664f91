// Incidents of revealed epochs, newest first: for pages, feeds and the public API.
import { incidentCursor } from '../../../schema/api/cursors.ts';
import type { IncidentList } from '../../../schema/api/incidents.ts';
import type { WebPorts } from '../views/ports.ts';
import { INCIDENTS_LISTED_MAX } from './limits.ts';
import type { IncidentPlace } from './ports.ts';
import { asOf, revealedUntilMs } from './visible.ts';

export type IncidentsInput = {
  /** Index of the one node that they are about; all where null or left out. */
  readonly node?: number | null;
  readonly limit: number;
  readonly before?: IncidentPlace | null;
};

/** Opened in revealed epochs only, and each as it stood at the end of the newest of them. */
export async function listIncidents(ports: WebPorts, input: IncidentsInput): Promise<IncidentList> {
  const endMs = revealedUntilMs(ports);
  const limit = Math.min(input.limit, INCIDENTS_LISTED_MAX);
  const page = { endMs, node: input.node ?? null, before: input.before ?? null, limit: limit + 1 };
  const found = await ports.health.incidents(page);
  const items = found.slice(0, limit).flatMap((incident) => asOf(incident, endMs) ?? []);
  const last = items.at(-1);
  const more = found.length > limit && last !== undefined;
  return {
    items,
    next: more ? incidentCursor.encode({ openedAtMs: last.openedAtMs, index: last.node.index }) : null,
  };
}
