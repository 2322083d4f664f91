// The four messages of an audit as they went over the wire: all that a replay needs to derive the verdict again.
import { Reader, concat, u32, u8 } from './bytes.ts';
import { ProtocolError } from './errors.ts';

/** The first two bytes. */
const TYPE = 5;
const VERSION = 1;

export type Transcript = {
  readonly challenge: Uint8Array;
  /** Empty where nothing complete within its size was received, or nothing was sent. */
  readonly commitment: Uint8Array;
  readonly draw: Uint8Array;
  readonly opening: Uint8Array;
};

export function encodeTranscript(transcript: Transcript): Uint8Array {
  const sections = [transcript.challenge, transcript.commitment, transcript.draw, transcript.opening];
  return concat(u8(TYPE), u8(VERSION), ...sections.flatMap((section) => [u32(section.length), section]));
}

export function decodeTranscript(bytes: Uint8Array): Transcript {
  const reader = new Reader(bytes);
  if (reader.u8() !== TYPE || reader.u8() !== VERSION) throw new ProtocolError('bad_form', 'not a transcript of version 1');
  const section = (): Uint8Array => reader.bytes(reader.u32());
  const transcript = { challenge: section(), commitment: section(), draw: section(), opening: section() };
  reader.end();
  return transcript;
}
