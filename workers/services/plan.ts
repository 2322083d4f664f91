// The epoch's plan, from its stored facts and the validator's seed: all that its draws follow from.
import { randomnessOf } from '../../protocol/beacon.ts';
import type { EpochPlan } from '../../protocol/schedule.ts';
import { DomainError } from '../errors.ts';
import { policyFor } from './policy.ts';
import type { Context, EpochEntry } from './ports.ts';

/** @throws DomainError not_ready before the epoch's beacon is known */
export function planOf(context: Context, entry: EpochEntry): EpochPlan {
  if (entry.beacon === null) throw new DomainError('not_ready', `Epoch ${String(entry.epoch)} has no beacon yet.`);
  return {
    epoch: entry.epoch,
    clock: context.clock,
    policy: policyFor(context, entry),
    seed: context.ports.keys.seed(entry),
    beacon: randomnessOf(entry.beacon.signature),
    nodeCount: entry.nodeCount,
    validatorCount: entry.validatorCount,
  };
}
