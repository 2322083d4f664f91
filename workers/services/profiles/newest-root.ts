// The root that profiles are taken from, with its policy; and which nodes are unwell as far as revealed epochs tell.
import type { Policy } from '../../../protocol/policy.ts';
import type { HealthState, IncidentList } from '../../../schema/api/incidents.ts';
import { listIncidents } from '../health/list-incidents.ts';
import type { StoredRoot } from '../network/ports.ts';
import { policyOf } from '../views/consensus-item.ts';
import { horizonOf } from '../views/horizon.ts';
import type { WebPorts } from '../views/ports.ts';
import type { IncidentPlace } from '../health/ports.ts';
import { INCIDENT_PAGES_MAX, INCIDENTS_LOOKED_MAX } from './limits.ts';

export type NewestRoot = { readonly root: StoredRoot | null; readonly policy: Policy };

export async function newestRoot(ports: WebPorts): Promise<NewestRoot> {
  const root = await ports.network.lastFinal(horizonOf(ports));
  return { root, policy: root === null ? ports.settings.policy : policyOf(ports, root.root.policyHash) };
}

/** States of nodes with an open incident, by index. */
export type Unwell = ReadonlyMap<number, HealthState>;

export async function unwellNodes(ports: WebPorts, node: number | null = null): Promise<Unwell> {
  const found = new Map<number, HealthState>();
  let before: IncidentPlace | null = null;
  for (let pages = 0; pages < INCIDENT_PAGES_MAX; pages++) {
    const { items }: IncidentList = await listIncidents(ports, { node, limit: INCIDENTS_LOOKED_MAX, before });
    for (const { open, node: about, severity } of items) {
      // Newest first: the newest incident of a node has the word.
      if (open && !found.has(about.index)) found.set(about.index, severity);
    }
    const last = items.at(-1);
    if (items.length < INCIDENTS_LOOKED_MAX || last === undefined) break;
    before = { openedAtMs: last.openedAtMs, index: last.node.index };
  }
  return found;
}
