// RFC 9457 answers. One class is thrown by routes, one table (schema/api/problems.ts) gives status and title.
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { PROBLEMS, type Problem, type ProblemCode } from '../../schema/api/problems.ts';
import { DomainError, type DomainErrorCode } from '../errors.ts';
import type { Answer } from '../services/views/answer.ts';

export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly code: ProblemCode;

  constructor(code: ProblemCode, detail: string) {
    super(detail);
    this.code = code;
  }
}

/** The value of an answer. @throws ProblemError where there is none */
export function take<T>(answer: Answer<T>): T {
  if (answer.ok) return answer.value;
  throw new ProblemError(answer.code, answer.detail);
}

const OF_DOMAIN: Readonly<Record<DomainErrorCode, ProblemCode>> = {
  not_ready: 'not-ready',
  unavailable: 'unavailable',
  misconfigured: 'misconfigured',
  internal: 'internal',
};

const OURS = 'The cause is in the logs of this deployment. Nothing in your request has to change; try again later.';
const CONFIGURATION = 'Its operator has to mend the configuration; the logs of this deployment name the setting.';

/** What the framework itself refuses, before a route's own schemas are asked. */
function ofFramework({ status }: HTTPException): { code: ProblemCode; detail: string } {
  if (status === 415) return { code: 'bad-media-type', detail: 'Send JSON, with `content-type: application/json`.' };
  if (status === 400) return { code: 'bad-body', detail: 'The body is not JSON.' };
  return { code: 'internal', detail: OURS };
}

/** What the public is told of an error: configuration and inner faults are named, never quoted. */
export function problemOf(error: unknown): { code: ProblemCode; detail: string } {
  if (error instanceof ProblemError) return { code: error.code, detail: error.message };
  if (error instanceof HTTPException) return ofFramework(error);
  const code = error instanceof DomainError ? OF_DOMAIN[error.code] : 'internal';
  if (code === 'internal') return { code, detail: OURS };
  if (code === 'misconfigured') return { code, detail: CONFIGURATION };
  return { code, detail: error instanceof Error ? error.message : OURS };
}

export function problemBody(code: ProblemCode, detail: string): Problem {
  const { status, title } = PROBLEMS[code];
  return { type: `/problems/${code}`, title, status, detail };
}

export function problemResponse(c: Context, code: ProblemCode, detail: string, headers: Record<string, string> = {}): Response {
  const { status } = PROBLEMS[code];
  const kind = { 'content-type': 'application/problem+json', 'cache-control': 'no-store' };
  return c.body(JSON.stringify(problemBody(code, detail)), status, { ...kind, ...headers });
}
