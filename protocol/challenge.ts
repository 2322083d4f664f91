// What a validator signs to challenge a node, and the nonce that nobody can know before the draw's beacon round exists.
import { fromHex, toHex, u32, u64, u8, type Hex } from './bytes.ts';
import { addressWord, bytes32Word, structHash, typedPayload, uintWord, type Domain } from './domain.ts';
import { hmac, keccak, sha256, tag } from './hash.ts';

export const CHALLENGE_TYPE =
  'Challenge(uint64 epoch,uint32 slot,uint32 draw,address validator,bytes32 nodeId,uint8 kind,bytes32 paramsHash,bytes32 nonce,uint64 deadline)';

/** Challenge kinds. */
export const KIND_GEMM = 1;
export const KIND_VRAM = 2;
export const KIND_PRESENCE = 5;

export type Challenge = {
  readonly epoch: number;
  readonly slot: number;
  readonly draw: number;
  /** Operator address: the validator's identity. */
  readonly validator: Hex;
  readonly nodeId: Hex;
  readonly kind: number;
  readonly paramsHash: Hex;
  readonly nonce: Hex;
  /** Unix milliseconds. */
  readonly deadline: number;
};

export function challengeHash(domain: Domain, challenge: Challenge): Hex {
  const hash = structHash(CHALLENGE_TYPE, [
    uintWord(challenge.epoch),
    uintWord(challenge.slot),
    uintWord(challenge.draw),
    addressWord(challenge.validator),
    bytes32Word(challenge.nodeId),
    uintWord(challenge.kind),
    bytes32Word(challenge.paramsHash),
    bytes32Word(challenge.nonce),
    uintWord(challenge.deadline),
  ]);
  return toHex(keccak(typedPayload(domain, hash)));
}

/** The part of a nonce that only the holder of the epoch's seed can compute before the reveal. */
function nonceSecret(seed: Hex, slot: number, draw: number): Uint8Array {
  return hmac(fromHex(seed, 32), tag('assay/nonce-secret'), u32(slot), u32(draw));
}

/** @param randomness of the draw's freshness round; `challenge` needs no nonce or deadline yet. */
export function deriveNonce(domain: Domain, seed: Hex, randomness: Hex, challenge: Omit<Challenge, 'nonce' | 'deadline'>): Hex {
  const { epoch, slot, draw, validator, nodeId, kind, paramsHash } = challenge;
  return toHex(
    sha256(
      tag('assay/nonce'),
      u64(domain.chainId),
      fromHex(domain.registry, 20),
      nonceSecret(seed, slot, draw),
      fromHex(randomness, 32),
      fromHex(validator, 20),
      fromHex(nodeId, 32),
      u64(epoch),
      u32(slot),
      u32(draw),
      u8(kind),
      fromHex(paramsHash, 32),
    ),
  );
}
