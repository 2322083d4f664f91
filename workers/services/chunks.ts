// How a slot's draws are cut into queue messages. Brief ones, of a single node and a few seconds, are dealt out in turn (the i-th to
// chunk i mod n), so that each chunk's probes are spread over the whole jitter: a chunk of neighbours would have fifty to start at once,
// six at a time, and be late. Long ones (kind 2 fills for up to a minute; a cohort needs all its places together) get chunks of no more
// nodes than an invocation has connections, so they wait for no place, and no other draw waits for theirs.
import { KIND_VRAM } from '../../protocol/challenge.ts';
import { slotDraws, type Draw, type EpochPlan } from '../../protocol/schedule.ts';
import { CHUNK_DRAWS_MAX, PROBES_IN_FLIGHT_MAX } from '../limits.ts';
import type { Chunk, Lane } from './ports.ts';

/** A chunk's draws, in order of their times. */
export type SlotChunk = { readonly lane: Lane; readonly draws: readonly Draw[] };

const isLong = ({ kind, cohort }: Draw): boolean => kind === KIND_VRAM || cohort > 1;

function briefChunks(draws: readonly Draw[]): Draw[][] {
  const chunks: Draw[][] = Array.from({ length: Math.ceil(draws.length / CHUNK_DRAWS_MAX) }, () => []);
  for (const [i, draw] of draws.entries()) chunks[i % chunks.length]?.push(draw);
  return chunks;
}

/** @param draws each of `cohort` nodes at most */
function longChunks(draws: readonly Draw[]): Draw[][] {
  const chunks: Draw[][] = [];
  let free = 0;
  for (const draw of draws) {
    if (draw.cohort > free) {
      chunks.push([]);
      free = PROBES_IN_FLIGHT_MAX;
    }
    chunks.at(-1)?.push(draw);
    free -= draw.cohort;
  }
  return chunks;
}

/** All chunks of a slot, by their numbers: the brief ones, then the long ones. None after the epoch's last slot. */
export function slotChunks(plan: EpochPlan, slot: number): SlotChunk[] {
  if (slot >= plan.clock.slotsPerEpoch) return [];
  const { brief = [], long = [] } = Object.groupBy(slotDraws(plan, slot), (draw) => (isLong(draw) ? 'long' : 'brief'));
  return [
    ...briefChunks(brief).map((draws) => ({ lane: 'brief' as const, draws })),
    ...longChunks(long).map((draws) => ({ lane: 'long' as const, draws })),
  ];
}

/** Chunks of a slot. */
export function chunkCount(plan: EpochPlan, slot: number): number {
  return slotChunks(plan, slot).length;
}

/** A chunk's draws in order of their times; empty when the plan has no such chunk. */
export function chunkDraws(plan: EpochPlan, { epoch, slot, chunk }: Chunk): readonly Draw[] {
  return epoch === plan.epoch ? (slotChunks(plan, slot)[chunk]?.draws ?? []) : [];
}
