// What every answer has in common: who of other sites may read it, and the entity tag that saves its second transfer.
import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import { etag, RETAINED_304_HEADERS } from 'hono/etag';
import type { WebEnv } from './request.ts';

const READ: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/** What scripts of other sites may see of an answer beside the few that browsers always show. */
const EXPOSED = [
  ...['ETag', 'Repr-Digest', 'RateLimit', 'RateLimit-Policy', 'Retry-After', 'Deprecation', 'Sunset', 'Link', 'Location'],
];

const reads = cors({
  origin: '*',
  allowMethods: [...READ],
  allowHeaders: ['Authorization', 'If-None-Match', 'Last-Event-ID'],
  exposeHeaders: EXPOSED,
  maxAge: 86_400,
});

/** Any site may read, with a key of its own too: a key is no cookie, no browser sends it unasked. Changes are for our own pages and programs. */
export const sharing: MiddlewareHandler<WebEnv> = (c, next) => (READ.includes(c.req.method) ? reads(c, next) : next());

const CORS_HEADERS = ['access-control-allow-origin', 'access-control-expose-headers'];
const LIMIT_HEADERS = ['ratelimit', 'ratelimit-policy'];
const tag = etag({ retainedHeaders: [...RETAINED_304_HEADERS, ...CORS_HEADERS, ...LIMIT_HEADERS, 'repr-digest'] });
const done = async (): Promise<void> => undefined;

/** Of whole answers to reads: a stream of events has no end to wait for. */
export const tagged: MiddlewareHandler<WebEnv> = async (c, next) => {
  await next();
  const stream = c.res.headers.get('content-type')?.startsWith('text/event-stream') === true;
  if (READ.includes(c.req.method) && c.res.status === 200 && !stream) await tag(c, done);
};
