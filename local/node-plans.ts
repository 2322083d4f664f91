// Which nodes a network has, and what each must be found to do. The verdicts come from the runners' own table of behaviours.
import { behaviours, type BehaviourName } from '../gpu-runners/adversaries/table.ts';
import type { Reason } from '../protocol/verdict.ts';
import { LocalError } from './errors.ts';

export type NodePlan = {
  readonly name: string;
  readonly behaviour: 'honest' | BehaviourName;
  /** The class it is registered for. */
  readonly gpuClass: string;
  readonly vramMiB: number;
};

const HONEST_NAMES = ['amber', 'birch', 'cedar', 'delta', 'ember', 'fjord', 'grove', 'heron'] as const;
const DISHONEST = ['wrong-result', 'skip-10', 'silent', 'overclaims'] as const satisfies readonly BehaviourName[];
/** Of the processes that two cores run beside one another. */
export const NODES_MAX = 64;

export function dishonest(behaviour: BehaviourName): NodePlan {
  const gpuClass = behaviour === 'overclaims' ? 'cpu-fast' : 'cpu-demo';
  return { name: behaviour, behaviour, gpuClass, vramMiB: 1024 };
}

export function honest(index: number): NodePlan {
  const name = HONEST_NAMES[index % HONEST_NAMES.length] ?? 'node';
  const round = Math.floor(index / HONEST_NAMES.length);
  return { name: round === 0 ? name : `${name}-${String(round + 1)}`, behaviour: 'honest', gpuClass: 'cpu-demo', vramMiB: 1024 };
}

/** A network of so many nodes, a third of them dishonest but at most four; twelve is the one that `npm start` shows. */
export function nodePlans(total = 12): NodePlan[] {
  if (!Number.isInteger(total) || total < 1 || total > NODES_MAX) {
    throw new LocalError(`--nodes must be a whole number from 1 to ${String(NODES_MAX)}.`, 2);
  }
  const bad = DISHONEST.slice(0, Math.floor(total / 3));
  return [...Array.from({ length: total - bad.length }, (_, index) => honest(index)), ...bad.map(dishonest)];
}

/** The reasons for FAIL that this node may get; none for an honest one. */
export function expectedReasons(behaviour: NodePlan['behaviour']): readonly Reason[] {
  return behaviour === 'honest' ? [] : behaviours[behaviour].reasons;
}
