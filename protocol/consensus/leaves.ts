// The lines under a consensus root as leaf hashes and trees (docs/protocol.md, section 16.6), and where two parties' lines first
// differ. Contracts verify the same leaves with MerkleProof.
import type { Hex } from '../bytes.ts';
import { buildStandardTree, standardRoot, type StandardTree } from '../trees/standard.ts';
import type { EpochRoot, Leaves, NodeScore, NodeService, Penalty, Reward, ValidatorScore } from './types.ts';
import { wordWriter } from './words.ts';

/** Pool of ordinary rewards. Pool 1, compensation, is not filled by this version of the rule. */
const REWARD_POOL = 0;

const scoreWords = wordWriter(11);
const serviceWords = wordWriter(9);
const validatorWords = wordWriter(7);
const tripleWords = wordWriter(3);
const penaltyWords = wordWriter(3);

export function scoreLeaf(score: NodeScore): Uint8Array {
  scoreWords.uint(0, score.epoch);
  scoreWords.uint(1, score.nodeIndex);
  scoreWords.bytes32(2, score.nodeId);
  scoreWords.uint(3, score.scorePpm);
  scoreWords.uint(4, score.ratePpm);
  scoreWords.uint(5, score.correctPpm);
  scoreWords.uint(6, score.samples);
  scoreWords.uint(7, score.effectiveSamples);
  scoreWords.uint(8, score.measure);
  scoreWords.uint(9, score.elapsedMs);
  scoreWords.uint(10, score.tier);
  return scoreWords.hash();
}

export function serviceLeaf(service: NodeService): Uint8Array {
  serviceWords.uint(0, service.epoch);
  serviceWords.uint(1, service.nodeIndex);
  serviceWords.bytes32(2, service.nodeId);
  serviceWords.uint(3, service.uptimePpm);
  serviceWords.uint(4, service.uptimeLowPpm);
  serviceWords.uint(5, service.uptimeSamples);
  serviceWords.uint(6, service.latencyMs);
  serviceWords.uint(7, service.latencyHighMs);
  serviceWords.uint(8, service.bandwidth);
  return serviceWords.hash();
}

export function validatorLeaf(score: ValidatorScore): Uint8Array {
  validatorWords.uint(0, score.epoch);
  validatorWords.address(1, score.validator);
  validatorWords.uint(2, score.weightPpm);
  validatorWords.uint(3, score.accuracyPpm);
  validatorWords.uint(4, score.agreementPpm);
  validatorWords.uint(5, score.coveragePpm);
  validatorWords.wide(6, score.reward);
  return validatorWords.hash();
}

export function rewardLeaf(reward: Reward): Uint8Array {
  tripleWords.uint(0, REWARD_POOL);
  tripleWords.address(1, reward.account);
  tripleWords.wide(2, reward.cumulative);
  return tripleWords.hash();
}

export function penaltyLeaf(penalty: Penalty): Uint8Array {
  penaltyWords.address(0, penalty.owner);
  penaltyWords.bytes32(1, penalty.nodeId);
  penaltyWords.wide(2, penalty.cumulative);
  return penaltyWords.hash();
}

export type LeafTrees = { readonly scores: StandardTree; readonly rewards: StandardTree; readonly penalties: StandardTree };

/** The score tree's leaf hashes: nodes' scores, nodes' services, validators, each in the order of `leaves`. */
export function scoreTreeLeaves({ scores, services, validators }: Leaves): Uint8Array[] {
  return [...scores.map(scoreLeaf), ...services.map(serviceLeaf), ...validators.map(validatorLeaf)];
}

/** The three trees; the score tree's `places` are those of `scoreTreeLeaves`. */
export function leafTrees(leaves: Leaves): LeafTrees {
  return {
    scores: buildStandardTree(scoreTreeLeaves(leaves)),
    rewards: buildStandardTree(leaves.rewards.map(rewardLeaf)),
    penalties: buildStandardTree(leaves.penalties.map(penaltyLeaf)),
  };
}

export function rootsOf(leaves: Leaves): Pick<EpochRoot, 'scoreRoot' | 'rewardRoot' | 'penaltyRoot'> {
  const trees = leafTrees(leaves);
  return {
    scoreRoot: standardRoot(trees.scores),
    rewardRoot: standardRoot(trees.rewards),
    penaltyRoot: standardRoot(trees.penalties),
  };
}

type Line = Readonly<Record<string, string | number | bigint>>;
type Kind = { readonly name: string; readonly lines: readonly Line[]; readonly key: (line: Line) => string };

const text = (value: string | number | bigint | undefined): string => String(value ?? 'none');

/** One line about the first key, in ascending order, whose lines differ. */
function differenceIn(a: Kind, b: Kind): string | null {
  const [mine, theirs] = [a, b].map(({ lines, key }) => new Map(lines.map((line) => [key(line), line])));
  if (mine === undefined || theirs === undefined) return null;
  for (const id of [...new Set([...mine.keys(), ...theirs.keys()])].sort()) {
    const [left, right] = [mine.get(id), theirs.get(id)];
    if (left === undefined) return `${a.name} ${id}: only the second has it`;
    if (right === undefined) return `${a.name} ${id}: only the first has it`;
    const fields = [...new Set([...Object.keys(left), ...Object.keys(right)])].filter((field) => left[field] !== right[field]);
    if (fields.length > 0) {
      return `${a.name} ${id}: ${fields.map((field) => `${field} ${text(left[field])} / ${text(right[field])}`).join(', ')}`;
    }
  }
  return null;
}

const padded = (value: string | number | bigint | undefined): string => text(value).padStart(10);

function kindsOf({ scores, services, validators, rewards, penalties }: Leaves): Kind[] {
  return [
    { name: 'node', lines: scores, key: (line) => padded(line['nodeIndex']) },
    { name: 'service of node', lines: services, key: (line) => padded(line['nodeIndex']) },
    { name: 'validator', lines: validators, key: (line) => text(line['validator']) },
    { name: 'reward', lines: rewards, key: (line) => text(line['account']) },
    { name: 'penalty', lines: penalties, key: (line) => `${text(line['owner'])} ${text(line['nodeId'])}` },
  ];
}

/**
 * The first leaf that two parties have different, in one line: `node 3: scorePpm 900000 / 800000`, the first party's value before
 * the second's. Nodes' scores come before their services, validators, rewards and penalties. Null if all are equal, in whatever
 * order they are listed.
 */
export function firstDifference(a: Leaves, b: Leaves): string | null {
  const others = kindsOf(b);
  for (const [i, kind] of kindsOf(a).entries()) {
    const other = others[i];
    const found = other === undefined ? null : differenceIn(kind, other);
    if (found !== null) return found.replace(/ {2,}/, ' ');
  }
  return null;
}

/** Place in the score tree's leaf list of a node's line, -1 if it has none (retired, or never registered). */
export function scoreLine(leaves: Leaves, nodeIndex: number): number {
  return leaves.scores.findIndex((score) => score.nodeIndex === nodeIndex);
}

/** Place in the score tree's leaf list of a node's service, -1 if it has none. */
export function serviceLine(leaves: Leaves, nodeIndex: number): number {
  const found = leaves.services.findIndex((service) => service.nodeIndex === nodeIndex);
  return found < 0 ? -1 : leaves.scores.length + found;
}

/** Place in the score tree's leaf list of a validator's line, -1 if it has no seat. */
export function validatorLine(leaves: Leaves, validator: Hex): number {
  const found = leaves.validators.findIndex((score) => score.validator === validator);
  return found < 0 ? -1 : leaves.scores.length + leaves.services.length + found;
}
