// How an answer says that its route is going to end: since when (RFC 9745), until when (RFC 8594), and what comes instead.
import type { MiddlewareHandler } from 'hono';
import type { WebEnv } from './request.ts';

export type Ending = {
  readonly sinceMs: number;
  /** At least the overlap of document.ts after `sinceMs`. */
  readonly untilMs: number;
  /** Path of the route that comes instead. */
  readonly successor: string;
};

/**
 * For `middleware` of a route that is also marked `deprecated: true`. None is at present.
 * @example createRoute({ deprecated: true, middleware: [ending({ sinceMs, untilMs, successor: '/v2/nodes' })], … })
 */
export function ending({ sinceMs, untilMs, successor }: Ending): MiddlewareHandler<WebEnv> {
  return async (c, next) => {
    await next();
    c.header('deprecation', `@${String(Math.floor(sinceMs / 1000))}`);
    c.header('sunset', new Date(untilMs).toUTCString());
    c.header('link', `<${successor}>; rel="successor-version"`, { append: true });
  };
}
