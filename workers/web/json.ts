// JSON answers, and how long they keep.
import { liveCaching, POSTED_CACHING } from './caching.ts';
import type { WebContext } from './request.ts';

/** `fixed`: what it tells will not change, but with the API's form. */
export function json(c: WebContext, value: object, fixed: 'live' | 'fixed' = 'live'): Response {
  const caching = fixed === 'fixed' ? POSTED_CACHING : liveCaching(c.var.ports.settings.clock);
  return c.json(value, 200, { 'cache-control': caching });
}
