// The messages of an audit as they went over the wire: all that a replay needs to derive the verdict again.
import { Reader, concat, u32, u8 } from './bytes.ts';
import { ProtocolError } from './errors.ts';

/** The first two bytes. */
const TYPE = 5;
const VERSION = 2;

/** Empty: nothing was sent, nothing complete within its size and deadline was received, or the kind has no such message. */
export type Transcript = {
  readonly challenge: Uint8Array;
  /** Kind 2. */
  readonly ready: Uint8Array;
  /** Kind 2. */
  readonly start: Uint8Array;
  readonly commitment: Uint8Array;
  readonly draw: Uint8Array;
  readonly opening: Uint8Array;
};

const NOTHING = new Uint8Array();

/** Nothing sent and nothing received. */
export const EMPTY_TRANSCRIPT: Transcript = {
  challenge: NOTHING,
  ready: NOTHING,
  start: NOTHING,
  commitment: NOTHING,
  draw: NOTHING,
  opening: NOTHING,
};

export function encodeTranscript({ challenge, ready, start, commitment, draw, opening }: Transcript): Uint8Array {
  const sections = [challenge, ready, start, commitment, draw, opening];
  return concat(u8(TYPE), u8(VERSION), ...sections.flatMap((section) => [u32(section.length), section]));
}

export function decodeTranscript(bytes: Uint8Array): Transcript {
  const reader = new Reader(bytes);
  if (reader.u8() !== TYPE || reader.u8() !== VERSION) throw new ProtocolError('bad_form', 'not a transcript of version 2');
  const section = (): Uint8Array => reader.bytes(reader.u32());
  const first = { challenge: section(), ready: section(), start: section() };
  const transcript = { ...first, commitment: section(), draw: section(), opening: section() };
  reader.end();
  return transcript;
}
