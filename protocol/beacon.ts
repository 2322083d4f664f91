// drand rounds (scheme bls-unchained-g1-rfc9380, quicknet's): which round is due when, and the BLS check that makes a
// beacon server's word irrelevant.
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { fromHex, toHex, u64, type Hex } from './bytes.ts';
import { sha256 } from './hash.ts';

export const BEACON_SCHEME = 'bls-unchained-g1-rfc9380';
/** Domain separation tag of the scheme's hash to the curve. */
export const BEACON_DST = 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_';

export type BeaconClock = { readonly genesis: number; readonly periodSeconds: number };
export type BeaconRound = { readonly round: number; readonly signature: Hex };

/** The newest round at a Unix time in milliseconds; below 1 before the chain's genesis. */
export function roundAt(clock: BeaconClock, timeMs: number): number {
  return Math.floor((timeMs - 1000 * clock.genesis) / (1000 * clock.periodSeconds)) + 1;
}

/** Unix seconds at which a round is due. */
export function roundTime(clock: BeaconClock, round: number): number {
  return clock.genesis + (round - 1) * clock.periodSeconds;
}

export function randomnessOf(signature: Hex): Hex {
  return toHex(sha256(fromHex(signature, 48)));
}

/** Whether the signature is the one that the beacon's key makes for this round; never throws. About 20 ms. */
export function verifyRound(publicKey: Hex, beacon: BeaconRound): boolean {
  try {
    const scheme = bls12_381.shortSignatures;
    const message = scheme.hash(sha256(u64(beacon.round)), BEACON_DST);
    return scheme.verify(fromHex(beacon.signature, 48), message, fromHex(publicKey, 96));
  } catch {
    return false; // a point off the curve or outside of the subgroup is no signature
  }
}
