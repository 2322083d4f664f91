// When rounds of agreement begin and who proposes in them (docs/protocol.md, section 17). The order follows from the epoch's beacon,
// which nobody chooses.
import { fromHex, toHex, u32, type Hex } from '../bytes.ts';
import { sha256, tag } from '../hash.ts';
import type { Policy } from '../policy.ts';
import { epochStart, type EpochClock } from '../schedule.ts';

type RoundPolicy = {
  readonly schedule: Pick<Policy['schedule'], 'revealSeconds'>;
  readonly consensus: Pick<Policy['consensus'], 'mirrorSeconds' | 'roundSeconds'>;
};

const PROPOSER_TAG = tag('assay/proposer');

/** Unix seconds at which a round of the epoch begins, whether or not the next epoch's rounds have begun by then. */
export function roundStart(clock: EpochClock, policy: RoundPolicy, epoch: number, round: number): number {
  const { schedule, consensus } = policy;
  return epochStart(clock, epoch + 1) + schedule.revealSeconds + consensus.mirrorSeconds + round * consensus.roundSeconds;
}

/**
 * The epoch's round at a time in Unix seconds; null before its round 0, and once round 0 of the next epoch has begun.
 * @param next policy of the next epoch, where it is another one: its round 0 ends this epoch's rounds
 */
export function roundAt(
  clock: EpochClock,
  policy: RoundPolicy,
  epoch: number,
  nowSeconds: number,
  next: RoundPolicy = policy,
): number | null {
  const elapsed = nowSeconds - roundStart(clock, policy, epoch, 0);
  if (elapsed < 0 || nowSeconds >= roundStart(clock, next, epoch + 1, 0)) return null;
  return Math.floor(elapsed / policy.consensus.roundSeconds);
}

/** Operators in the order of the round: the proposer first, then those who follow. */
export function roundOrder(beaconRandomness: Hex, round: number, operators: readonly Hex[]): Hex[] {
  const beacon = fromHex(beaconRandomness, 32);
  return operators
    .map((operator) => ({ operator, place: toHex(sha256(PROPOSER_TAG, beacon, u32(round), fromHex(operator, 20))) }))
    .sort((a, b) => (a.place < b.place ? -1 : 1))
    .map(({ operator }) => operator);
}
