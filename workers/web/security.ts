// Headers that keep pages harmless: scripts and styles come from our own routes only, nothing is framed, and a page speaks with nobody but
// this Worker unless its handler says so (`connectTo`).
import type { MiddlewareHandler } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import type { WebEnv } from './request.ts';

const contentSecurityPolicy = (connectTo: readonly string[]): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    ["connect-src 'self'", ...connectTo].join(' '),
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');

const others = secureHeaders({
  crossOriginResourcePolicy: 'cross-origin',
  referrerPolicy: 'no-referrer',
  xFrameOptions: 'DENY',
});

/** A page that reads from elsewhere says where: `c.set('connectTo', ['https://rpc.example'])`. */
export const security: MiddlewareHandler<WebEnv> = async (c, next) => {
  await others(c, next);
  c.header('content-security-policy', contentSecurityPolicy(c.var.connectTo ?? []));
};
