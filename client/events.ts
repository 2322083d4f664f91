// Server-sent events as they come (the WHATWG's text/event-stream): what an on-demand audit tells of its progress.
/** Characters of one event; progress is a few hundred. */
export const EVENT_CHARS_MAX = 1_048_576;

export type StreamEvent = {
  /** `message` where the stream names none. */
  readonly event: string;
  /** To go on from here: send it as `Last-Event-ID`. */
  readonly id: string | null;
  /** Parsed JSON, or the text where it is none. */
  readonly data: unknown;
};

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function eventOf(block: string): StreamEvent | null {
  let [event, id]: [string, string | null] = ['message', null];
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    if (colon === 0) continue; // a comment, to keep the line open
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'event') event = value;
    if (name === 'id') id = value;
    if (name === 'data') data.push(value);
  }
  return data.length === 0 ? null : { event, id, data: parsed(data.join('\n')) };
}

/**
 * @param stream the `data` of a request with `parseAs: 'stream'`
 * @example for await (const { event, data } of events(answer.data)) show(event, data);
 * @throws Error where one event has more than EVENT_CHARS_MAX characters
 */
export async function* events(
  stream: ReadableStream<Uint8Array> | null | undefined,
): AsyncGenerator<StreamEvent, void, undefined> {
  if (stream === null || stream === undefined) return;
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      rest = (rest + (done ? decoder.decode() : decoder.decode(value, { stream: true }))).replaceAll('\r\n', '\n');
      for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n')) {
        const event = eventOf(rest.slice(0, end));
        rest = rest.slice(end + 2);
        if (event !== null) yield event;
      }
      // What follows the last empty line was cut off, and is no event.
      if (done) return;
      if (rest.length > EVENT_CHARS_MAX) throw new Error(`An event has more than ${String(EVENT_CHARS_MAX)} characters.`);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
