// Sends a slot's draws to the queue as chunks. Only numbers travel: the consumer computes the draws again from the seed, so a
// forged or repeated message can make nothing happen that was not due.
import { slotDraws, type Draw } from '../../protocol/schedule.ts';
import { CHUNK_DRAWS_MAX, QUEUE_DELAY_SECONDS_MAX } from '../limits.ts';
import { planOf } from './plan.ts';
import type { Chunk, Context, EpochEntry } from './ports.ts';

/** A slot's chunks: contiguous runs of its draws. */
export function chunksOf(epoch: number, slot: number, drawCount: number): Chunk[] {
  return Array.from({ length: Math.ceil(drawCount / CHUNK_DRAWS_MAX) }, (_, chunk) => {
    const firstDraw = chunk * CHUNK_DRAWS_MAX;
    return { epoch, slot, chunk, firstDraw, drawCount: Math.min(CHUNK_DRAWS_MAX, drawCount - firstDraw) };
  });
}

function delayOf(draws: readonly Draw[], chunk: Chunk, nowMs: number): number {
  const first = draws[chunk.firstDraw];
  const wait = first === undefined ? 0 : Math.floor((first.scheduledMs - nowMs) / 1000);
  return Math.min(QUEUE_DELAY_SECONDS_MAX, Math.max(0, wait));
}

/** Repeating it is harmless: a chunk is claimed once. */
export async function scheduleSlot(context: Context, input: { entry: EpochEntry; slot: number }): Promise<number> {
  const { entry, slot } = input;
  const draws = slotDraws(planOf(context, entry), slot);
  const nowMs = context.ports.clock.nowMs();
  const chunks = chunksOf(entry.epoch, slot, draws.length);
  await context.ports.queue.send(chunks.map((chunk) => ({ chunk, delaySeconds: delayOf(draws, chunk, nowMs) })));
  return draws.length;
}
