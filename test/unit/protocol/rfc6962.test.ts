// RFC 6962 trees against Certificate Transparency's reference vectors and the RFC's own recursive definition.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, fromHex, toHex, u32, type Hex } from '../../../protocol/bytes.ts';
import { buildRfc6962, rfc6962Path, rfc6962PathLength, rfc6962Root, verifyRfc6962 } from '../../../protocol/trees/rfc6962.ts';
import { auditPath, treeHash } from '../../vectors/reference/rfc6962.ts';
import { flipped, vectors } from './support.ts';

type Vectors = { leaves: Hex[]; emptyRoot: Hex; roots: Hex[]; paths: { index: number; size: number; path: Hex[] }[] };
const reference = vectors<Vectors>('rfc6962.json');
const referenceLeaves = reference.leaves.map((leaf) => fromHex(leaf));
const leavesOf = (size: number, length = 16): Uint8Array[] =>
  Array.from({ length: size }, (_, i) => new Uint8Array(length).fill(i % 251).map((x, at) => x ^ (u32(i)[at] ?? 0)));

describe('reference vectors', () => {
  test('roots of the first n leaves', () => {
    expect(toHex(rfc6962Root(buildRfc6962([])))).toBe(reference.emptyRoot);
    const roots = referenceLeaves.map((_, i) => toHex(rfc6962Root(buildRfc6962(referenceLeaves.slice(0, i + 1)))));
    expect(roots).toEqual(reference.roots);
  });

  test.each(reference.paths)('path of leaf $index of $size', ({ index, size, path }) => {
    expect(rfc6962Path(buildRfc6962(referenceLeaves.slice(0, size)), index).map(toHex)).toEqual(path);
    const root = fromHex(reference.roots[size - 1] ?? '0x');
    const steps = path.map((step) => fromHex(step));
    expect(verifyRfc6962(root, referenceLeaves[index] ?? new Uint8Array(), index, size, steps)).toBe(true);
  });
});

describe('any tree', { timeout: 60_000 }, () => {
  const place = fc.integer({ min: 1, max: 300 }).chain((size) => fc.tuple(fc.constant(size), fc.nat(size - 1)));

  test('root and paths follow the RFC’s recursive definition, and every leaf verifies', () => {
    for (const size of [1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 31, 32, 33, 64, 65, 100, 255, 256, 257, 300]) {
      const leaves = leavesOf(size);
      const buffers = leaves.map((leaf) => Buffer.from(leaf));
      const tree = buildRfc6962(leaves);
      const root = rfc6962Root(tree);
      expect(toHex(root)).toBe(toHex(treeHash(buffers)));
      leaves.forEach((leaf, i) => {
        const path = rfc6962Path(tree, i);
        if (i % 7 === 0 || i === size - 1) expect(path.map(toHex)).toEqual(auditPath(i, buffers).map(toHex));
        expect(path.length).toBe(rfc6962PathLength(i, size));
        expect(verifyRfc6962(root, leaf, i, size, path)).toBe(true);
      });
    }
  });

  test('a leaf verifies at no other index', () => {
    for (const size of [1, 2, 3, 6, 11, 21, 40]) {
      const leaves = leavesOf(size);
      const tree = buildRfc6962(leaves);
      const root = rfc6962Root(tree);
      leaves.forEach((leaf, i) => {
        const path = rfc6962Path(tree, i);
        for (let other = -2; other < size + 3; other++) expect(verifyRfc6962(root, leaf, other, size, path)).toBe(other === i);
      });
    }
  });

  test('a wrong size that changes the path’s length is refused', () => {
    fc.assert(
      fc.property(place, fc.integer({ min: 0, max: 400 }), ([size, index], other) => {
        const leaves = leavesOf(size);
        const tree = buildRfc6962(leaves);
        const path = rfc6962Path(tree, index);
        const valid = verifyRfc6962(rfc6962Root(tree), leaves[index] ?? new Uint8Array(), index, other, path);
        // A path holds no size: another size with the same turns and length is the same statement about this leaf.
        if (other <= index || rfc6962PathLength(index, other) !== path.length) expect(valid).toBe(false);
        if (other === size) expect(valid).toBe(true);
      }),
    );
  });

  test('one flipped bit in root, leaf or path, a path one too short, one too long or cut, is refused', () => {
    fc.assert(
      fc.property(place, fc.nat(), fc.nat(7), ([size, index], at, bit) => {
        const leaves = leavesOf(size);
        const tree = buildRfc6962(leaves);
        const [root, leaf, path] = [rfc6962Root(tree), leaves[index] ?? new Uint8Array(), rfc6962Path(tree, index)];
        const mask = 1 << bit;
        expect(verifyRfc6962(flipped(root, at % 32, mask), leaf, index, size, path)).toBe(false);
        expect(verifyRfc6962(root, flipped(leaf, at % 16, mask), index, size, path)).toBe(false);
        expect(verifyRfc6962(root, leaf, index, size, [...path, root])).toBe(false);
        if (path.length === 0) return;
        const step = at % path.length;
        const wrong = path.map((hash, i) => (i === step ? flipped(hash, at % 32, mask) : hash));
        expect(verifyRfc6962(root, leaf, index, size, wrong)).toBe(false);
        expect(verifyRfc6962(root, leaf, index, size, path.slice(0, -1))).toBe(false);
        expect(verifyRfc6962(root, leaf, index, size, path.slice(1))).toBe(false);
        const cut = path.map((hash, i) => (i === step ? hash.subarray(1) : hash));
        expect(verifyRfc6962(root, leaf, index, size, cut)).toBe(false);
        const longer = path.map((hash, i) => (i === step ? concat(hash, Uint8Array.of(0)) : hash));
        expect(verifyRfc6962(root, leaf, index, size, longer)).toBe(false);
      }),
    );
  });

  test('an inner node is never a leaf: prefixes keep the levels apart', () => {
    const leaves = leavesOf(4, 32);
    const tree = buildRfc6962(leaves);
    const [left, right] = tree.levels[1] ?? [];
    if (left === undefined || right === undefined) throw new Error('a tree of four leaves has a second level');
    const joined = new Uint8Array(64);
    joined.set(left);
    joined.set(right, 32);
    expect(verifyRfc6962(rfc6962Root(tree), joined, 0, 1, [])).toBe(false);
  });
});
