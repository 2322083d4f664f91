// Errors of the API: RFC 9457 problem details. A code is stable and never re-used; `detail` names cause and mend.
import { z } from 'zod';

export const PROBLEMS = {
  'unknown-route': { status: 404, title: 'There is no such route' },
  'method-not-allowed': { status: 405, title: 'This route can only be read' },
  'bad-id': { status: 400, title: 'The id in the path is malformed' },
  'bad-query': { status: 400, title: 'A query parameter is malformed' },
  'bad-cursor': { status: 400, title: 'The cursor is malformed' },
  'not-found': { status: 404, title: 'There is no such thing here' },
  'not-revealed': { status: 404, title: 'Not public yet' },
  'not-ready': { status: 503, title: 'Not ready yet' },
  unavailable: { status: 503, title: 'Storage does not answer' },
  misconfigured: { status: 503, title: 'The service is not configured' },
  internal: { status: 500, title: 'Something went wrong on our side' },
} as const satisfies Record<string, { status: number; title: string }>;
export type ProblemCode = keyof typeof PROBLEMS;

export const problem = z.strictObject({
  type: z.string().regex(/^\/problems\/[a-z-]+$/),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
});
export type Problem = z.infer<typeof problem>;
