// Validators' signatures: secp256k1 over an EIP-712 digest, 65 bytes r ‖ s ‖ v with v 27 or 28 and a low s.
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { concat, fromHex, toHex, type Hex } from './bytes.ts';
import { keccak } from './hash.ts';

function addressOf(uncompressed: Uint8Array): Hex {
  return toHex(keccak(uncompressed.subarray(1)).subarray(12));
}

/** The address of a private key. */
export function signerAddress(privateKey: Uint8Array): Hex {
  return addressOf(secp256k1.getPublicKey(privateKey, false));
}

/** Deterministic (RFC 6979) signature over a 32-byte digest. */
export function signDigest(digest: Hex, privateKey: Uint8Array): Hex {
  const signed = secp256k1.sign(fromHex(digest, 32), privateKey, { prehash: false, format: 'recovered' });
  return toHex(concat(signed.subarray(1), Uint8Array.of(27 + (signed[0] ?? 0))));
}

/** The address that signed `digest`, or null for anything that is not a proper signature. */
export function recoverSigner(digest: Hex, signature: Hex): Hex | null {
  try {
    const bytes = fromHex(signature, 65);
    const recovery = (bytes[64] ?? 0) - 27;
    if (recovery !== 0 && recovery !== 1) return null;
    const parsed = secp256k1.Signature.fromBytes(concat(Uint8Array.of(recovery), bytes.subarray(0, 64)), 'recovered');
    if (parsed.hasHighS()) return null;
    return addressOf(parsed.recoverPublicKey(fromHex(digest, 32)).toBytes(false));
  } catch {
    return null; // malformed points and lengths are just "not a signature"
  }
}
