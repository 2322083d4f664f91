// Leaf hashes and trees against OpenZeppelin's library, proofs of them, and the line that names the first difference.
import { StandardMerkleTree } from '@openzeppelin/merkle-tree';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toHex, type Hex } from '../../../../protocol/bytes.ts';
import {
  firstDifference,
  leafTrees,
  penaltyLeaf,
  rewardLeaf,
  rootsOf,
  scoreLeaf,
  scoreLine,
  serviceLeaf,
  serviceLine,
  validatorLeaf,
  validatorLine,
} from '../../../../protocol/consensus/leaves.ts';
import { consensus } from '../../../../protocol/consensus/rule.ts';
import { nodeSetRoot } from '../../../../protocol/consensus/sets.ts';
import type { Leaves, NodeScore, NodeService, ValidatorScore } from '../../../../protocol/consensus/types.ts';
import { ProtocolError } from '../../../../protocol/errors.ts';
import { standardProof, standardRoot, verifyStandardProof } from '../../../../protocol/trees/standard.ts';
import { address, hexOf, safe, u32s, word } from '../support.ts';
import { randomInput } from './support.ts';

const u256 = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });
const SCORE = ['uint64', 'uint32', 'bytes32', 'uint32', 'uint32', 'uint32', 'uint32', 'uint32', 'uint64', 'uint32', 'uint8'];
const SERVICE = ['uint64', 'uint32', 'bytes32', 'uint32', 'uint32', 'uint32', 'uint32', 'uint32', 'uint64'];
const VALIDATOR = ['uint64', 'address', 'uint32', 'uint32', 'uint32', 'uint32', 'uint256'];
const libraryHash = (types: string[], values: unknown[]): string => StandardMerkleTree.of([values], types).leafHash(values);

const scoreArbitrary: fc.Arbitrary<NodeScore> = fc.record({
  ...{ epoch: safe, nodeIndex: u32s, nodeId: hexOf(32), scorePpm: u32s, ratePpm: u32s, correctPpm: u32s, samples: u32s },
  ...{ effectiveSamples: u32s, measure: safe, elapsedMs: u32s, tier: fc.integer({ min: 0, max: 255 }) },
});
const serviceArbitrary: fc.Arbitrary<NodeService> = fc.record({
  ...{ epoch: safe, nodeIndex: u32s, nodeId: hexOf(32), uptimePpm: u32s, uptimeLowPpm: u32s, uptimeSamples: u32s },
  ...{ latencyMs: u32s, latencyHighMs: u32s, bandwidth: safe },
});
const validatorArbitrary: fc.Arbitrary<ValidatorScore> = fc.record({
  ...{ epoch: safe, validator: hexOf(20), weightPpm: u32s, accuracyPpm: u32s, agreementPpm: u32s, coveragePpm: u32s },
  reward: u256,
});

describe('leaf hashes are the library’s', () => {
  test('scores', () => {
    fc.assert(
      fc.property(scoreArbitrary, (s) => {
        const values = [s.epoch, s.nodeIndex, s.nodeId, s.scorePpm, s.ratePpm, s.correctPpm, s.samples, s.effectiveSamples];
        expect(toHex(scoreLeaf(s))).toBe(libraryHash(SCORE, [...values, s.measure, s.elapsedMs, s.tier]));
      }),
    );
  });

  test('services', () => {
    fc.assert(
      fc.property(serviceArbitrary, (s) => {
        const values = [s.epoch, s.nodeIndex, s.nodeId, s.uptimePpm, s.uptimeLowPpm, s.uptimeSamples, s.latencyMs];
        expect(toHex(serviceLeaf(s))).toBe(libraryHash(SERVICE, [...values, s.latencyHighMs, s.bandwidth]));
      }),
    );
  });

  test('validators', () => {
    fc.assert(
      fc.property(validatorArbitrary, (v) => {
        const values = [v.epoch, v.validator, v.weightPpm, v.accuracyPpm, v.agreementPpm, v.coveragePpm, v.reward];
        expect(toHex(validatorLeaf(v))).toBe(libraryHash(VALIDATOR, values));
      }),
    );
  });

  test('rewards and penalties', () => {
    fc.assert(
      fc.property(hexOf(20), hexOf(32), u256, (account, nodeId, cumulative) => {
        expect(toHex(rewardLeaf({ account, cumulative }))).toBe(
          libraryHash(['uint8', 'address', 'uint256'], [0, account, cumulative]),
        );
        expect(toHex(penaltyLeaf({ owner: account, nodeId, cumulative }))).toBe(
          libraryHash(['address', 'bytes32', 'uint256'], [account, nodeId, cumulative]),
        );
      }),
    );
  });

  test('a leaf after a larger one has nothing of it', () => {
    const large = rewardLeaf({ account: address('x'), cumulative: 2n ** 256n - 1n });
    expect(large).not.toEqual(rewardLeaf({ account: address('x'), cumulative: 1n }));
    expect(toHex(rewardLeaf({ account: address('x'), cumulative: 1n }))).toBe(
      libraryHash(['uint8', 'address', 'uint256'], [0, address('x'), 1n]),
    );
  });

  test('numbers that do not fit are refused', () => {
    expect(() => rewardLeaf({ account: address('x'), cumulative: 2n ** 256n })).toThrow(ProtocolError);
    expect(() => rewardLeaf({ account: address('x'), cumulative: -1n })).toThrow(ProtocolError);
    for (const index of [-1, 0.5, 2 ** 53, Number.NaN]) {
      expect(() => nodeSetRoot([{ index, nodeId: word('x'), operator: address('x'), retired: false }])).toThrow(ProtocolError);
    }
  });

  test('node sets', () => {
    const nodes = [0, 1, 2, 3, 4].map((index) => ({
      ...{ index, nodeId: word(`n${String(index)}`), operator: address(`o${String(index % 2)}`), retired: index === 3 },
    }));
    const rows = nodes.map(({ index, nodeId, operator, retired }) => [index, nodeId, operator, retired ? 1 : 0]);
    expect(nodeSetRoot(nodes)).toBe(StandardMerkleTree.of(rows, ['uint32', 'bytes32', 'address', 'uint8']).root);
    expect(nodeSetRoot(nodes.toReversed())).toBe(nodeSetRoot(nodes));
  });
});

