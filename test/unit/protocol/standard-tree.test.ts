// Our byte-level StandardMerkleTree against OpenZeppelin's library, and against the vectors that Solidity reads too.
import { StandardMerkleTree } from '@openzeppelin/merkle-tree';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ZERO32, concat, fromHex, toHex, type Hex } from '../../../protocol/bytes.ts';
import { uintWord } from '../../../protocol/domain.ts';
import { auditLeaf } from '../../../protocol/record.ts';
import { summaryLeaf } from '../../../protocol/summary.ts';
import {
  buildStandardTree,
  standardLeaf,
  standardProof,
  standardRoot,
  verifyStandardProof,
} from '../../../protocol/trees/standard.ts';
import { hexOf, vectors } from './support.ts';

type Leaf = { leafHash: Hex; proof: Hex[] };
type Tree<L> = { epoch: number; validator: Hex; root: Hex; count: number; leaves: (L & Leaf)[] };
type AuditPlace = { slot: number; draw: number; recordHash: Hex };
type Counts = {
  nodeIndex: number;
  kind: number;
  pass: number;
  fail: number;
  void: number;
  medianMeasure: string;
  medianElapsedMs: number;
};
const golden = vectors<{ trees: number; audit: Tree<AuditPlace>[]; summary: Tree<Counts>[] }>('merkle.json');

type Value = [bigint, Hex];
const leafOf = ([number, hash]: Value): Uint8Array => standardLeaf(concat(uintWord(number), fromHex(hash, 32)));
const values = fc.array(fc.tuple(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), hexOf(32)), { maxLength: 70 });

function hold(leaves: readonly Uint8Array[], expected: { root: Hex; proofs: readonly (readonly Hex[])[] }): void {
  const tree = buildStandardTree(leaves);
  expect(standardRoot(tree)).toBe(expected.root);
  leaves.forEach((leaf, i) => {
    const proof = standardProof(tree.nodes, tree.places[i] ?? -1);
    expect(proof).toEqual(expected.proofs[i]);
    expect(verifyStandardProof(expected.root, leaf, proof)).toBe(true);
  });
}

describe('golden trees', () => {
  test('are all there', () => {
    expect([golden.audit.length, golden.summary.length]).toEqual([golden.trees, golden.trees]);
    expect(golden.audit.map(({ count }) => count)).toEqual([0, 1, 2, 3, 5, 9]);
  });

  test.each(golden.audit)('audit tree of $count records', ({ epoch, validator, root, leaves }) => {
    const hashes = leaves.map((leaf) => auditLeaf({ epoch, validator, slot: leaf.slot, draw: leaf.draw }, leaf.recordHash));
    expect(hashes.map(toHex)).toEqual(leaves.map(({ leafHash }) => leafHash));
    hold(hashes, { root, proofs: leaves.map(({ proof }) => proof) });
  });

  test.each(golden.summary)('summary tree of $count lines', ({ epoch, validator, root, leaves }) => {
    const hashes = leaves.map((leaf) => summaryLeaf({ ...leaf, epoch, validator, medianMeasure: Number(leaf.medianMeasure) }));
    expect(hashes.map(toHex)).toEqual(leaves.map(({ leafHash }) => leafHash));
    hold(hashes, { root, proofs: leaves.map(({ proof }) => proof) });
  });
});

describe('against @openzeppelin/merkle-tree', { timeout: 60_000 }, () => {
  const library = (rows: readonly Value[]) => {
    const tree = StandardMerkleTree.of([...rows], ['uint64', 'bytes32']);
    return { root: tree.root as Hex, proofs: rows.map((_, i) => tree.getProof(i) as Hex[]) };
  };

  test('any set of leaves: root and every proof', () => {
    fc.assert(
      fc.property(values, (rows) => {
        if (rows.length > 0) hold(rows.map(leafOf), library(rows));
      }),
      { numRuns: 60 },
    );
  });

  test.each([1, 2, 3, 4])('%i leaves, all the same', (count) => {
    const rows = Array.from({ length: count }, (): Value => [7n, ZERO32]);
    hold(rows.map(leafOf), library(rows));
  });

  test('duplicates among others', () => {
    const rows = Array.from({ length: 21 }, (_, i): Value => [BigInt(i % 5), ZERO32]);
    hold(rows.map(leafOf), library(rows));
  });

  test('leaves that agree in their first 53 bits are told apart by the rest', () => {
    const leaves = Array.from({ length: 9 }, (_, i) => new Uint8Array(32).fill(5).map((x, at) => (at === 31 - i ? x + i : x)));
    const sorted = buildStandardTree(leaves.toSorted((a, b) => (toHex(a) < toHex(b) ? -1 : 1)));
    for (const order of [leaves, leaves.toReversed(), [...leaves.slice(4), ...leaves.slice(0, 4)]]) {
      expect(standardRoot(buildStandardTree(order))).toBe(standardRoot(sorted));
    }
    const tail = buildStandardTree(leaves.toReversed()).nodes.subarray(-32 * leaves.length);
    const inOrder = leaves.map((_, i) => toHex(tail.slice(32 * i, 32 * i + 32)));
    expect(inOrder).toEqual(inOrder.toSorted().reverse());
  });
});

describe('properties', () => {
  test('no leaves: the root is zero', () => {
    expect(standardRoot(buildStandardTree([]))).toBe(ZERO32);
  });

  test('the order of the leaves does not matter', () => {
    fc.assert(
      fc.property(values, fc.integer(), (rows, by) => {
        const leaves = rows.map(leafOf);
        const turned = leaves.map((_, i) => leaves[(i + Math.abs(by)) % leaves.length] ?? new Uint8Array());
        expect(standardRoot(buildStandardTree(turned))).toBe(standardRoot(buildStandardTree(leaves)));
      }),
    );
  });

  test('a proof proves no other leaf, and not under another root', () => {
    fc.assert(
      fc.property(values, hexOf(32), (rows, other) => {
        const leaves = rows.map(leafOf);
        const tree = buildStandardTree(leaves);
        leaves.forEach((leaf, i) => {
          const proof = standardProof(tree.nodes, tree.places[i] ?? -1);
          expect(verifyStandardProof(standardRoot(tree), fromHex(other, 32), proof)).toBe(false);
          expect(verifyStandardProof(other, leaf, proof)).toBe(false);
          if (proof.length > 0) expect(verifyStandardProof(standardRoot(tree), leaf, proof.slice(1))).toBe(false);
        });
      }),
      { numRuns: 25 },
    );
  });
});
