// The wire: golden messages, transcripts and nonces of the second implementation.
import { describe, expect, test } from 'vitest';
import { concat, fromHex, toHex, type Hex } from '../../../protocol/bytes.ts';
import { deriveNonce, type Challenge } from '../../../protocol/challenge.ts';
import { decodeGemmParams } from '../../../protocol/challenges/gemm/params.ts';
import { decodePresenceParams, encodePresenceParams, presenceCommitment } from '../../../protocol/challenges/presence.ts';
import { ProtocolError } from '../../../protocol/errors.ts';
import { sha256 } from '../../../protocol/hash.ts';
import * as messages from '../../../protocol/messages.ts';
import { drawHash, type Position } from '../../../protocol/receipts.ts';
import { EMPTY_TRANSCRIPT, decodeTranscript, encodeTranscript } from '../../../protocol/transcript.ts';
import { flipped, vectors, word } from './support.ts';

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
  start: Hex;
  messages: Record<'challenge' | 'commitment' | 'draw' | 'opening' | 'ready' | 'start' | 'busy', Hex>;
  presence: { region: number; params: Hex; commitment: Hex };
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

  test('each of those of kind 1, both ways', () => {
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

  test('ready, start and busy, both ways', () => {
    const ready = { challengeHash };
    const start = { challengeHash, start: golden.start, signature: validatorSignature };
    const rival = fromHex(golden.messages.challenge);
    const busy = { nodeId: place.nodeId, challengeHash, signature: nodeSignature, rival };
    expect(toHex(messages.encodeReadyMessage(ready))).toBe(golden.messages.ready);
    expect(messages.decodeReadyMessage(fromHex(golden.messages.ready))).toEqual(ready);
    expect(toHex(messages.encodeStartMessage(start))).toBe(golden.messages.start);
    expect(messages.decodeStartMessage(fromHex(golden.messages.start))).toEqual(start);
    expect(toHex(messages.encodeBusyMessage(busy))).toBe(golden.messages.busy);
    expect(messages.decodeBusyMessage(fromHex(golden.messages.busy))).toEqual(busy);
    const said = Object.entries(golden.messages).map(([name, bytes]) => [name, messages.isBusy(fromHex(bytes))]);
    expect(said.filter(([, is]) => is === true)).toEqual([['busy', true]]);
    expect(messages.isBusy(new Uint8Array())).toBe(false);
  });

  test('drawHash, and transcripts: whole ones of kinds 1 and 2, busy in both, broken off', () => {
    expect(drawHash(challengeHash, commitment, golden.positions)).toBe(golden.drawHash);
    const part = (name: keyof Golden['messages']): Uint8Array => fromHex(golden.messages[name]);
    const asked = { ...EMPTY_TRANSCRIPT, challenge: part('challenge') };
    const whole = { ...asked, commitment: part('commitment'), draw: part('draw'), opening: part('opening') };
    const filled = { ...whole, ready: part('ready'), start: part('start') };
    const told = [whole, filled, { ...asked, commitment: part('busy') }, { ...asked, ready: part('busy') }, asked];
    const transcripts = told.map(encodeTranscript);
    expect(transcripts.map(toHex)).toEqual(golden.transcripts.map(({ bytes }) => bytes));
    expect(transcripts.map((bytes) => toHex(sha256(bytes)))).toEqual(golden.transcripts.map(({ hash }) => hash));
    expect(transcripts.map(decodeTranscript)).toEqual(told);
  });

  test('a transcript of version 1, which had four sections, is refused', () => {
    const old = flipped(fromHex(golden.transcripts[0]?.bytes ?? '0x'), 1, 3);
    expect(() => decodeTranscript(old)).toThrow(/not a transcript of version 2/);
  });
});

describe('presence', () => {
  const { region, params, commitment } = golden.presence;

  test('golden parameters and commitment', () => {
    expect(toHex(encodePresenceParams({ region }))).toBe(params);
    expect(decodePresenceParams(fromHex(params))).toEqual({ region });
    expect(presenceCommitment(golden.nonce)).toBe(commitment);
    expect(presenceCommitment(word('another nonce'))).not.toBe(commitment);
  });

  test('other bytes are no parameters', () => {
    const bytes = fromHex(params);
    for (const wrong of [concat(bytes, Uint8Array.of(0)), bytes.subarray(0, -1), flipped(bytes, 3), new Uint8Array()]) {
      expect(() => decodePresenceParams(wrong)).toThrow(ProtocolError);
    }
    expect(() => encodePresenceParams({ region: 256 })).toThrow(ProtocolError);
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
