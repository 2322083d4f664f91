// Any message: it comes back from its bytes, has one encoding, and anything else is a ProtocolError.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, toHex } from '../../../protocol/bytes.ts';
import { ProtocolError } from '../../../protocol/errors.ts';
import { sha256 } from '../../../protocol/hash.ts';
import * as messages from '../../../protocol/messages.ts';
import { decodeTranscript, encodeTranscript, type Transcript } from '../../../protocol/transcript.ts';
import { flipped, hexOf, safe, u32s, word } from './support.ts';

const bytes = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength });
const ids = { challengeHash: hexOf(32), commitment: hexOf(32) };
const positions = fc.array(fc.record({ round: fc.nat(65_535), leaf: u32s }), { maxLength: 12 });
const head = {
  epoch: safe,
  slot: u32s,
  draw: u32s,
  validator: hexOf(20),
  nodeId: hexOf(32),
  kind: fc.nat(255),
  nonce: hexOf(32),
  deadline: safe,
};
const challengeMessages = fc
  .record({
    domain: fc.record({ chainId: safe, registry: hexOf(20) }),
    head: fc.record(head),
    params: bytes(80),
    signature: hexOf(65),
  })
  .map(({ head: fields, ...rest }) => ({ ...rest, challenge: { ...fields, paramsHash: toHex(sha256(rest.params)) } }));
const roots = fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { maxLength: 5 });

type Codec = {
  name: string;
  values: fc.Arbitrary<unknown>;
  encode: (value: never) => Uint8Array;
  decode: (from: Uint8Array) => unknown;
  open: boolean;
};
const { encodeChallengeMessage, encodeCommitmentMessage, encodeDrawMessage, encodeOpeningMessage } = messages;
const { decodeChallengeMessage, decodeCommitmentMessage, decodeDrawMessage, decodeOpeningMessage } = messages;
const { encodeReadyMessage, encodeStartMessage, encodeBusyMessage } = messages;
const { decodeReadyMessage, decodeStartMessage, decodeBusyMessage } = messages;
const transcript: fc.Arbitrary<Transcript> = fc.record({
  challenge: bytes(60),
  ready: bytes(60),
  start: bytes(60),
  commitment: bytes(60),
  draw: bytes(60),
  opening: bytes(60),
});
const codecs: Codec[] = [
  { name: 'challenge', values: challengeMessages, encode: encodeChallengeMessage, decode: decodeChallengeMessage, open: false },
  {
    ...{ name: 'commitment', encode: encodeCommitmentMessage, decode: decodeCommitmentMessage, open: false },
    values: fc.record({ ...ids, nodeId: hexOf(32), signature: hexOf(64), roots }),
  },
  {
    name: 'draw',
    values: fc.record({ ...ids, signature: hexOf(65), positions }),
    encode: encodeDrawMessage,
    decode: decodeDrawMessage,
    open: false,
  },
  {
    // its openings reach to the end, whatever they are: their own decoder refuses what does not fit
    ...{ name: 'opening', encode: encodeOpeningMessage, decode: decodeOpeningMessage, open: true },
    values: fc.record({ ...ids, signature: hexOf(64), openings: bytes(60) }),
  },
  {
    ...{ name: 'ready', encode: encodeReadyMessage, decode: decodeReadyMessage, open: false },
    values: fc.record({ challengeHash: hexOf(32) }),
  },
  {
    ...{ name: 'start', encode: encodeStartMessage, decode: decodeStartMessage, open: false },
    values: fc.record({ challengeHash: hexOf(32), start: hexOf(32), signature: hexOf(65) }),
  },
  {
    // its rival reaches to the end
    ...{ name: 'busy', encode: encodeBusyMessage, decode: decodeBusyMessage, open: true },
    values: fc.record({ challengeHash: hexOf(32), nodeId: hexOf(32), signature: hexOf(64), rival: bytes(60) }),
  },
  { name: 'transcript', values: transcript, encode: encodeTranscript, decode: decodeTranscript, open: false },
];

describe.each(codecs)('any $name', ({ values, encode, decode, open }) => {
  test('comes back', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(decode(encode(value as never))).toEqual(value);
      }),
    );
  });

  test('is refused when cut anywhere or followed by a byte', () => {
    fc.assert(
      fc.property(values, fc.nat(255), (value, extra) => {
        const encoded = encode(value as never);
        const fixed = open ? 2 + 32 + 32 + 64 : encoded.length;
        for (let length = 0; length < fixed; length++) expect(() => decode(encoded.subarray(0, length))).toThrow(ProtocolError);
        if (!open) expect(() => decode(concat(encoded, Uint8Array.of(extra)))).toThrow(ProtocolError);
      }),
      { numRuns: 15 },
    );
  });

  test('of another type or version is refused', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 255 }), fc.nat(1), (value, mask, at) => {
        expect(() => decode(flipped(encode(value as never), at, mask))).toThrow(ProtocolError);
      }),
      { numRuns: 30 },
    );
  });

  test('from any bytes: refused with a ProtocolError, or encoded to the same bytes again', () => {
    const start = fc.constantFrom(
      ...[1, 2, 3, 4, 5, 6, 7, 8].map((type) => Uint8Array.of(type, type === 5 ? 2 : 1)),
      new Uint8Array(),
    );
    const any = fc.oneof(
      fc.tuple(start, bytes(400)).map(([prefix, body]) => concat(prefix, body)),
      fc.tuple(values, fc.nat(), fc.integer({ min: 1, max: 255 })).map(([value, at, mask]) => {
        const encoded = encode(value as never);
        return flipped(encoded, at % encoded.length, mask);
      }),
    );
    fc.assert(
      fc.property(any, (garbage) => {
        let value: unknown;
        try {
          value = decode(garbage);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
          return;
        }
        expect(encode(value as never)).toEqual(garbage);
      }),
      { numRuns: 400 },
    );
  });
});

test('a message that does not fit its length fields is not encoded', () => {
  const positionsTooMany = Array.from({ length: 65_536 }, () => ({ round: 0, leaf: 0 }));
  const base = { challengeHash: word('a'), commitment: word('b') };
  expect(() => encodeDrawMessage({ ...base, signature: `0x${'00'.repeat(65)}`, positions: positionsTooMany })).toThrow(
    ProtocolError,
  );
  expect(() =>
    encodeDrawMessage({ ...base, signature: `0x${'00'.repeat(65)}`, positions: [{ round: 65_536, leaf: 0 }] }),
  ).toThrow(ProtocolError);
  expect(() => encodeDrawMessage({ ...base, signature: `0x${'00'.repeat(64)}`, positions: [] })).toThrow(ProtocolError);
});
