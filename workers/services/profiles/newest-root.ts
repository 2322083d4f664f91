// The root that profiles are taken from, with its policy; and which nodes are unwell as far as revealed epochs tell.
import type { Policy } from '../../../protocol/policy.ts';
import type { HealthState } from '../../../schema/api/incidents.ts';
import { revealedUntilMs } from '../health/visible.ts';
import type { StoredRoot } from '../network/ports.ts';
import { policyOf } from '../views/consensus-item.ts';
import { horizonOf } from '../views/horizon.ts';
import type { WebPorts } from '../views/ports.ts';

export type NewestRoot = { readonly root: StoredRoot | null; readonly policy: Policy };

export async function newestRoot(ports: WebPorts): Promise<NewestRoot> {
  const root = await ports.network.lastFinal(horizonOf(ports));
  return { root, policy: root === null ? ports.settings.policy : policyOf(ports, root.root.policyHash) };
}

/** States of nodes with an open incident, by index. */
export type Unwell = ReadonlyMap<number, HealthState>;

export async function unwellNodes(ports: WebPorts, node: number | null = null): Promise<Unwell> {
  const open = await ports.health.openAt({ endMs: revealedUntilMs(ports), node });
  return new Map(open.map(({ index, severity }) => [index, severity]));
}
