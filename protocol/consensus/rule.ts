// The consensus rule, version 1 (docs/protocol.md, section 16): from the reports of a root's set and of the window before it to every
// line and root that validators sign. A pure function; the order of its inputs has no influence.
import { ZERO32, type Hex } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import type { Policy } from '../policy.ts';
import { agreementPpm, nextAccuracy, type Dissent } from './agreement.ts';
import { countReports } from './counts.ts';
import { MILLION } from './integers.ts';
import { rootsOf } from './leaves.ts';
import { rateNodes, type RatedNode } from './nodes.ts';
import { accumulatePenalties, accumulateRewards, coveragePpm, nodeRewards, penaltyUnits, validatorReward } from './payments.ts';
import { nodeSetRoot, rangeStart, reportSetHash } from './sets.ts';
import type {
  ConsensusInput,
  ConsensusNode,
  ConsensusReport,
  ConsensusResult,
  NodeScore,
  NodeService,
  Seat,
  ValidatorScore,
} from './types.ts';
import { SEATS_MAX, cappedWeights, sharesPpm } from './weights.ts';

/** Fewer seats than this make a root provisional: it charges nobody (docs/protocol.md, section 16.5). */
export const SEATS_FINAL_MIN = 4;
/** Accuracy of a validator without a line under the previous root. */
const NEWCOMER_ACCURACY_PPM = 500_000;

const refuse = (message: string): ProtocolError => new ProtocolError('out_of_range', message);

/** Nodes by index, each of 0 … N − 1 once. */
function orderedNodes(nodes: readonly ConsensusNode[]): ConsensusNode[] {
  const ordered = nodes.toSorted((a, b) => a.index - b.index);
  const gap = ordered.findIndex(({ index }, i) => index !== i);
  if (gap >= 0) throw refuse(`the nodes' indices are not 0 to ${String(nodes.length - 1)}, each once`);
  return ordered;
}

/** The window's reports that still count. @throws ProtocolError for reports of epochs that no such set can hold, or one twice */
function checkedReports(input: ConsensusInput): { fresh: readonly ConsensusReport[]; window: readonly ConsensusReport[] } {
  const { epoch, fresh, policy, previous } = input;
  const { windowEpochs } = policy.consensus;
  const window = input.window.filter((report) => report.epoch > epoch - windowEpochs);
  const start = rangeStart(epoch, windowEpochs, previous?.epoch ?? null);
  const strange =
    fresh.find((report) => report.epoch < start || report.epoch > epoch) ??
    window.find((report) => report.epoch > (previous?.epoch ?? -1));
  if (strange !== undefined)
    throw refuse(`a report of epoch ${String(strange.epoch)} has no place in the root of ${String(epoch)}`);
  const keys = new Set([...fresh, ...window].map((report) => `${String(report.epoch)} ${report.validator}`));
  if (keys.size !== fresh.length + window.length) throw refuse('a validator has two reports of one epoch');
  return { fresh, window };
}

type Weighing = {
  readonly shares: readonly number[];
  readonly accuracies: readonly number[];
  readonly weights: readonly number[];
};

/** Section 16.2. Bound: share · accuracy ≤ 10¹². */
function weigh(seats: readonly Seat[], previous: ConsensusInput['previous']): Weighing {
  const known = new Map(previous?.leaves.validators.map(({ validator, accuracyPpm }) => [validator, accuracyPpm]));
  const newcomer = previous === null ? MILLION : NEWCOMER_ACCURACY_PPM;
  const shares = sharesPpm(cappedWeights(seats.map(({ stake }) => stake)));
  const accuracies = seats.map(({ operator }) => known.get(operator) ?? newcomer);
  const weights = shares.map((share, v) => Math.max(1, Math.floor((share * (accuracies[v] ?? 0)) / 100_000_000)));
  return { shares, accuracies, weights };
}

/** Lines of the seats, in seat order. */
function scoreSeats(
  input: ConsensusInput,
  { shares, accuracies }: Weighing,
  dissents: readonly Dissent[],
  freshOf: (operator: Hex) => readonly ConsensusReport[],
): ValidatorScore[] {
  const { epoch, policy, previous, fresh, seats } = input;
  const oldest = fresh.reduce((least, report) => Math.min(least, report.epoch), epoch);
  const start = Math.max(
    rangeStart(epoch, policy.consensus.windowEpochs, previous?.epoch ?? null),
    previous === null ? oldest : 0,
  );
  return seats.map(({ operator }, v) => {
    const own = freshOf(operator);
    const agreement = agreementPpm(dissents, v, policy.consensus.agreementTolerancePpm);
    const coverage = coveragePpm(own, epoch - start + 1, policy.consensus.notDoneMaxPpm);
    const [weightPpm, accuracy] = [shares[v] ?? 0, accuracies[v] ?? 0];
    return {
      ...{ epoch, validator: operator, weightPpm, agreementPpm: agreement, coveragePpm: coverage },
      accuracyPpm: own.length === 0 ? accuracy : nextAccuracy(accuracy, agreement, policy.consensus),
      reward: validatorReward(policy, weightPpm, coverage, agreement),
    };
  });
}

