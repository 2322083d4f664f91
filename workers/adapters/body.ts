// Reads a response body up to a number of bytes; beyond it the stream is cancelled. Content-Length is believed only when it
// says "too much".
import { readAtMost } from '../../schema/wire/stream.ts';

/** Null when the body has more than `bytesMax` bytes. */
export async function readBounded(response: Response, bytesMax: number): Promise<Uint8Array | null> {
  if (Number(response.headers.get('content-length') ?? 0) > bytesMax) {
    await response.body?.cancel();
    return null;
  }
  return response.body === null ? new Uint8Array() : readAtMost(response.body as ReadableStream<Uint8Array>, bytesMax);
}
