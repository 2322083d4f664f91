// Nodes' signatures: ECDSA P-256 over SHA-256 of an EIP-712-shaped payload, 64 bytes r ‖ s, low s only, so that a receipt
// has one form and can be checked on chain.
import { p256 } from '@noble/curves/nist.js';
import { concat, fromHex, toHex, u16, u32, type Hex } from './bytes.ts';
import { addressWord, bytes32Word, structHash, typedPayload, type Domain } from './domain.ts';
import { keccak, sha256, tag } from './hash.ts';

export type PublicKey = { readonly x: Hex; readonly y: Hex };
/** One place to open: a leaf of one round's tree. */
export type Position = { readonly round: number; readonly leaf: number };

const COMMITMENT_TYPE = 'Commitment(bytes32 nodeId,bytes32 challengeHash,bytes32 commitment)';
const OPENING_TYPE = 'Opening(bytes32 challengeHash,bytes32 commitment,bytes32 drawHash,bytes32 openingHash)';
const NODE_KEY_TYPE = 'NodeKey(address operator,bytes32 nodeId)';
const DRAW_TYPE = 'Draw(bytes32 challengeHash,bytes32 commitment,bytes32 drawHash)';

export function nodeIdOf(key: PublicKey): Hex {
  return toHex(keccak(fromHex(key.x, 32), fromHex(key.y, 32)));
}

/** The 66 bytes whose SHA-256 the node signs when it commits. */
export function commitmentPayload(domain: Domain, nodeId: Hex, challengeHash: Hex, commitment: Hex): Uint8Array {
  return typedPayload(domain, structHash(COMMITMENT_TYPE, [nodeId, challengeHash, commitment].map(bytes32Word)));
}

/** The 66 bytes whose SHA-256 the node signs when it opens. */
export function openingPayload(domain: Domain, challengeHash: Hex, commitment: Hex, drawn: Hex, openingHash: Hex): Uint8Array {
  return typedPayload(domain, structHash(OPENING_TYPE, [challengeHash, commitment, drawn, openingHash].map(bytes32Word)));
}

/** The 66 bytes whose SHA-256 the node signs to let `operator` register its key. */
export function nodeKeyPayload(domain: Domain, operator: Hex, nodeId: Hex): Uint8Array {
  return typedPayload(domain, structHash(NODE_KEY_TYPE, [addressWord(operator), bytes32Word(nodeId)]));
}

/** Positions as they are hashed and sent: `u16 count ‖ count × (u16 round ‖ u32 leaf)`. */
export function encodePositions(positions: readonly Position[]): Uint8Array {
  return concat(u16(positions.length), ...positions.flatMap(({ round, leaf }) => [u16(round), u32(leaf)]));
}

export function drawHash(challengeHash: Hex, commitment: Hex, positions: readonly Position[]): Hex {
  return toHex(sha256(tag('assay/draw'), fromHex(challengeHash, 32), fromHex(commitment, 32), encodePositions(positions)));
}

/** EIP-712 digest of the validator's signature over the positions that it drew. */
export function drawDigest(domain: Domain, draw: { challengeHash: Hex; commitment: Hex; drawHash: Hex }): Hex {
  const words = [draw.challengeHash, draw.commitment, draw.drawHash].map(bytes32Word);
  return toHex(keccak(typedPayload(domain, structHash(DRAW_TYPE, words))));
}

/** The same signature with s in the lower half of the group order. */
export function normalizeLowS(signature: Uint8Array): Uint8Array {
  const parsed = p256.Signature.fromBytes(signature);
  if (!parsed.hasHighS()) return signature;
  return new p256.Signature(parsed.r, p256.Point.Fn.ORDER - parsed.s).toBytes('compact');
}

/** Whether `signature` is the low-s P-256 signature of `payload` under `key`; never throws. */
export function verifyReceipt(key: PublicKey, payload: Uint8Array, signature: Hex): boolean {
  try {
    const publicKey = concat(Uint8Array.of(4), fromHex(key.x, 32), fromHex(key.y, 32));
    return p256.verify(fromHex(signature, 64), payload, publicKey, { lowS: true, prehash: true });
  } catch {
    return false; // a malformed signature or key is just not a valid one
  }
}
