// The network in a few numbers: how many nodes of which tier, class and region, and how much stands behind that.
import type { HealthState } from '../../../schema/api/incidents.ts';
import type { NetworkFacts } from '../../../schema/api/profile.ts';
import type { Policy } from '../../../protocol/policy.ts';
import { currentEpoch, horizonOf } from '../views/horizon.ts';
import type { WebPorts } from '../views/ports.ts';
import { METHODOLOGY_VERSION } from './limits.ts';
import { newestRoot, unwellNodes } from './newest-root.ts';

/** A tier's name as filters know it, too. */
export function tierLabel({ consensus: { tiers } }: Policy, tier: number): string {
  return tier === 0 ? 'none' : (tiers[tier - 1]?.name ?? 'below');
}

export async function networkFacts(ports: WebPorts): Promise<NetworkFacts> {
  const horizon = horizonOf(ports);
  const current = currentEpoch(ports);
  const newest = await newestRoot(ports);
  const { root, policy } = newest;
  const epoch = root?.epoch ?? -1;
  const [census, tiers, set, unwell] = await Promise.all([
    ports.profiles.census(horizon, { current, root: epoch }),
    root === null ? [] : ports.network.tiers(horizon, epoch),
    ports.network.seatsAt(current),
    unwellNodes(ports),
  ]);
  const states = [...unwell.values()];
  const counted = (state: HealthState): number => states.filter((each) => each === state).length;
  const { nodes, scored, jobs, questions, due, done, regions } = census;
  return {
    ...{ epoch: root?.epoch ?? null, rootHash: root?.rootHash ?? null, rootAtMs: root?.finalAtMs ?? null },
    ...{ nodes, scored, validators: set?.seats.length ?? 0 },
    tiers: tiers.map(({ tier, nodes: ofTier }) => ({ tier: tierLabel(policy, tier), nodes: ofTier })),
    classes: census.classes.map(({ name, nodes: ofClass }) => ({ name: name ?? '', nodes: ofClass })),
    regions: [...regions],
    ...{ due, done, jobs, questions, audits: jobs + questions },
    unwell: { suspected: counted('suspected'), degraded: counted('degraded'), down: counted('down') },
    methodology: METHODOLOGY_VERSION,
  };
}
export type { NetworkFacts };
