// The consensus rule, version 1 (docs/protocol.md, section 16): from the reports of a root's set and of the window before it to every
// line and root that validators sign. A pure function; the order of its inputs has no influence.
import { ZERO32, type Hex } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import type { Policy } from '../policy.ts';
import { addDissent, agreementPpm, findOutliers, newDissent, nextAccuracy, type Dissent } from './agreement.ts';
import { countReports, type Counts } from './counts.ts';
import { MILLION } from './integers.ts';
import { rootsOf } from './leaves.ts';
import { accumulatePenalties, accumulateRewards, coveragePpm, nodeRewards, penaltyUnits, validatorReward } from './payments.ts';
import { clippedMean, join, medianOver, newGroup, newScratch, rateNode, type RatedNode } from './rates.ts';
import { nodeSetRoot, rangeStart, reportSetHash } from './sets.ts';
import type {
  ConsensusInput,
  ConsensusNode,
  ConsensusReport,
  ConsensusResult,
  NodeScore,
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

type Rated = { readonly nodes: readonly RatedNode[]; readonly dissent: Dissent };

/** Sections 16.3 and 16.4, node by node. */
function rateNodes(counts: Counts, weights: readonly number[], policy: Policy['consensus']): Rated {
  const tolerance = policy.clipTolerancePpm;
  const outliers = findOutliers(counts, weights, tolerance);
  const isOutlier = (seat: number): boolean => outliers[seat] === true;
  const isNone = (seat: number): boolean => outliers[seat] !== true;
  const dissent = newDissent(counts.seats);
  const [all, proven, scratch] = [newGroup(counts.seats), newGroup(counts.seats), newScratch(counts.seats)];
  const nodes: RatedNode[] = [];
  for (let node = 0; node < counts.nodes; node++) {
    all.count = 0;
    proven.count = 0;
    for (let seat = 0; seat < counts.seats; seat++) {
      const at = node * counts.seats + seat;
      const [pass, wrong, slow] = [counts.pass[at] ?? 0, counts.wrong[at] ?? 0, counts.slow[at] ?? 0];
      const weight = weights[seat] ?? 0;
      join(all, seat, weight, pass, pass + wrong + slow + (counts.network[at] ?? 0));
      join(proven, seat, weight, pass + slow, pass + slow + wrong);
    }
    const rated = clippedMean(all, tolerance, scratch);
    const correct = clippedMean(proven, tolerance, scratch);
    addDissent(dissent, all, rated.centre, tolerance, isOutlier);
    addDissent(dissent, proven, correct.centre, tolerance, isNone);
    const measure = medianOver(counts, counts.measure, node, weights, scratch);
    const elapsedMs = medianOver(counts, counts.elapsedMs, node, weights, scratch);
    nodes.push(rateNode(rated, correct, { measure, elapsedMs }, policy));
  }
  return { nodes, dissent };
}

/** Lines of the seats, in seat order. */
function scoreSeats(
  input: ConsensusInput,
  { shares, accuracies }: Weighing,
  dissent: Dissent,
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
    const agreement = agreementPpm(dissent, v, policy.consensus.agreementTolerancePpm);
    const coverage = coveragePpm(own, epoch - start + 1, policy.consensus.notDoneMaxPpm);
    const [weightPpm, accuracy] = [shares[v] ?? 0, accuracies[v] ?? 0];
    return {
      ...{ epoch, validator: operator, weightPpm, agreementPpm: agreement, coveragePpm: coverage },
      accuracyPpm: own.length === 0 ? accuracy : nextAccuracy(accuracy, agreement, policy.consensus),
      reward: validatorReward(policy, weightPpm, coverage, agreement),
    };
  });
}

function scoreNodes(epoch: number, nodes: readonly ConsensusNode[], rated: readonly RatedNode[]): NodeScore[] {
  return nodes.flatMap(({ index, nodeId, retired }, i) => {
    const line = rated[i];
    if (retired || line === undefined) return [];
    const { correctEffective: _, ...score } = line;
    return [{ epoch, nodeIndex: index, nodeId, ...score }];
  });
}

/** Nodes whose results are wrong too often, as enough of the network's samples show. */
function chargedNodes(nodes: readonly ConsensusNode[], rated: readonly RatedNode[], policy: Policy): ConsensusNode[] {
  const { rewards, consensus: limits } = policy;
  return nodes.filter(({ retired }, i) => {
    const line = rated[i];
    if (retired || line === undefined) return false;
    return line.correctEffective >= limits.samplesMin && line.correctPpm < rewards.penaltyBelowPpm;
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
  );
  const weighing = weigh(seats, previous);
  const { nodes: rated, dissent } = rateNodes(counts, weighing.weights, policy.consensus);
  const scores = scoreNodes(epoch, nodes, rated);
  const validators = scoreSeats(input, weighing, dissent, (operator) => freshByValidator.get(operator) ?? []);
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
  const leaves = { scores, validators, rewards, penalties };
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
