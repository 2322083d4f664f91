// One slot's work, in order: freeze, open, schedule, seal, post. A step that fails says so under its name and is tried again at
// the next tick; it never keeps the others from running. Nor does a silent chain: what needs none goes on without it.
import { roundTime } from '../../protocol/beacon.ts';
import { slotAt } from '../../protocol/schedule.ts';
import { BACKLOG_PER_TICK_MAX, FREEZE_WAIT_MS } from '../limits.ts';
import { freezeEpoch } from './freeze.ts';
import { openEpoch } from './open.ts';
import { policyFor } from './policy.ts';
import type { Context, EpochEntry } from './ports.ts';
import { postReport } from './post.ts';
import { scheduleSlots } from './schedule.ts';
import { sealEpoch } from './seal.ts';
import { step, type Trouble } from './step.ts';

export { step, troubleOf, type Trouble } from './step.ts';

async function freeze(context: Context, epoch: number, slot: number): Promise<void> {
  await freezeEpoch(context, epoch);
  // The next epoch's facts are final by now too; waiting for its second half spares a chain whose clock lags.
  if (2 * slot >= context.clock.slotsPerEpoch) await freezeEpoch(context, epoch + 1);
}

/** One epoch's trouble keeps no other from its turn; the first is what the step reports. */
async function eachEpoch(entries: readonly EpochEntry[], work: (entry: EpochEntry) => Promise<unknown>): Promise<void> {
  const errors: unknown[] = [];
  for (const entry of entries) await work(entry).catch((error: unknown) => errors.push(error));
  if (errors.length > 0) throw errors[0];
}

/** Opens what has begun, and the next epoch as soon as its beacon round is due. */
async function openDue(context: Context, epoch: number): Promise<void> {
  const { ledger, clock } = context.ports;
  const frozen = await ledger.epochsIn(['frozen'], BACKLOG_PER_TICK_MAX);
  const due = (entry: EpochEntry): boolean =>
    clock.nowMs() >= 1000 * roundTime(policyFor(context, entry).beacon, entry.beaconRound);
  await eachEpoch(
    frozen.filter((entry) => entry.epoch <= epoch || due(entry)),
    (entry) => openEpoch(context, entry),
  );
}

/** This slot, if it was not sent in time, and the next one. */
async function schedule(context: Context, epoch: number, slot: number): Promise<void> {
  const { ledger } = context.ports;
  const entry = await ledger.epoch(epoch);
  if (entry?.state === 'open') await scheduleSlots(context, entry, slot, slot + 1);
  const next = slot + 1 < context.clock.slotsPerEpoch ? null : await ledger.epoch(epoch + 1);
  if (next?.state === 'open') await scheduleSlots(context, next, 0, 0);
}

async function sealDue(context: Context): Promise<void> {
  const entries = await context.ports.ledger.epochsIn(['open', 'sealing'], BACKLOG_PER_TICK_MAX);
  await eachEpoch(entries, (entry) => sealEpoch(context, entry));
}

async function postDue(context: Context): Promise<void> {
  const entries = await context.ports.ledger.epochsIn(['sealed'], BACKLOG_PER_TICK_MAX);
  for (const entry of entries) if ((await postReport(context, entry)) === 'waiting') return; // in order, one at a time
}

/** @param scheduledMs the slot's own time, not the (later) time at which the platform fired */
export async function tick(context: Context, scheduledMs: number): Promise<Trouble[]> {
  const at = slotAt(context.clock, scheduledMs);
  if (at === null) return [];
  const { epoch, slot } = at;
  const troubles: Trouble[] = [];
  const run = async (name: string, work: () => Promise<void>): Promise<void> => {
    const trouble = await step(context.ports, name, work);
    if (trouble !== null) troubles.push(trouble);
  };
  const { clock } = context.ports;
  // Facts are taken an epoch ahead: only at the very start does anything below wait for them.
  const frozen = run('freeze', () => freeze(context, epoch, slot));
  await Promise.race([frozen, clock.until(clock.nowMs() + FREEZE_WAIT_MS)]);
  await run('open', () => openDue(context, epoch));
  await run('schedule', () => schedule(context, epoch, slot));
  await run('seal', () => sealDue(context));
  await run('post', () => postDue(context));
  await frozen;
  return troubles;
}
