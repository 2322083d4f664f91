// The routes of audits on demand: order one, list one's own, look at one, its progress as events, its transcript. All of them are the
// caller's own, and none is kept by any cache.
import { createRoute } from '@hono/zod-openapi';
import { eventHeaders, newSpot, spotDetail, spotHeaders, spotList, spotPath, spotsQuery } from '../../../schema/api/spots.ts';
import { noQuery } from '../../../schema/api/requests.ts';
import { spotPathOf } from '../../services/spots/item.ts';
import { HEARTBEAT_MS } from '../../services/spots/limits.ts';
import { openStream } from '../../services/spots/open-stream.ts';
import { orderSpot } from '../../services/spots/order-spot.ts';
import { listSpots, ownSpot, showSpot, spotTranscript } from '../../services/spots/read-spots.ts';
import { watchSpot } from '../../services/spots/watch-spot.ts';
import { callerIn, requireScope, tellQuota } from '../auth.ts';
import { jsonAnswer, jsonBody, KEY, problems, rawAnswer } from '../openapi.ts';
import { ProblemError, take } from '../problem.ts';
import type { App, WebContext } from '../request.ts';

const PRIVATE = { 'cache-control': 'no-store' };
const OF_KEY = ['unauthenticated', 'forbidden', 'over-quota', 'bad-query'] as const;
const OF_ONE = [...OF_KEY, 'bad-id', 'not-found'] as const;
const shared = { tags: ['audits' as const], security: KEY, middleware: [requireScope('audits')] };

const orderRoute = createRoute({
  method: 'post',
  path: '/v1/audits',
  operationId: 'orderAudit',
  ...shared,
  summary: 'Have a node audited now (scope audits)',
  description:
    'Answers at once with where to look; the audit runs within seconds, beside the schedule, and counts for no score. An Idempotency-Key is needed: the same key and body give the same audit (200), another body is a conflict.',
  request: { query: noQuery, headers: spotHeaders, body: jsonBody(newSpot) },
  responses: {
    200: jsonAnswer(spotDetail, 'It was ordered before, with this key.'),
    202: jsonAnswer(spotDetail, 'It is ordered; Location says where its state is.'),
    ...problems(...OF_KEY, 'bad-header', 'bad-body', 'bad-media-type', 'body-too-large', 'not-found', 'gone', 'conflict'),
  },
});

const listRoute = createRoute({
  method: 'get',
  path: '/v1/audits/on-demand',
  operationId: 'listOrderedAudits',
  ...shared,
  summary: 'Your audits on demand, newest first (scope audits)',
  request: { query: spotsQuery },
  responses: { 200: jsonAnswer(spotList, 'A page of them.'), ...problems(...OF_KEY, 'bad-cursor') },
});

const showRoute = createRoute({
  method: 'get',
  path: '/v1/audits/on-demand/{id}',
  operationId: 'showOrderedAudit',
  ...shared,
  summary: 'One audit on demand: its state, and at the end its verdict with all that proves it (scope audits)',
  request: { params: spotPath, query: noQuery },
  responses: { 200: jsonAnswer(spotDetail, 'The audit.'), ...problems(...OF_ONE) },
});

const transcriptRoute = createRoute({
  method: 'get',
  path: '/v1/audits/on-demand/{id}/transcript',
  operationId: 'readOrderedTranscript',
  ...shared,
  summary: 'The messages as they went over the wire (scope audits)',
  request: { params: spotPath, query: noQuery },
  responses: {
    200: rawAnswer('application/octet-stream', 'docs/protocol.md, section 11; named by its SHA-256 in the record.'),
    ...problems(...OF_ONE),
  },
});

const eventsRoute = createRoute({
  method: 'get',
  path: '/v1/audits/on-demand/{id}/events',
  operationId: 'watchOrderedAudit',
  ...shared,
  summary: 'Progress as server-sent events: queued, challenged, committed, opened, verified, done or failed (scope audits)',
  request: { params: spotPath, query: noQuery, headers: eventHeaders },
  responses: {
    200: rawAnswer('text/event-stream', 'Ends with the audit, or after two minutes; Last-Event-ID goes on.'),
    ...problems(...OF_ONE, 'bad-header', 'unavailable'),
  },
});

const owned = (c: WebContext, id: string): { tenant: string; id: string } => ({ tenant: callerIn(c).tenant, id });

function eventStream(texts: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next: IteratorResult<string, unknown> = await texts.next();
      if (next.done === true) controller.close();
      else controller.enqueue(encoder.encode(next.value));
    },
    async cancel() {
      await texts.return(undefined);
    },
  });
}

function mountReads(app: App): void {
  app.openapi(listRoute, async (c) => {
    const { limit, cursor } = c.req.valid('query');
    return c.json(take(await listSpots(c.var.ports, { tenant: callerIn(c).tenant, limit, cursor })), 200, PRIVATE);
  });
  app.openapi(showRoute, async (c) => c.json(take(await showSpot(c.var.ports, owned(c, c.req.valid('param').id))), 200, PRIVATE));
  app.openapi(transcriptRoute, async (c) => {
    const bytes = take(await spotTranscript(c.var.ports, owned(c, c.req.valid('param').id)));
    const headers = { ...PRIVATE, 'content-type': 'application/octet-stream', 'content-length': String(bytes.length) };
    return c.body(Uint8Array.from(bytes), 200, headers);
  });
  app.openapi(eventsRoute, async (c) => {
    const row = take(await ownSpot(c.var.ports, owned(c, c.req.valid('param').id)));
    const after = Number(c.req.valid('header')['last-event-id'] ?? 0);
    const opened = await openStream(c.var.ports, { tenant: row.tenant, order: row.id });
    if (!opened.ok && opened.code === 'over-quota') c.header('retry-after', String(HEARTBEAT_MS / 1000));
    const reader = { place: take(opened), isGone: () => c.req.raw.signal.aborted };
    const texts = watchSpot(c.var.ports, row, after, reader);
    return c.body(eventStream(texts), 200, { ...PRIVATE, 'content-type': 'text/event-stream; charset=utf-8' });
  });
}

export function mountSpots(app: App): void {
  app.openapi(orderRoute, async (c) => {
    const [body, headers] = [c.req.valid('json'), c.req.valid('header')];
    const ordered = await orderSpot(c.var.ports, { caller: callerIn(c), key: headers['idempotency-key'], body });
    if (!ordered.ok) {
      tellQuota(c, ordered.quota ?? null, ordered.code);
      if (ordered.retrySeconds !== undefined) c.header('retry-after', String(ordered.retrySeconds));
      throw new ProblemError(ordered.code, ordered.detail);
    }
    const { detail, isNew, quota } = ordered.value;
    tellQuota(c, quota);
    return c.json(detail, isNew ? 202 : 200, { ...PRIVATE, location: spotPathOf(detail.id), 'retry-after': '1' });
  });
  mountReads(app);
}
