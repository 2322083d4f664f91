// Whether this deployment answers: the clock's epoch, and one read of the database.
import { slotAt } from '../../../protocol/schedule.ts';
import type { Health } from '../../../schema/api/network.ts';
import { publicTroubles } from '../health/own-line.ts';
import type { WebPorts } from './ports.ts';

export async function showHealth(ports: WebPorts): Promise<Health> {
  const { role, version, clock } = ports.settings;
  const epoch = slotAt(clock, ports.nowMs())?.epoch ?? null;
  try {
    const troubles = await publicTroubles(ports);
    return { status: 'ok', role, version, epoch, troubles };
  } catch {
    // The driver's own words may name bindings or queries: not for the public.
    return { status: 'unavailable', role, version, epoch, troubles: [], reason: 'The database does not answer.' };
  }
}