const { leaves, roots } = consensus(randomInput(9));

describe('trees', () => {
  const trees = leafTrees(leaves);
  const holds = (root: Hex, leaf: Uint8Array, tree: typeof trees.scores, line: number): boolean =>
    verifyStandardProof(root, leaf, standardProof(tree.nodes, tree.places[line] ?? -1));

  test('give the roots of the result', () => {
    expect(rootsOf(leaves)).toEqual({
      ...{ scoreRoot: roots.scoreRoot, rewardRoot: roots.rewardRoot, penaltyRoot: roots.penaltyRoot },
    });
    expect([trees.scores, trees.rewards, trees.penalties].map(standardRoot)).toEqual([
      ...[roots.scoreRoot, roots.rewardRoot, roots.penaltyRoot],
    ]);
  });

  test('prove every line where it stands', () => {
    expect(leaves.scores.length * leaves.validators.length * leaves.rewards.length * leaves.penalties.length).toBeGreaterThan(0);
    for (const score of leaves.scores) {
      expect(holds(roots.scoreRoot, scoreLeaf(score), trees.scores, scoreLine(leaves, score.nodeIndex))).toBe(true);
    }
    for (const line of leaves.services) {
      expect(holds(roots.scoreRoot, serviceLeaf(line), trees.scores, serviceLine(leaves, line.nodeIndex))).toBe(true);
    }
    for (const line of leaves.validators) {
      expect(holds(roots.scoreRoot, validatorLeaf(line), trees.scores, validatorLine(leaves, line.validator))).toBe(true);
    }
    leaves.rewards.forEach((line, i) => expect(holds(roots.rewardRoot, rewardLeaf(line), trees.rewards, i)).toBe(true));
    leaves.penalties.forEach((line, i) => expect(holds(roots.penaltyRoot, penaltyLeaf(line), trees.penalties, i)).toBe(true));
  });

  test('have no line for who is not there', () => {
    expect([scoreLine(leaves, 4_000_000), serviceLine(leaves, 4_000_000), validatorLine(leaves, address('nobody'))]).toEqual([
      ...[-1, -1, -1],
    ]);
  });
});

describe('the first difference', () => {
  const changed = (change: Partial<Leaves>): string | null => firstDifference(leaves, { ...leaves, ...change });

  test('of equal leaves is none', () => {
    expect(firstDifference(leaves, structuredClone(leaves))).toBeNull();
    expect(changed({ scores: leaves.scores.toReversed() })).toBeNull();
  });

  test('names the leaf and its fields, the first party’s value first', () => {
    const [first, ...rest] = leaves.scores;
    const [paid, ...others] = leaves.rewards;
    if (first === undefined || paid === undefined) throw new Error('the input has no lines');
    const worse = { ...first, scorePpm: first.scorePpm + 1, tier: 9 };
    expect(changed({ scores: [worse, ...rest], rewards: [] })).toBe(
      `node ${String(first.nodeIndex)}: scorePpm ${String(first.scorePpm)} / ${String(worse.scorePpm)}, tier ${String(first.tier)} / 9`,
    );
    expect(changed({ scores: rest })).toBe(`node ${String(first.nodeIndex)}: only the first has it`);
    expect(firstDifference({ ...leaves, scores: rest }, leaves)).toBe(`node ${String(first.nodeIndex)}: only the second has it`);
    const [service, ...services] = leaves.services;
    if (service === undefined) throw new Error('the input has no services');
    const later = { ...service, latencyHighMs: service.latencyHighMs + 1 };
    expect(changed({ services: [later, ...services], validators: [], rewards: [] })).toBe(
      `service of node ${String(service.nodeIndex)}: latencyHighMs ${String(service.latencyHighMs)} / ${String(later.latencyHighMs)}`,
    );
    const more = { ...paid, cumulative: paid.cumulative + 1n };
    expect(changed({ rewards: [more, ...others] })).toBe(
      `reward ${paid.account}: cumulative ${String(paid.cumulative)} / ${String(more.cumulative)}`,
    );
  });

  test('takes nodes in the order of their numbers', () => {
    const score = (nodeIndex: number): NodeScore => ({
      ...{ epoch: 1, nodeIndex, nodeId: word('n'), scorePpm: 1, ratePpm: 1, correctPpm: 1, samples: 1, effectiveSamples: 1 },
      ...{ measure: 1, elapsedMs: 1, tier: 1 },
    });
    const empty = { services: [], validators: [], rewards: [], penalties: [] };
    const other = [10, 9].map((index) => ({ ...score(index), tier: 2 }));
    expect(firstDifference({ ...empty, scores: [10, 9].map(score) }, { ...empty, scores: other })).toBe('node 9: tier 1 / 2');
  });
});