type NodeLines = { readonly scores: NodeScore[]; readonly services: NodeService[] };

/** Lines of the nodes that are not retired, by index. */
function nodeLines(epoch: number, nodes: readonly ConsensusNode[], rated: readonly RatedNode[]): NodeLines {
  const lines: NodeLines = { scores: [], services: [] };
  nodes.forEach(({ index, nodeId, retired }, i) => {
    const one = rated[i];
    if (retired || one === undefined) return;
    lines.scores.push({ epoch, nodeIndex: index, nodeId, ...one.score });
    lines.services.push({ epoch, nodeIndex: index, nodeId, ...one.service });
  });
  return lines;
}

/** Nodes whose results are wrong too often, as enough of the network's samples show. */
function chargedNodes(nodes: readonly ConsensusNode[], rated: readonly RatedNode[], policy: Policy): ConsensusNode[] {
  const { rewards, consensus: limits } = policy;
  return nodes.filter(({ retired }, i) => {
    const line = rated[i];
    if (retired || line === undefined) return false;
    return line.correctEffective >= limits.samplesMin && line.score.correctPpm < rewards.penaltyBelowPpm;
  });
}

function groupByValidator(reports: readonly ConsensusReport[]): ReadonlyMap<Hex, readonly ConsensusReport[]> {
  const groups = new Map<Hex, ConsensusReport[]>();
  for (const report of reports) {
    const group = groups.get(report.validator);
    if (group === undefined) groups.set(report.validator, [report]);
    else group.push(report);
  }
  return groups;
}

/**
 * All that validators sign for an epoch. Addresses and hashes are lower-case hex, as everywhere.
 * @throws ProtocolError out_of_range for an input that no root can have: a report outside of the root's range or twice, a node
 *   that is not there, two seats of one operator, more samples than 32 bits hold
 */
export function consensus(input: ConsensusInput): ConsensusResult {
  const { epoch, policy, seats, previous } = input;
  if (seats.length > SEATS_MAX || new Set(seats.map(({ operator }) => operator)).size !== seats.length) {
    throw refuse(`a set has at most ${String(SEATS_MAX)} seats, one an operator`);
  }
  const nodes = orderedNodes(input.nodes);
  const { fresh, window } = checkedReports(input);
  const byValidator = groupByValidator([...fresh, ...window]);
  const freshByValidator = groupByValidator(fresh);
  const counts = countReports(
    nodes.length,
    seats.map(({ operator }) => byValidator.get(operator) ?? []),
    policy.consensus.busyPpm,
  );
  const weighing = weigh(seats, previous);
  const { nodes: rated, dissents } = rateNodes(counts, weighing.weights, policy.consensus);
  const { scores, services } = nodeLines(epoch, nodes, rated);
  const validators = scoreSeats(input, weighing, dissents, (operator) => freshByValidator.get(operator) ?? []);
  const earned = nodeRewards(policy, scores);
  const provisional = seats.length < SEATS_FINAL_MIN;
  const charged = provisional ? [] : chargedNodes(nodes, rated, policy);
  const rewards = accumulateRewards(previous?.leaves.rewards ?? [], [
    ...validators.map(({ validator, reward }) => [validator, reward] as const),
    ...scores.map(({ nodeIndex }, i) => [nodes[nodeIndex]?.operator ?? '0x', earned[i] ?? 0n] as const),
  ]);
  const penalties = accumulatePenalties(
    previous?.leaves.penalties ?? [],
    charged.map(({ operator, nodeId }) => ({ owner: operator, nodeId })),
    penaltyUnits(policy),
  );
  const leaves = { scores, services, validators, rewards, penalties };
  return {
    leaves,
    provisional,
    roots: {
      ...rootsOf(leaves),
      reportSetHash: reportSetHash(fresh),
      nodeSetRoot: nodeSetRoot(nodes),
      previousRoot: previous?.rootHash ?? ZERO32,
    },
  };
}
