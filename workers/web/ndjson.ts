// Lines of JSON as they are made: the reader's pace is the source's, and nothing is read before it is asked for (a HEAD or a 304 reads no row).
const encoder = new TextEncoder();

/**
 * @param batches closed early where the reader leaves
 * @example c.body(ndjson({ type: 'header' }, batches), 200, { 'content-type': 'application/x-ndjson' })
 */
export function ndjson(header: object, batches: AsyncGenerator<readonly object[], void, undefined>): ReadableStream<Uint8Array> {
  const bytesOf = (lines: readonly object[]): Uint8Array =>
    encoder.encode(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  let begun = false;
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        if (!begun) {
          begun = true;
          controller.enqueue(bytesOf([header]));
          return;
        }
        // An empty batch would leave the reader waiting: the next one is asked for at once.
        for (;;) {
          const { done, value } = await batches.next();
          if (done === true) {
            controller.close();
            return;
          }
          if (value.length === 0) continue;
          controller.enqueue(bytesOf(value));
          return;
        }
      },
      cancel: async () => {
        await batches.return();
      },
    },
    { highWaterMark: 0 },
  );
}
