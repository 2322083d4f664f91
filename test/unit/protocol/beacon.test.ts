// Real rounds of drand's quicknet: what its network signed is accepted, anything else is not.
import fc from 'fast-check';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { concat, fromHex, toHex, u32, u64, type Hex } from '../../../protocol/bytes.ts';
import { BEACON_SCHEME, randomnessOf, roundAt, roundTime, verifyRound } from '../../../protocol/beacon.ts';
import { bytes32, flipped, hexOf, vectors } from './support.ts';

type Round = { round: number; signature: Hex; randomness: Hex };
type Chain = {
  chainHash: Hex;
  beaconId: string;
  scheme: string;
  publicKey: Hex;
  groupHash: Hex;
  genesis: number;
  periodSeconds: number;
};
const quicknet = vectors<Chain & { rounds: Round[] }>('drand.json');
const { publicKey, rounds } = quicknet;
const [first] = rounds;
if (first === undefined) throw new Error('no rounds');

describe('quicknet', { timeout: 60_000 }, () => {
  test('the vectors’ key is the network’s: the published chain hash is the hash of its parameters', () => {
    const { periodSeconds, genesis, groupHash, beaconId } = quicknet;
    const parts = concat(u32(periodSeconds), u64(genesis), fromHex(publicKey, 96), fromHex(groupHash, 32), Buffer.from(beaconId));
    expect(`0x${createHash('sha256').update(parts).digest('hex')}`).toBe(quicknet.chainHash);
    expect(quicknet.scheme).toBe(BEACON_SCHEME);
  });

  test.each(rounds)('round $round verifies and gives its randomness', ({ round, signature, randomness }) => {
    expect(verifyRound(publicKey, { round, signature })).toBe(true);
    expect(randomnessOf(signature)).toBe(randomness);
  });

  test('each signature is of its own round only', () => {
    for (const { round, signature } of rounds) {
      for (const other of [round - 1, round + 1, ...rounds.map((entry) => entry.round)]) {
        expect(verifyRound(publicKey, { round: other, signature })).toBe(other === round);
      }
    }
  });

  test('flipped bits of a signature or the key are refused', () => {
    const { round, signature } = first;
    for (const at of [0, 1, 13, 30, 47]) {
      expect(verifyRound(publicKey, { round, signature: toHex(flipped(fromHex(signature), at)) })).toBe(false);
      expect(verifyRound(toHex(flipped(fromHex(publicKey), 2 * at)), first)).toBe(false);
    }
    // the sign bit: −S is a valid point of the subgroup, and a signature of nothing
    expect(verifyRound(publicKey, { round, signature: toHex(flipped(fromHex(signature), 0, 0x20)) })).toBe(false);
    expect(verifyRound(toHex(flipped(fromHex(publicKey), 0, 0x20)), first)).toBe(false);
  });

  test('another key’s signature of the same round is refused', () => {
    const scheme = bls12_381.shortSignatures;
    const secret = bytes32('beacon').with(0, 1);
    const message = scheme.hash(createHash('sha256').update(u64(1)).digest(), 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_');
    const signature = toHex(scheme.sign(message, secret).toBytes());
    expect(verifyRound(toHex(scheme.getPublicKey(secret).toBytes()), { round: 1, signature })).toBe(true);
    expect(verifyRound(publicKey, { round: 1, signature })).toBe(false);
  });

  test('malformed bytes are false, never thrown; the point at infinity signs nothing', () => {
    const infinity: Hex = `0xc0${'00'.repeat(47)}`;
    const nobody: Hex = `0xc0${'00'.repeat(95)}`;
    for (const signature of [
      '0x',
      '0x00',
      `0x${'00'.repeat(48)}`,
      `0x${'ff'.repeat(48)}`,
      `${first.signature}00`,
      infinity,
    ] as const) {
      expect(verifyRound(publicKey, { round: 1, signature })).toBe(false);
    }
    for (const key of ['0x', `0x${'00'.repeat(96)}`, nobody, first.signature] as const)
      expect(verifyRound(key, first)).toBe(false);
    expect(verifyRound(nobody, { round: 1, signature: infinity })).toBe(false);
    for (const round of [-1, 0.5, Number.NaN, 2 ** 64])
      expect(verifyRound(publicKey, { round, signature: first.signature })).toBe(false);
    fc.assert(
      fc.property(hexOf(48), (signature) => !verifyRound(publicKey, { round: 1, signature })),
      { numRuns: 20 },
    );
  });
});

describe('the beacon’s clock', () => {
  const clock = { genesis: quicknet.genesis, periodSeconds: quicknet.periodSeconds };

  test('rounds begin at 1 with the chain’s genesis', () => {
    expect([roundTime(clock, 1), roundAt(clock, 1000 * clock.genesis)]).toEqual([clock.genesis, 1]);
    expect(roundAt(clock, 1000 * clock.genesis - 1)).toBe(0);
    expect(roundAt(clock, 1000 * clock.genesis + 2999)).toBe(1);
    expect(roundAt(clock, 1000 * clock.genesis + 3000)).toBe(2);
  });

  test('the newest round is due at or before the time, the next one after it', () => {
    const clocks = fc.record({
      genesis: fc.integer({ min: 0, max: 2 ** 33 }),
      periodSeconds: fc.integer({ min: 1, max: 100_000 }),
    });
    fc.assert(
      fc.property(clocks, fc.integer({ min: -(2 ** 43), max: 2 ** 43 }), (any, timeMs) => {
        const round = roundAt(any, timeMs);
        expect(1000 * roundTime(any, round)).toBeLessThanOrEqual(timeMs);
        expect(1000 * roundTime(any, round + 1)).toBeGreaterThan(timeMs);
      }),
    );
  });
});
