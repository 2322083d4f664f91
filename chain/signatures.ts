// Signatures in the forms that contracts want them.
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { concat, fromHex, toHex, type Hex } from '../protocol/bytes.ts';
import { ChainError } from './errors.ts';

/**
 * The 64 bytes r ‖ vs (EIP-2098) of a secp256k1 signature of 65 bytes r ‖ s ‖ v; one of 64 bytes stays as it is.
 * @throws ChainError bad_argument for another length, for v that is not 27 or 28, or for s in the upper half
 */
export function compactSignature(signature: Hex): Hex {
  if (/^0x[0-9a-fA-F]{128}$/.test(signature)) return signature.toLowerCase() as Hex;
  const v = /^0x[0-9a-fA-F]{128}(1b|1c)$/i.exec(signature)?.[1]?.toLowerCase();
  const bytes = v === undefined ? null : fromHex(signature.toLowerCase(), 65).slice(0, 64);
  const top = bytes?.[32];
  if (bytes === null || top === undefined || top >= 0x80) {
    throw new ChainError('bad_argument', 'A signature must be 65 bytes r, s, v with low s and v 27 or 28, or 64 bytes r, vs.');
  }
  if (v === '1c') bytes[32] = top | 0x80; // the top bit of a low s is free
  return toHex(bytes);
}

/** The 65 bytes r ‖ s ‖ v of a signature of 64 bytes r ‖ vs (EIP-2098). @throws ChainError bad_argument for another length */
export function fullSignature(compact: Hex): Hex {
  if (!/^0x[0-9a-fA-F]{128}$/.test(compact)) throw new ChainError('bad_argument', 'A compact signature must be 64 bytes.');
  const bytes = fromHex(compact.toLowerCase(), 64);
  const top = bytes[32] ?? 0;
  bytes[32] = top & 0x7f;
  return toHex(concat(bytes, Uint8Array.of(top >= 0x80 ? 28 : 27)));
}

/** A field element of 48 bytes as EIP-2537 wants it: in 64. */
function padded(element: Uint8Array): Uint8Array {
  return concat(new Uint8Array(16), element);
}

/**
 * A beacon signature, a compressed point of G1 (48 bytes), as EIP-2537 wants it: x and y in 64 bytes each.
 * @throws ChainError bad_argument when it is no point of the curve
 */
export function uncompressedG1(signature: Hex): Hex {
  try {
    const bytes = bls12_381.G1.Point.fromBytes(fromHex(signature, 48)).toBytes(false);
    return toHex(concat(padded(bytes.subarray(0, 48)), padded(bytes.subarray(48))));
  } catch {
    throw new ChainError('bad_argument', "The round's signature is no point of the beacon's curve.");
  }
}

/** A point of G2 as the FaultProver takes it: x.c0, x.c1, y.c0, y.c1, two words each. */
export type PointWords = readonly [Hex, Hex, Hex, Hex, Hex, Hex, Hex, Hex];

/**
 * A beacon's public key, a compressed point of G2 (96 bytes), as the FaultProver's constructor wants it.
 * @throws ChainError bad_argument when it is no point of the curve
 */
export function beaconKeyWords(publicKey: Hex): PointWords {
  let bytes: Uint8Array;
  try {
    bytes = bls12_381.G2.Point.fromBytes(fromHex(publicKey, 96)).toBytes(false);
  } catch {
    throw new ChainError('bad_argument', "The beacon's public key is no point of its curve.");
  }
  const words = (at: number): readonly [Hex, Hex] => {
    const element = padded(bytes.subarray(at, at + 48));
    return [toHex(element.subarray(0, 32)), toHex(element.subarray(32))];
  };
  // the usual form has the imaginary part first
  return [...words(48), ...words(0), ...words(144), ...words(96)];
}
