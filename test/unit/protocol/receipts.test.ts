// What nodes sign, against WebCrypto and viem, and the vectors that Solidity reads too.
import { p256 } from '@noble/curves/nist.js';
import fc from 'fast-check';
import { webcrypto } from 'node:crypto';
import { concatHex, hashStruct, keccak256 } from 'viem';
import { beforeAll, describe, expect, test } from 'vitest';
import { busyPayload } from '../../../protocol/busy.ts';
import { ZERO32, concat, fromHex, toHex, type Hex } from '../../../protocol/bytes.ts';
import { sha256 } from '../../../protocol/hash.ts';
import {
  commitmentPayload,
  drawHash,
  nodeIdOf,
  nodeKeyPayload,
  normalizeLowS,
  openingPayload,
  verifyReceipt,
  type PublicKey,
} from '../../../protocol/receipts.ts';
import { domain, flipped, hexOf, vectors, word } from './support.ts';

type Receipt = { typeString: string; message: Record<string, Hex>; structHash: Hex; payload: Hex; digest: Hex; signature: Hex };
type Golden = {
  node: { privateKey: Hex; x: Hex; y: Hex; nodeId: Hex };
  commitment: Receipt;
  opening: Receipt;
  nodeKey: Receipt;
  busy: Receipt;
};
const golden = vectors<Golden>('eip712.json');
const possession = vectors<{ operator: Hex; x: Hex; y: Hex; nodeId: Hex; digest: Hex; r: Hex; s: Hex; highS: Hex }>(
  'contract-possession.json',
);
const goldenKey: PublicKey = { x: golden.node.x, y: golden.node.y };
const ORDER = p256.Point.Fn.ORDER;

/** The other valid signature: s replaced by n − s. */
function twin(signature: Uint8Array): Uint8Array {
  const s = ORDER - BigInt(toHex(signature.subarray(32)));
  return concat(signature.subarray(0, 32), fromHex(`0x${s.toString(16).padStart(64, '0')}`));
}

describe('golden receipts', () => {
  const field = (receipt: Receipt, name: string): Hex => receipt.message[name] ?? ZERO32;
  const { commitment: c, opening: o, nodeKey: n, busy: b } = golden;
  const payloads = [
    commitmentPayload(domain, field(c, 'nodeId'), field(c, 'challengeHash'), field(c, 'commitment')),
    openingPayload(domain, field(o, 'challengeHash'), field(o, 'commitment'), field(o, 'drawHash'), field(o, 'openingHash')),
    nodeKeyPayload(domain, field(n, 'operator'), field(n, 'nodeId')),
    busyPayload(domain, {
      nodeId: field(b, 'nodeId'),
      challengeHash: field(b, 'challengeHash'),
      rivalHash: field(b, 'rivalHash'),
    }),
  ];

  test('payload, digest and signature', () => {
    const receipts = [c, o, n, b];
    expect(payloads.map(toHex)).toEqual(receipts.map(({ payload }) => payload));
    expect(payloads.map((payload) => toHex(sha256(payload)))).toEqual(receipts.map(({ digest }) => digest));
    payloads.forEach((payload, i) => {
      expect(verifyReceipt(goldenKey, payload, receipts[i]?.signature ?? '0x')).toBe(true);
      expect(verifyReceipt(goldenKey, payloads[(i + 1) % 4] ?? payload, receipts[i]?.signature ?? '0x')).toBe(false);
    });
    expect(nodeIdOf(goldenKey)).toBe(golden.node.nodeId);
  });

  test('the registration’s proof of possession; its high-s twin is refused here as on chain', () => {
    const key = { x: possession.x, y: possession.y };
    const payload = nodeKeyPayload(domain, possession.operator, possession.nodeId);
    expect(toHex(sha256(payload))).toBe(possession.digest);
    expect(verifyReceipt(key, payload, concatHex([possession.r, possession.s]))).toBe(true);
    expect(verifyReceipt(key, payload, concatHex([possession.r, possession.highS]))).toBe(false);
  });
});

