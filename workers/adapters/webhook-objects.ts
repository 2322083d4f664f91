// The objects that deliver, one an endpoint, and how they are poked. A poke that is lost is no loss: the next tick pokes again what is due.
import { POKES_AT_ONCE, POKES_MAX } from '../services/alerts/limits.ts';
import { batches } from './batches.ts';

/** What the object shows to the rest of the Worker (workers/entries/dispatcher.ts). */
export type DispatcherStub = { readonly poke: (endpoint: string) => Promise<void> };

// Oldest due first, and as many as may be active: nobody can keep another from being poked. Held-up events of a node may be among them; their object
// finds nothing to do and sleeps until something is.
const WITH_DUE = `
SELECT id FROM (
  SELECT id, (SELECT min(due_at) FROM deliveries INDEXED BY deliveries_due
    WHERE deliveries.endpoint = endpoint.number AND deliveries.state = 'due') AS due
  FROM webhook_endpoints AS endpoint INDEXED BY webhook_endpoints_active WHERE state = 'active' AND paused_until <= ?1)
WHERE due <= ?1 ORDER BY due LIMIT ?2`;

type StubOf = (endpoint: string) => DispatcherStub;

/** Pokes them, so many at a time. Never throws: who cannot be reached is poked again by the next tick. */
export async function pokeSome(stubOf: StubOf, endpoints: readonly string[]): Promise<void> {
  for (const some of batches(endpoints, POKES_AT_ONCE)) await Promise.allSettled(some.map(async (id) => stubOf(id).poke(id)));
}

/** Pokes who has something due. @throws storage's errors */
export async function pokeDue(d1: D1Database, stubOf: StubOf, nowMs: number): Promise<void> {
  const { results } = await d1.prepare(WITH_DUE).bind(nowMs, POKES_MAX).all<{ id: string }>();
  await pokeSome(
    stubOf,
    results.map(({ id }) => id),
  );
}

export function dispatcherStub(namespace: DurableObjectNamespace, endpoint: string): DispatcherStub {
  return namespace.get(namespace.idFromName(endpoint)) as unknown as DispatcherStub;
}
