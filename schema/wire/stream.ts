// Bytes of a stream that somebody else feeds, never more of them than a bound.

/** All that a stream gives, at most `bytesMax`; null when it gives more, and then it is cancelled. Rejects when the stream does. */
export async function readAtMost(stream: ReadableStream<Uint8Array>, bytesMax: number): Promise<Uint8Array | null> {
  const reader = stream.getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > bytesMax) {
      await reader.cancel();
      return null;
    }
    parts.push(value);
  }
  // Not `concat(...parts)`: a sender chooses how many parts there are, and an argument list has an end.
  const out = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
