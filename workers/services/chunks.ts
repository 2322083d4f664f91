// How a slot's draws are cut into queue messages. They are dealt out in turn (draw i to chunk i mod n), so that each chunk's probes
// are spread over the whole jitter: a chunk of neighbours would have fifty to start at once, six at a time, and be late.
import { drawsInSlot, slotDraws, type Draw, type EpochPlan } from '../../protocol/schedule.ts';
import { CHUNK_DRAWS_MAX } from '../limits.ts';
import type { Chunk } from './ports.ts';

const countFor = (draws: number): number => Math.ceil(draws / CHUNK_DRAWS_MAX);

/** Chunks of a slot, by what the plan draws in it. */
export function chunkCount(plan: Omit<EpochPlan, 'seed' | 'beacon'>, slot: number): number {
  return slot < plan.clock.slotsPerEpoch ? countFor(drawsInSlot(plan, slot)) : 0;
}

/** A chunk's draws in order of their times; empty when the slot has no such chunk. */
export function chunkDraws(plan: EpochPlan, { epoch, slot, chunk }: Chunk): Draw[] {
  const count = chunkCount(plan, slot);
  if (epoch !== plan.epoch || chunk >= count) return [];
  return slotDraws(plan, slot).filter(({ draw }) => draw % count === chunk);
}
