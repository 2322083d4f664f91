// One slot's work in the network: know the epoch, fetch and check what others published, take in posted roots, agree on the next one,
// watch for faults. Fetching may take long and runs beside the rest, which goes by what was fetched in time.
import { slotAt } from '../../../protocol/schedule.ts';
import { step, type Trouble } from '../step.ts';
import type { Notes } from '../ports.ts';
import { adoptDue } from './adopt.ts';
import type { AdoptSteps } from './adopt-inputs.ts';
import { agreeDue } from './agree.ts';
import type { NetworkContext } from './ports.ts';
import { watchFaults } from './watch.ts';

export type NetworkSteps = AdoptSteps & {
  /** Archives whose reveal has passed. */
  readonly mirror: (context: NetworkContext, nowMs: number) => Promise<void>;
};

/** The facts of an epoch are final one epoch ahead; the second half of an epoch spares a chain whose clock lags. */
async function observeDue(context: NetworkContext, at: { epoch: number; slot: number }, steps: NetworkSteps): Promise<void> {
  await steps.observe(context, at.epoch);
  if (2 * at.slot >= context.clock.slotsPerEpoch) await steps.observe(context, at.epoch + 1);
}

/** @param scheduledMs the slot's own time, not the (later) time at which the platform fired */
export async function networkTick(
  context: NetworkContext,
  notes: Notes,
  steps: NetworkSteps,
  scheduledMs: number,
): Promise<Trouble[]> {
  const at = slotAt(context.clock, scheduledMs);
  if (at === null) return [];
  const { clock } = context.ports;
  const troubles: (Trouble | null)[] = [];
  const run = async (name: string, work: () => Promise<void>): Promise<void> => {
    troubles.push(await step({ ledger: notes, clock }, name, work));
  };
  await run('observe', () => observeDue(context, at, steps));
  const settle = async (): Promise<void> => {
    await run('adopt', () => adoptDue(context, steps));
    await run('agree', () => agreeDue(context, clock.nowMs()));
    await run('watch', () => watchFaults(context, clock.nowMs()));
  };
  await Promise.all([run('mirror', () => steps.mirror(context, clock.nowMs())), settle()]);
  return troubles.filter((trouble) => trouble !== null);
}
