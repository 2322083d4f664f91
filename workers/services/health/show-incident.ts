// One incident: to the public as it stood at the end of the newest revealed epoch, to subscribers as it stands.
import type { IncidentItem } from '../../../schema/api/incidents.ts';
import { found, missing, type Answer } from '../views/answer.ts';
import type { WebPorts } from '../views/ports.ts';
import { asOf, revealedUntilMs } from './visible.ts';

/** @param live the caller may read alerts: then nothing is held back */
export async function showIncident(
  ports: WebPorts,
  { id, live }: { readonly id: string; readonly live: boolean },
): Promise<Answer<IncidentItem>> {
  const incident = await ports.health.incident(id);
  const item = incident === null || live ? incident : asOf(incident, revealedUntilMs(ports));
  if (item !== null) return found(item);
  return missing('not-found', 'No incident with this id is public. One of an epoch that is not revealed yet becomes so with it.');
}
