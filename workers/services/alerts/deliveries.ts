// The log of an endpoint's deliveries, replays, and the stream of events for who missed some.
import { deliveryCursor, eventCursor } from '../../../schema/api/cursors.ts';
import type { EventItem } from '../../../schema/api/events.ts';
import type { Page } from '../../../schema/api/values.ts';
import type { DeliveryItem, Replayed, ReplayRange } from '../../../schema/api/webhooks.ts';
import { found, missing, type Answer, type Missing } from '../views/answer.ts';
import type { WebPorts } from '../views/ports.ts';
import { ownEndpoint, ownerOf } from './endpoints.ts';
import { REPLAY_EVENTS_MAX } from './limits.ts';
import type { StoredEndpoint } from './ports.ts';

type Ports = Pick<WebPorts, 'alerts' | 'nowMs'>;
type Owned = { readonly tenant: string; readonly id: string };

const FOREIGN = missing('bad-cursor', 'cursor: not one of this list; take it from the `next` of an answer.');

/** Newest first. */
export async function listDeliveries(
  ports: Ports,
  { limit, cursor, ...owned }: Owned & { limit: number; cursor?: { owner: number; event: number } | undefined },
): Promise<Answer<Page<DeliveryItem>>> {
  const own = await ownEndpoint(ports, owned);
  if (!own.ok) return own;
  const owner = ownerOf(owned.id);
  if (cursor !== undefined && cursor.owner !== owner) return FOREIGN;
  const rows = await ports.alerts.endpoints.deliveries(own.value.number, { before: cursor?.event ?? null, limit: limit + 1 });
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  const next = last === undefined ? null : deliveryCursor.encode({ owner, event: last.place });
  return found({ items: shown.map(({ item }) => item), next });
}

async function replayable(ports: Ports, owned: Owned): Promise<{ ok: true; value: StoredEndpoint } | Missing> {
  const own = await ownEndpoint(ports, owned);
  if (!own.ok || own.value.state === 'active') return own;
  return missing('conflict', 'The endpoint is disabled. Enable it first.');
}

export async function replayOne(ports: Ports, { event, ...owned }: Owned & { event: string }): Promise<Answer<Replayed>> {
  const own = await replayable(ports, owned);
  if (!own.ok) return own;
  if (!(await ports.alerts.endpoints.replay(own.value.number, event))) {
    return missing('not-found', 'This endpoint has no delivery of such an event. Its log lists those that it has.');
  }
  await ports.alerts.poke(own.value.id);
  return found({ events: 1, next: null });
}

export async function replayMany(ports: Ports, { range, ...owned }: Owned & { range: ReplayRange }): Promise<Answer<Replayed>> {
  const own = await replayable(ports, owned);
  if (!own.ok) return own;
  const { fromMs, throughMs, cursor: text } = range;
  const owner = ownerOf(owned.tenant);
  const cursor = eventCursor.schema.optional().safeParse(text);
  if (!cursor.success || (cursor.data !== undefined && cursor.data.owner !== owner)) return FOREIGN;
  const bounds = { fromMs, throughMs, after: cursor.data?.place ?? 0, limit: REPLAY_EVENTS_MAX };
  const { events, next } = await ports.alerts.endpoints.replayRange(own.value, bounds);
  if (events > 0) await ports.alerts.poke(own.value.id);
  return found({ events, next: next === null ? null : eventCursor.encode({ owner, place: next }) });
}

/** Oldest first; `next` is there even on the last page, so that a reader goes on from where it was. */
export async function listEvents(
  { alerts }: Ports,
  { tenant, limit, cursor }: { tenant: string; limit: number; cursor?: { owner: number; place: number } | undefined },
): Promise<Answer<Page<EventItem>>> {
  const owner = ownerOf(tenant);
  if (cursor !== undefined && cursor.owner !== owner) return FOREIGN;
  const rows = await alerts.endpoints.events(tenant, { after: cursor?.place ?? 0, limit });
  const place = rows.at(-1)?.place ?? cursor?.place;
  return found({ items: rows.map(({ item }) => item), next: place === undefined ? null : eventCursor.encode({ owner, place }) });
}
