// Once a slot: orders whose message was lost are sent again, those that were cut off end with that reason, and what is old is forgotten.
import type { SpotFailure } from '../../../schema/api/spots.ts';
import { ASKS_KEPT_MS, BEGIN_MS_MAX, KEPT_MS, QUEUED_MS_MAX, RECORDS_KEPT_MS, RUN_MS_MAX, SPOTS_PER_TICK_MAX } from './limits.ts';
import type { SpotObjects, SpotQueue, SpotStore } from './ports.ts';

export type SpotTick = {
  readonly store: SpotStore;
  readonly objects: SpotObjects;
  readonly queue: SpotQueue;
  readonly nowMs: () => number;
};

const NOT_BEGUN: SpotFailure = {
  code: 'not-begun',
  detail: 'The audit could not be begun for ten minutes. It can be ordered again.',
};
const CUT_OFF: SpotFailure = {
  code: 'interrupted',
  detail: 'The audit was cut off on this service’s side. It can be ordered again.',
};

export async function tickSpots({ store, objects, queue, nowMs }: SpotTick): Promise<void> {
  const now = nowMs();
  const waiting = await store.since('queued', now - QUEUED_MS_MAX, SPOTS_PER_TICK_MAX);
  const late = waiting.filter(({ createdAtMs }) => createdAtMs < now - BEGIN_MS_MAX);
  for (const { id } of late) await store.fail(id, 'queued', NOT_BEGUN, now);
  const lost = waiting.filter((row) => !late.includes(row)).map(({ id }) => id);
  if (lost.length > 0) await queue.send(lost);
  for (const { id } of await store.since('running', now - RUN_MS_MAX, SPOTS_PER_TICK_MAX)) {
    await store.fail(id, 'running', CUT_OFF, now);
  }
  await store.prune(now - KEPT_MS, SPOTS_PER_TICK_MAX);
  await store.forgetAsks(now - ASKS_KEPT_MS, now - RECORDS_KEPT_MS);
  const orphans = await store.orphans(SPOTS_PER_TICK_MAX);
  if (orphans.length === 0) return;
  await objects.remove(orphans);
  await store.forgetObjects(orphans);
}
