// One bounded GET: a deadline over headers and body, a streamed size limit, no redirects, a few tries.
import { setTimeout as sleep } from 'node:timers/promises';
import { readAtMost } from '../../schema/wire/stream.ts';
import { CliError } from '../command.ts';
import { API_RETRY_DELAY_MS, API_TIMEOUT_MS, API_TRIES_MAX } from '../limits.ts';

async function readBody(response: Response, bytesMax: number): Promise<Uint8Array> {
  const bytes = response.body === null ? new Uint8Array() : await readAtMost(response.body, bytesMax);
  if (bytes !== null) return bytes;
  throw new CliError(`An answer of the API has more than ${String(bytesMax)} bytes, which nothing of an archive has.`);
}

/** How long and how often one address is asked. */
export type Patience = { readonly timeoutMs: number; readonly tries: number };
const PATIENT: Patience = { timeoutMs: API_TIMEOUT_MS, tries: API_TRIES_MAX };

async function attempt(url: string, bytesMax: number, timeoutMs: number): Promise<Uint8Array | null> {
  const path = new URL(url).pathname;
  let response: Response;
  try {
    response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) });
    if (response.status === 200) return await readBody(response, bytesMax);
    await response.body?.cancel();
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(`The API does not answer ${path}. Check --api and the network.`);
  }
  if (response.status === 404 || response.status === 410) return null;
  throw new CliError(`The API answers ${path} with status ${String(response.status)}. Check --api, or try again later.`);
}

/** The body of a 200; null for 404 and 410. @throws CliError for anything else, after a few tries */
export async function fetchBytes(url: string, bytesMax: number, patience = PATIENT): Promise<Uint8Array | null> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt(url, bytesMax, patience.timeoutMs);
    } catch (error) {
      if (tries >= patience.tries) throw error;
      await sleep(API_RETRY_DELAY_MS * tries);
    }
  }
}
