// Reads a request's body into memory, never more of it than the message may have. The time is bounded by the server's request
// timeout; the size first by the announced length, then by what really comes.
import type { IncomingMessage } from 'node:http';
import { Refusal } from '../problem.ts';

export async function readBody(request: IncomingMessage, bytesMax: number): Promise<Uint8Array> {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') throw new Refusal('encoding-not-supported');
  if (Number(request.headers['content-length'] ?? 0) > bytesMax) throw new Refusal('body-too-large');
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > bytesMax) throw new Refusal('body-too-large');
    parts.push(part);
  }
  return Buffer.concat(parts, length);
}
