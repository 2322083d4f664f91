// Sends the same chunk again and again, bounded itself: it stops when the peer closes, after a gigabyte, and never sends more
// than 64 MB in ten seconds, so that a broken auditor hurts nothing but itself.
import type { ServerResponse } from 'node:http';

const BYTES_MAX = 2 ** 30;
const WINDOW_MS = 10_000;
const WINDOW_BYTES_MAX = 64 * 2 ** 20;

export async function pour(response: ServerResponse, chunk: Uint8Array): Promise<void> {
  let [windowEnd, inWindow] = [Date.now() + WINDOW_MS, 0];
  const closed = new Promise<void>((resolve) => response.once('close', resolve));
  const pause = (ms: number): Promise<void> =>
    Promise.race([closed, new Promise<void>((resolve) => setTimeout(resolve, ms).unref())]);
  for (let sent = 0; sent < BYTES_MAX && !response.destroyed; sent += chunk.length) {
    if (inWindow + chunk.length > WINDOW_BYTES_MAX) {
      await pause(windowEnd - Date.now());
      [windowEnd, inWindow] = [Date.now() + WINDOW_MS, 0];
    }
    inWindow += chunk.length;
    if (!response.write(chunk)) await Promise.race([closed, new Promise<void>((resolve) => response.once('drain', resolve))]);
  }
  response.end();
}
