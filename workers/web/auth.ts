// Who asks: a key in the Authorization header, what it may do, and how much of its quota is left.
import type { MiddlewareHandler } from 'hono';
import type { Scope } from '../../schema/api/accounts.ts';
import { ProblemError } from './problem.ts';
import type { WebEnv } from './request.ts';

/** Lets only callers through whose key has the scope; `c.var.caller` says who it is. */
export function requireScope(scope: Scope): MiddlewareHandler<WebEnv> {
  return () => {
    throw new ProblemError('unauthenticated', `A key with the scope ${scope} is needed.`);
  };
}
