// The outbox, fanned out until nothing waits or the time is over: whoever gets something is poked at once, and once more at the end where more
// came for him meanwhile. What one call leaves, the next wake or tick goes on with.
import { FAN_OUT_ROWS_MAX, FAN_OUT_RUNS_MAX, POKE_AGAIN_MS } from './limits.ts';
import type { FanOutPorts } from './ports.ts';

export type OutboxEvent = { readonly place: number; readonly type: string; readonly node: number | null };

/**
 * The last places of the runs that one batch fans out, in order: at most so many pairs of event and endpoint. A recovery begins a run of its own
 * where its node was in the run before: whether it is told despite a mute depends on whether what came before it was.
 */
export function fanOutPlan(events: readonly OutboxEvent[], endpoints: number): number[] {
  const eventsMax = Math.max(1, Math.floor(FAN_OUT_ROWS_MAX / Math.max(1, endpoints)));
  const runs: number[] = [];
  let nodes = new Set<number>();
  for (const { place, type, node } of events.slice(0, eventsMax)) {
    const isNewRun = runs.length === 0 || (type === 'node.recovered' && node !== null && nodes.has(node));
    if (isNewRun && runs.length === FAN_OUT_RUNS_MAX) break;
    if (isNewRun) {
      nodes = new Set();
      runs.push(place);
    } else runs[runs.length - 1] = place;
    if (node !== null) nodes.add(node);
  }
  return runs;
}

/** @returns whether nothing waits any more; throws what `step` throws */
export async function fanOut({ step, poke, nowMs }: FanOutPorts, forMs: number): Promise<boolean> {
  const endMs = nowMs() + forMs;
  const pokedAtMs = new Map<string, number>();
  const owed = new Set<string>();
  let isDone = false;
  while (!isDone && nowMs() < endMs) {
    const found = await step();
    isDone = found.isDone;
    const now = nowMs();
    const fresh = found.endpoints.filter((id) => now - (pokedAtMs.get(id) ?? -Infinity) >= POKE_AGAIN_MS);
    for (const id of found.endpoints) owed.add(id);
    for (const id of fresh) {
      pokedAtMs.set(id, now);
      owed.delete(id);
    }
    if (fresh.length > 0) await poke(fresh);
  }
  if (owed.size > 0) await poke([...owed]);
  return isDone;
}
