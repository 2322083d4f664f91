// Reads a response body up to a number of bytes; beyond it the stream is cancelled. Content-Length is believed only when it
// says "too much".

export async function readBounded(response: Response, bytesMax: number): Promise<Uint8Array | null> {
  if (Number(response.headers.get('content-length') ?? 0) > bytesMax) {
    await response.body?.cancel();
    return null;
  }
  const parts: Uint8Array[] = [];
  let size = 0;
  if (response.body !== null) {
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
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
  }
  const out = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
