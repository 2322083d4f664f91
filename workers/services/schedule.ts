// Sends a slot's draws to the queue as chunks. Only numbers travel: the consumer computes the draws again from the seed, so a
// forged or repeated message can make nothing happen that was not due.
import { QUEUE_DELAY_SECONDS_MAX } from '../limits.ts';
import { chunkCount, chunkDraws } from './chunks.ts';
import { planOf } from './plan.ts';
import type { Context, EpochEntry } from './ports.ts';

/** Whole seconds until a time, as the queue delays; it arrives a little early and waits. */
function delayUntil(timeMs: number, nowMs: number): number {
  return Math.min(QUEUE_DELAY_SECONDS_MAX, Math.max(0, Math.floor((timeMs - nowMs) / 1000)));
}

/** Repeating it is harmless: a chunk is claimed once. */
export async function scheduleSlot(context: Context, input: { entry: EpochEntry; slot: number }): Promise<void> {
  const { entry, slot } = input;
  const plan = planOf(context, entry);
  const nowMs = context.ports.clock.nowMs();
  const messages = Array.from({ length: chunkCount(plan, slot) }, (_, number) => {
    const chunk = { epoch: entry.epoch, slot, chunk: number };
    return { chunk, delaySeconds: delayUntil(chunkDraws(plan, chunk)[0]?.scheduledMs ?? nowMs, nowMs) };
  });
  await context.ports.queue.send(messages);
}
