// Whether one node was there when this validator asked, by region: uptime with its interval, and how long the answers took.
import type { NodeDetail } from '../../../schema/api/nodes.ts';
import { horizonOf } from './horizon.ts';
import type { WebPorts } from './ports.ts';
import { wilson } from './wilson.ts';

/** Two-sided 95 %. */
const Z = 1.959964;
const PPM = 1_000_000;

/** Null on a gateway, which asks nobody. */
export async function presenceOf(ports: WebPorts, index: number): Promise<NodeDetail['presence']> {
  const { settings, views } = ports;
  if (settings.validator === null) return null;
  const { regions } = settings.policy;
  const rows = await views.nodePresence(horizonOf(ports), index, regions.length);
  return rows.flatMap(({ region, present, absent, latencyMs, latencyHighMs }) => {
    const [name, n] = [regions[region], present + absent];
    if (name === undefined || n === 0) return [];
    const { low, high } = wilson(present, n, Z); // rounded outwards
    const interval = { uptimeLowPpm: Math.floor(PPM * low), uptimeHighPpm: Math.ceil(PPM * high) };
    const uptime = { uptimePpm: Math.floor((PPM * present) / n), ...interval };
    return [{ region: name, present, absent, ...uptime, latencyMs, latencyHighMs }];
  });
}
