// Sends draws to the queue as chunks, a slot ahead, so that neither a late cron nor a slow queue costs a probe its freshness. Only
// numbers travel: the consumer computes the draws again from the seed, so a forged or repeated message makes nothing happen that was not due.
import { QUEUE_DELAY_SECONDS_MAX } from '../limits.ts';
import { slotChunks } from './chunks.ts';
import { planOf } from './plan.ts';
import type { Context, EpochEntry } from './ports.ts';

/** Whole seconds until a time, as the queue delays; it arrives a little early and waits. */
function delayUntil(timeMs: number, nowMs: number): number {
  return Math.min(QUEUE_DELAY_SECONDS_MAX, Math.max(0, Math.floor((timeMs - nowMs) / 1000)));
}

async function sendSlot(context: Context, entry: EpochEntry, slot: number): Promise<void> {
  const plan = planOf(context, entry);
  const nowMs = context.ports.clock.nowMs();
  const messages = slotChunks(plan, slot).map(({ lane, draws }, number) => {
    const chunk = { epoch: entry.epoch, slot, chunk: number };
    return { lane, chunk, delaySeconds: delayUntil(draws[0]?.scheduledMs ?? nowMs, nowMs) };
  });
  await context.ports.queue.send(messages);
}

/**
 * Sends the slots of an open epoch that have not been sent, from `from` to `to`. A slot may be sent twice when this is cut off;
 * its chunks are claimed once all the same.
 */
export async function scheduleSlots(context: Context, entry: EpochEntry, from: number, to: number): Promise<void> {
  const last = Math.min(to, context.clock.slotsPerEpoch - 1);
  for (let slot = Math.max(from, entry.scheduledSlots); slot <= last; slot++) {
    await sendSlot(context, entry, slot);
    await context.ports.ledger.scheduled(entry.epoch, slot + 1);
  }
}
