// Errors of the API: RFC 9457 problem details. A code is stable and never re-used; `detail` names cause and mend.
import { z } from 'zod';

export const PROBLEMS = {
  'unknown-route': { status: 404, title: 'There is no such route' },
  'method-not-allowed': { status: 405, title: 'This route takes another method' },
  'bad-id': { status: 400, title: 'The id in the path is malformed' },
  'bad-query': { status: 400, title: 'A query parameter is malformed' },
  'bad-cursor': { status: 400, title: 'The cursor is malformed' },
  'not-found': { status: 404, title: 'There is no such thing here' },
  'bad-header': { status: 400, title: 'A header of the request is malformed' },
  'bad-body': { status: 400, title: 'The request’s body is malformed' },
  'body-too-large': { status: 413, title: 'The request’s body is too large' },
  'bad-media-type': { status: 415, title: 'The request’s body is not JSON' },
  unauthenticated: { status: 401, title: 'A key is needed, or the one given is not good' },
  forbidden: { status: 403, title: 'This key may not do that' },
  conflict: { status: 409, title: 'It was done before, with another content' },
  gone: { status: 410, title: 'It is no longer there' },
  'over-quota': { status: 429, title: 'The quota is used up' },
  'not-revealed': { status: 404, title: 'Not public yet' },
  'not-ready': { status: 503, title: 'Not ready yet' },
  unavailable: { status: 503, title: 'Storage does not answer' },
  misconfigured: { status: 503, title: 'The service is not configured' },
  internal: { status: 500, title: 'Something went wrong on our side' },
} as const satisfies Record<string, { status: number; title: string }>;
export type ProblemCode = keyof typeof PROBLEMS;
export const problemCode = z.enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]);

export const problem = z.strictObject({
  type: z.string().regex(/^\/problems\/[a-z-]+$/),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
});
export type Problem = z.infer<typeof problem>;
