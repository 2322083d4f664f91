// What the API answers instead of what was asked for, as an error with the fields of RFC 9457.
import type { components } from './schema.ts';

/** Stable: one of them means the same for ever. */
export type ProblemCode = components['schemas']['ExplainProblemAnswer']['code'];

export class AssayProblem extends Error {
  override readonly name = 'AssayProblem';
  readonly code: ProblemCode;
  readonly status: number;
  readonly title: string;
  /** When to ask again, where the service says so. */
  readonly retryAfterSeconds: number | null;

  constructor(code: ProblemCode, status: number, title: string, detail: string, retryAfterSeconds: number | null) {
    super(`${title}: ${detail}`);
    this.code = code;
    this.status = status;
    this.title = title;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

const PREFIX = '/problems/';
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The problem that an answer tells; null where it tells none of ours. */
export async function problemOf(answer: Response): Promise<AssayProblem | null> {
  if (answer.headers.get('content-type') !== 'application/problem+json') return null;
  let body: unknown;
  try {
    body = await answer.clone().json();
  } catch {
    return null;
  }
  if (typeof body !== 'object' || body === null) return null;
  const fields = body as Readonly<Record<string, unknown>>;
  const type = text(fields['type']);
  if (!type.startsWith(PREFIX)) return null;
  const wait = answer.headers.get('retry-after') ?? '';
  const seconds = /^\d{1,9}$/.test(wait) ? Number(wait) : null;
  // A code that this version does not know is told as it came: codes are only added.
  const code = type.slice(PREFIX.length) as ProblemCode;
  return new AssayProblem(code, answer.status, text(fields['title']), text(fields['detail']), seconds);
}
