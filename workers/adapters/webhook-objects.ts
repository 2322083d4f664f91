// The objects that deliver, one an endpoint, and how they are poked. A poke that is lost is no loss: the next tick pokes again what is due.
import { POKES_MAX } from '../services/alerts/limits.ts';

/** What the object shows to the rest of the Worker (workers/entries/dispatcher.ts). */
export type DispatcherStub = { readonly poke: (endpoint: string) => Promise<void> };

// Drawn by chance where they are too many for one call. Held-up events of a node may be among them; their object finds nothing to do and sleeps until something is.
const WITH_DUE = `
SELECT id FROM webhook_endpoints AS endpoint
WHERE state = 'active' AND paused_until <= ?1 AND EXISTS
  (SELECT 1 FROM deliveries WHERE deliveries.endpoint = endpoint.number AND deliveries.state = 'due' AND deliveries.due_at <= ?1)
ORDER BY random() LIMIT ?2`;

/** Pokes who has something due; an object that cannot be reached is poked again by the next tick. @throws storage's errors */
export async function pokeDue(d1: D1Database, stubOf: (endpoint: string) => DispatcherStub, nowMs: number): Promise<void> {
  const { results } = await d1.prepare(WITH_DUE).bind(nowMs, POKES_MAX).all<{ id: string }>();
  await Promise.allSettled(results.map(async ({ id }) => stubOf(id).poke(id)));
}

export function dispatcherStub(namespace: DurableObjectNamespace, endpoint: string): DispatcherStub {
  return namespace.get(namespace.idFromName(endpoint)) as unknown as DispatcherStub;
}
