// A beacon of our own for tests: drand's scheme with a key that everybody may know.
import { bls12_381 } from '@noble/curves/bls12-381.js';
import type { BeaconRound } from '../../protocol/beacon.ts';
import { toHex, u64, type Hex } from '../../protocol/bytes.ts';
import { sha256 } from '../../protocol/hash.ts';

const DST = 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_';

export type TestBeacon = { readonly publicKey: Hex; readonly sign: (round: number) => BeaconRound };

/** @param seedByte one byte that decides the key */
export function testBeacon(seedByte: number): TestBeacon {
  const scheme = bls12_381.shortSignatures;
  const { secretKey, publicKey } = scheme.keygen(new Uint8Array(48).fill(seedByte));
  const known = new Map<number, BeaconRound>();
  const sign = (round: number): BeaconRound => {
    const before = known.get(round);
    if (before !== undefined) return before;
    const signature = toHex(scheme.sign(scheme.hash(sha256(u64(round)), DST), secretKey).toBytes());
    known.set(round, { round, signature });
    return { round, signature };
  };
  return { publicKey: toHex(publicKey.toBytes()), sign };
}
