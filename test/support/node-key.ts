// P-256 keys of test nodes, the same at every run.
import { p256 } from '@noble/curves/nist.js';
import { toHex, u32, type Hex } from '../../protocol/bytes.ts';
import { sha256, tag } from '../../protocol/hash.ts';
import type { PublicKey } from '../../protocol/receipts.ts';

export type TestNodeKey = { readonly publicKey: PublicKey; readonly sign: (payload: Uint8Array) => Hex };

export function testNodeKey(index: number): TestNodeKey {
  const secret = sha256(tag('assay/test-node'), u32(index));
  const point = p256.getPublicKey(secret, false);
  return {
    publicKey: { x: toHex(point.subarray(1, 33)), y: toHex(point.subarray(33)) },
    sign: (payload) => toHex(p256.sign(payload, secret, { lowS: true, prehash: true })),
  };
}
