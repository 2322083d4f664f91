// Every page of a seeded gateway, each state of it that looks different.
import { addressOf } from './chance.ts';
import { operatorOf } from './seed-events.ts';
import { nodeIdOf } from './seed.ts';
import type { SeedPlan } from './seed-plan.ts';
import { seedNode, type Temper } from './seed-nodes.ts';

/** The first node of that kind, but not node 0. */
export function nodeLike(plan: SeedPlan, temper: Temper): number {
  for (let index = 1; index < plan.nodes; index++) if (seedNode(plan.policy, index).temper === temper) return index;
  throw new Error(`No seeded node is ${temper}: seed more nodes.`);
}

/** Paths by a name that can be a file's. */
export function pagePaths(plan: SeedPlan): Record<string, string> {
  const id = (temper: Temper): string => nodeIdOf(nodeLike(plan, temper));
  const last = plan.epochs - 1;
  return {
    network: '/',
    'network-filtered': '/?q=gpu-1&sort=latency',
    'network-none': '/?q=there-is-none',
    node: `/nodes/${id('good')}`,
    'node-flaky': `/nodes/${id('flaky')}`,
    'node-wrong': `/nodes/${id('wrong')}`,
    'node-new': `/nodes/${id('new')}`,
    operator: `/operators/${operatorOf(1)}`,
    compare: `/compare?nodes=${[id('good'), id('flaky'), id('slow')].join(',')}`,
    epoch: `/consensus/${String(last)}`,
    'epoch-disputed': `/consensus/${String(plan.epochs - 16)}`,
    'epoch-skipped': `/consensus/${String(plan.epochs - 9)}`,
    validator: `/validators/${addressOf('validator', 2)}`,
    methodology: '/methodology',
    status: '/status',
    reference: '/reference',
  };
}
