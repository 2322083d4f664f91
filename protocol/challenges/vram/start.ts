// The start of a vram-pass: what the passes are keyed with, unknown to the node until it has filled its memory
// (docs/protocol.md, section 19.3).
import { fromHex, toHex, type Hex } from '../../bytes.ts';
import { bytes32Word, structHash, typedPayload, type Domain } from '../../domain.ts';
import { hmac, keccak, tag } from '../../hash.ts';

const START_TYPE = 'Start(bytes32 challengeHash,bytes32 start)';

/** Known to the validator alone before the reveal. */
export function startOf(seed: Hex, challengeHash: Hex): Hex {
  return toHex(hmac(fromHex(seed, 32), tag('assay/k2/start'), fromHex(challengeHash, 32)));
}

/** EIP-712 digest of the validator's signature over a start. */
export function startDigest(domain: Domain, { challengeHash, start }: { challengeHash: Hex; start: Hex }): Hex {
  return toHex(keccak(typedPayload(domain, structHash(START_TYPE, [bytes32Word(challengeHash), bytes32Word(start)]))));
}
