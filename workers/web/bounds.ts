// Bounds of a request, before any route sees it: no parameter twice, no body that is too large. Bodies are counted as they come, whatever
// their headers say.
import type { MiddlewareHandler } from 'hono';
import { ProblemError } from './problem.ts';
import type { WebEnv } from './request.ts';

/** Ours: a webhook endpoint with all filters is under 4 kB, the largest sighting report under 32 kB. */
export const BODY_BYTES_MAX = 65_536;

const WITHOUT_BODY: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/** @throws ProblemError bad-query. `__proto__` could not be told from nothing once parameters are an object. */
export const refuseRepeats: MiddlewareHandler<WebEnv> = async (c, next) => {
  const names = new Set<string>();
  for (const [name] of new URL(c.req.url).searchParams) {
    if (names.has(name)) throw new ProblemError('bad-query', `${name}: given more than once.`);
    if (name === '__proto__') throw new ProblemError('bad-query', '__proto__: no route has such a parameter.');
    names.add(name);
  }
  await next();
};

/** Up to `max` bytes; null if there are more. The rest is not read. */
async function readBounded(body: ReadableStream<Uint8Array>, max: number): Promise<Uint8Array<ArrayBuffer> | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > max) {
      await reader.cancel();
      return null;
    }
    chunks.push(value);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** Reads the body once, bounded, and hands it on. @throws ProblemError body-too-large */
export const boundBody: MiddlewareHandler<WebEnv> = async (c, next) => {
  const { raw } = c.req;
  const given: ReadableStream<Uint8Array> | null = raw.body;
  if (given !== null && !WITHOUT_BODY.includes(c.req.method)) {
    const body = await readBounded(given, BODY_BYTES_MAX);
    if (body === null) {
      throw new ProblemError(
        'body-too-large',
        `A body may have ${String(BODY_BYTES_MAX)} bytes at most. Send less in one request.`,
      );
    }
    c.req.raw = new Request(raw, { body });
  }
  await next();
};
