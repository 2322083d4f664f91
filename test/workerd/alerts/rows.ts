// Rows that the alerts' tests begin with: endpoints as the API stores them, and events about nodes.
import { eventStatements } from '../../../workers/adapters/event-statements.ts';
import { fanOutStep } from '../../../workers/adapters/webhook-fan-out.ts';
import { eventId, type NewEvent } from '../../../workers/services/alerts/event.ts';
import { bindings, hashOf } from '../support/bindings.ts';

export const all = async <T = Record<string, unknown>>(sql: string, ...values: (string | number)[]): Promise<T[]> =>
  (
    await bindings.DB.prepare(sql)
      .bind(...values)
      .all<T>()
  ).results;

export type EndpointRow = { id: string; types?: string[]; nodes?: string[]; operators?: string[]; state?: string };

/** An endpoint without an address: for what is decided in SQL. */
export async function addEndpoint({ id, types = [], nodes = [], operators = [], state = 'active' }: EndpointRow): Promise<void> {
  const sql = `INSERT INTO webhook_endpoints (id, tenant, format, scheme, shown_url, sealed, types, nodes, operators, note, state, paused_until, since, created_at)
    SELECT ?1, 'tenant-a', 'standard', 'v1', '', '', ?2, ?3, ?4, '', ?5, 0, coalesce((SELECT max(place) FROM events), 0), 0`;
  await bindings.DB.prepare(sql).bind(id, JSON.stringify(types), JSON.stringify(nodes), JSON.stringify(operators), state).run();
}

export function downEvent(index: number, incident: string, change: { to?: string } = {}): NewEvent {
  return {
    ...{ id: eventId('node.down', incident), type: 'node.down', node: { index, id: hashOf('id', index) } },
    ...{ occurredAtMs: 1_790_000_000_000, ...change },
    data: { incident, cause: 'timeout', sinceMs: 1_789_999_990_000, seenBy: [], page: null },
  };
}

export const sealedEvent = (epoch: number): NewEvent => ({
  ...{ id: eventId('epoch.sealed', epoch), type: 'epoch.sealed', node: null, occurredAtMs: 1_790_000_000_000 },
  data: { epoch, rootHash: hashOf('root', epoch), transactionHash: hashOf('tx', epoch), page: null },
});

/** The outbox only: what a batch of a state change does. */
export async function tell(...events: NewEvent[]): Promise<void> {
  await bindings.DB.batch(eventStatements(bindings.DB, events));
}

/** Fans out all that waits; whom the steps would poke. */
export async function fanOutAll(d1: D1Database = bindings.DB): Promise<string[]> {
  const poked: string[] = [];
  for (;;) {
    const { endpoints, isDone } = await fanOutStep(d1, Date.now());
    poked.push(...endpoints);
    if (isDone) return poked;
  }
}

export async function store(...events: NewEvent[]): Promise<void> {
  await tell(...events);
  await fanOutAll();
}