describe('payloads against viem', () => {
  const struct = (primaryType: string, list: string, data: Record<string, Hex>): string => {
    const fields = list.split(',').map((pair) => ({ type: pair.split(' ')[0] ?? '', name: pair.split(' ')[1] ?? '' }));
    return hashStruct({ data, types: { [primaryType]: fields }, primaryType }).slice(2);
  };

  test('the last 32 of the 66 bytes are the struct hash', () => {
    fc.assert(
      fc.property(hexOf(32), hexOf(32), hexOf(32), hexOf(32), hexOf(20), (a, b, c, d, operator) => {
        const commitment = struct('Commitment', 'bytes32 nodeId,bytes32 challengeHash,bytes32 commitment', {
          nodeId: a,
          challengeHash: b,
          commitment: c,
        });
        const list = 'bytes32 challengeHash,bytes32 commitment,bytes32 drawHash,bytes32 openingHash';
        const opening = struct('Opening', list, { challengeHash: a, commitment: b, drawHash: c, openingHash: d });
        const nodeKey = struct('NodeKey', 'address operator,bytes32 nodeId', { operator, nodeId: a });
        const payloads = [
          commitmentPayload(domain, a, b, c),
          openingPayload(domain, a, b, c, d),
          nodeKeyPayload(domain, operator, a),
        ];
        expect(payloads.map((payload) => [payload.length, toHex(payload).slice(-64)])).toEqual(
          [commitment, opening, nodeKey].map((hash) => [66, hash]),
        );
      }),
    );
  });

  test('nodeId is keccak of the coordinates', () => {
    fc.assert(fc.property(hexOf(32), hexOf(32), (x, y) => nodeIdOf({ x, y }) === keccak256(concatHex([x, y]))));
  });
});

describe('receipts of a WebCrypto key', () => {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const payload = commitmentPayload(domain, word('node'), word('challenge'), word('commitment'));
  let key: PublicKey = { x: ZERO32, y: ZERO32 };
  let signatures: Uint8Array[] = [];

  beforeAll(async () => {
    const pair = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const raw = new Uint8Array(await webcrypto.subtle.exportKey('raw', pair.publicKey));
    key = { x: toHex(raw.subarray(1, 33)), y: toHex(raw.subarray(33)) };
    const sign = async () =>
      new Uint8Array(await webcrypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, pair.privateKey, payload.slice()));
    signatures = await Promise.all(Array.from({ length: 40 }, sign)); // half of them have a high s, but for a chance of 2^-39
  });

  test('are taken in their low-s form, and only in that', () => {
    const high = signatures.filter((signature) => p256.Signature.fromBytes(signature).hasHighS());
    expect(high.length).toBeGreaterThan(0);
    expect(high.length).toBeLessThan(signatures.length);
    for (const signature of signatures) {
      const low = normalizeLowS(signature);
      expect(verifyReceipt(key, payload, toHex(low))).toBe(true);
      expect(verifyReceipt(key, payload, toHex(twin(low)))).toBe(false);
      expect(normalizeLowS(twin(low))).toEqual(low);
    }
  });

  test('another payload, key or any flipped bit is refused', () => {
    const signature = normalizeLowS(signatures[0] ?? new Uint8Array());
    expect(verifyReceipt(key, flipped(payload, 65), toHex(signature))).toBe(false);
    expect(verifyReceipt(goldenKey, payload, toHex(signature))).toBe(false);
    for (let at = 0; at < 64; at++) expect(verifyReceipt(key, payload, toHex(flipped(signature, at, 1 << (at % 8))))).toBe(false);
  });

  test('malformed signatures and keys are false, never thrown', () => {
    const good = toHex(normalizeLowS(signatures[0] ?? new Uint8Array()));
    const order = ORDER.toString(16);
    const bad: Hex[] = [
      '0x',
      '0x00',
      `${good}00`,
      good.slice(0, -2) as Hex,
      `0x${'00'.repeat(64)}`,
      `0x${'ff'.repeat(64)}`,
      `0x${order}${good.slice(66)}`,
    ];
    for (const signature of bad) expect(verifyReceipt(key, payload, signature)).toBe(false);
    const keys = [
      { x: ZERO32, y: ZERO32 },
      { x: key.x, y: key.x },
      { x: '0x12', y: key.y },
      { x: `0x${'ff'.repeat(32)}`, y: key.y },
    ] as const;
    for (const other of keys) expect(verifyReceipt(other, payload, good)).toBe(false);
    fc.assert(
      fc.property(hexOf(64), (signature) => !verifyReceipt(key, payload, signature)),
      { numRuns: 30 },
    );
  });
});

test('drawHash binds challenge, commitment, order and every position', () => {
  const positions = [
    { round: 0, leaf: 1 },
    { round: 1, leaf: 0 },
  ];
  const [a, b] = [word('challenge'), word('commitment')];
  const hashes = [
    drawHash(a, b, positions),
    drawHash(b, a, positions),
    drawHash(a, b, positions.toReversed()),
    drawHash(a, b, positions.slice(1)),
    drawHash(a, b, []),
  ];
  expect(new Set(hashes).size).toBe(hashes.length);
});
