// The wire: golden messages, one encoding each, and nothing but a ProtocolError for anything else.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, fromHex, toHex, type Hex } from '../../../protocol/bytes.ts';
import { deriveNonce, type Challenge } from '../../../protocol/challenge.ts';
import { decodeGemmParams } from '../../../protocol/challenges/gemm/params.ts';
import { ProtocolError } from '../../../protocol/errors.ts';
import { sha256 } from '../../../protocol/hash.ts';
import * as messages from '../../../protocol/messages.ts';
import { drawHash, type Position } from '../../../protocol/receipts.ts';
import { decodeTranscript, encodeTranscript, type Transcript } from '../../../protocol/transcript.ts';
import { flipped, hexOf, safe, u32s, vectors, word } from './support.ts';

type Place = {
  chainId: number;
  registry: Hex;
  validator: Hex;
  nodeId: Hex;
  epoch: number;
  slot: number;
  draw: number;
  kind: number;
};
type Golden = {
  context: Place;
  seed: Hex;
  randomness: Hex;
  params: Hex;
  paramsHash: Hex;
  nonce: Hex;
  deadline: number;
  validatorSignature: Hex;
  nodeSignature: Hex;
  challengeHash: Hex;
  commitment: Hex;
  roots: Hex[];
  positions: Position[];
  drawHash: Hex;
  openings: Hex;
  messages: { challenge: Hex; commitment: Hex; draw: Hex; opening: Hex };
  transcripts: { bytes: Hex; hash: Hex }[];
};
const golden = vectors<Golden>('wire.json');
const { chainId, registry, ...place } = golden.context;
const challenge: Challenge = { ...place, paramsHash: golden.paramsHash, nonce: golden.nonce, deadline: golden.deadline };

describe('golden messages', () => {
  const { challengeHash, commitment, nodeSignature, validatorSignature } = golden;
  const values = {
    challenge: { domain: { chainId, registry }, challenge, params: fromHex(golden.params), signature: validatorSignature },
    commitment: {
      nodeId: place.nodeId,
      challengeHash,
      commitment,
      signature: nodeSignature,
      roots: golden.roots.map((root) => fromHex(root)),
    },
    draw: { challengeHash, commitment, signature: validatorSignature, positions: golden.positions },
    opening: { challengeHash, commitment, signature: nodeSignature, openings: fromHex(golden.openings) },
  };

  test('each of the four, both ways', () => {
    expect(toHex(messages.encodeChallengeMessage(values.challenge))).toBe(golden.messages.challenge);
    expect(messages.decodeChallengeMessage(fromHex(golden.messages.challenge))).toEqual(values.challenge);
    expect(toHex(messages.encodeCommitmentMessage(values.commitment))).toBe(golden.messages.commitment);
    expect(messages.decodeCommitmentMessage(fromHex(golden.messages.commitment))).toEqual(values.commitment);
    expect(toHex(messages.encodeDrawMessage(values.draw))).toBe(golden.messages.draw);
    expect(messages.decodeDrawMessage(fromHex(golden.messages.draw))).toEqual(values.draw);
    expect(toHex(messages.encodeOpeningMessage(values.opening))).toBe(golden.messages.opening);
    expect(messages.decodeOpeningMessage(fromHex(golden.messages.opening))).toEqual(values.opening);
    expect(decodeGemmParams(fromHex(golden.params))).toMatchObject({ rows: 5, columns: 256, depth: 64, rounds: 2, openings: 4 });
  });

  test('drawHash, and transcripts whole and broken off', () => {
    expect(drawHash(challengeHash, commitment, golden.positions)).toBe(golden.drawHash);
    const parts = [golden.messages.challenge, golden.messages.commitment, golden.messages.draw, golden.messages.opening].map(
      (part) => fromHex(part),
    );
    const [request = new Uint8Array(), ...rest] = parts;
    const none = new Uint8Array();
    const transcripts = [rest, [none, none, none]].map(([c = none, d = none, o = none]) =>
      encodeTranscript({ challenge: request, commitment: c, draw: d, opening: o }),
    );
    expect(transcripts.map(toHex)).toEqual(golden.transcripts.map(({ bytes }) => bytes));
    expect(transcripts.map((bytes) => toHex(sha256(bytes)))).toEqual(golden.transcripts.map(({ hash }) => hash));
  });
});

describe('nonce', () => {
  const derive = (
    change: Partial<Challenge> = {},
    own = { chainId, registry },
    seed = golden.seed,
    randomness = golden.randomness,
  ): Hex => deriveNonce(own, seed, randomness, { ...challenge, ...change });

  test('is the second implementation’s', () => {
    expect(derive()).toBe(golden.nonce);
  });

  test('changes with everything that it binds, and with nothing else', () => {
    const other = word('other');
    const changed = [
      derive(),
      ...[{ epoch: 1 }, { slot: 4 }, { draw: 0 }, { kind: 2 }, { nodeId: other }, { paramsHash: other }].map((change) =>
        derive(change),
      ),
      derive({ validator: registry }),
      derive({}, { chainId: 1, registry }),
      derive({}, { chainId, registry: place.validator }),
      derive({}, undefined, other),
      derive({}, undefined, undefined, other),
    ];
    expect(new Set(changed).size).toBe(12);
    expect(derive({ deadline: 1 })).toBe(derive());
  });
});

// ── any message ──────────────────────────────────────────────────────────────────────────────────────────────────────────
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
const transcript: fc.Arbitrary<Transcript> = fc.record({
  challenge: bytes(60),
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
    const start = fc.constantFrom(...[1, 2, 3, 4, 5].map((type) => Uint8Array.of(type, 1)), new Uint8Array());
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
