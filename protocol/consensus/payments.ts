// What a root pays and charges (docs/protocol.md, section 16.5). Amounts are in units of 10⁻¹⁸ token and the only numbers here that
// are BigInt. Sums are cumulative: the contracts pay and take the difference to what was before.
import type { Hex } from '../bytes.ts';
import type { Policy } from '../policy.ts';
import { MILLION } from './integers.ts';
import type { ConsensusReport, NodeScore, Penalty, Reward } from './types.ts';

/** The policy's amounts are millionths of a token. */
const UNITS = 10n ** 12n;

/**
 * How much of its jobs (kinds 1 and 2) a report did, in millionths; one that was not done is forgiven, as a few jobs are soon a large
 * part of few. Presence is asked for a dozen times as often: jobs that were skipped would not show beside it.
 */
function jobCoverage({ tallies }: ConsensusReport): number {
  let [jobs, undone] = [0, 0];
  for (const { pass, wrong, slow, network, busy, void: voided } of tallies) {
    jobs += pass + wrong + slow + network + busy + voided;
    undone += voided;
  }
  return jobs === 0 ? MILLION : Math.floor((MILLION * (jobs - Math.max(0, undone - 1))) / jobs);
}

/**
 * Mean coverage in millionths over the epochs of the range: a report with too many due draws not done counts as none.
 * Bound: 10⁶ · done < 2⁵³, both counts having 32 bits. `done` above `due` counts as all of it.
 */
export function coveragePpm(fresh: readonly ConsensusReport[], epochsInRange: number, notDoneMaxPpm: number): number {
  let sum = 0;
  for (const report of fresh) {
    const { due, done } = report;
    const all = due === 0 ? 0 : Math.floor((MILLION * Math.min(done, due)) / due);
    const covered = Math.min(all, jobCoverage(report));
    if (due > 0 && MILLION - covered <= notDoneMaxPpm) sum += covered;
  }
  return Math.floor(sum / epochsInRange);
}

/** One validator's reward of this root; what it does not earn, nobody else does. */
export function validatorReward(policy: Policy, weightPpm: number, coverage: number, agreement: number): bigint {
  const budget = BigInt(policy.rewards.validatorsPerEpoch) * UNITS;
  return (budget * BigInt(weightPpm) * BigInt(coverage) * BigInt(agreement)) / 10n ** 18n;
}

/** What each scored node earns for its operator, in the order of `scores`; only nodes within the policy's tiers do. */
export function nodeRewards(policy: Policy, scores: readonly NodeScore[]): bigint[] {
  const budget = BigInt(policy.rewards.nodesPerEpoch) * UNITS;
  const tiers = policy.consensus.tiers.length;
  const yields = scores.map(({ tier, scorePpm, measure }) =>
    tier >= 1 && tier <= tiers ? BigInt(scorePpm) * BigInt(measure) : 0n,
  );
  const total = yields.reduce((sum, y) => sum + y, 0n);
  return yields.map((y) => (total === 0n ? 0n : (budget * y) / total));
}

/** The charge for a node whose results are wrong. */
export function penaltyUnits(policy: Policy): bigint {
  return BigInt(policy.rewards.penaltyPerEpoch) * UNITS;
}

const ascending = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Previous sums plus what is new, by account; accounts with nothing have no line. */
export function accumulateRewards(previous: readonly Reward[], earned: Iterable<readonly [Hex, bigint]>): Reward[] {
  const sums = new Map<Hex, bigint>(previous.map(({ account, cumulative }) => [account, cumulative]));
  for (const [account, amount] of earned) sums.set(account, (sums.get(account) ?? 0n) + amount);
  return [...sums]
    .filter(([, cumulative]) => cumulative > 0n)
    .map(([account, cumulative]) => ({ account, cumulative }))
    .sort((a, b) => ascending(a.account, b.account));
}

/** Previous sums plus one charge for each of `charged`, by owner, then node. */
export function accumulatePenalties(
  previous: readonly Penalty[],
  charged: readonly Omit<Penalty, 'cumulative'>[],
  amount: bigint,
): Penalty[] {
  const keyOf = ({ owner, nodeId }: Omit<Penalty, 'cumulative'>): string => `${owner} ${nodeId}`;
  const sums = new Map(previous.map((penalty) => [keyOf(penalty), penalty]));
  for (const { owner, nodeId } of charged) {
    const before = sums.get(keyOf({ owner, nodeId }))?.cumulative ?? 0n;
    sums.set(keyOf({ owner, nodeId }), { owner, nodeId, cumulative: before + amount });
  }
  return [...sums]
    .filter(([, { cumulative }]) => cumulative > 0n)
    .sort(([a], [b]) => ascending(a, b))
    .map(([, penalty]) => penalty);
}
