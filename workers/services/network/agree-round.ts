// Which round of which epoch goes on, and who proposes in it: from the clock and the chain's own facts, so that nothing has to be
// remembered.
import { randomnessOf } from '../../../protocol/beacon.ts';
import type { Hex } from '../../../protocol/bytes.ts';
import { roundAt, roundOrder, roundStart } from '../../../protocol/consensus/rounds.ts';
import type { Policy } from '../../../protocol/policy.ts';
import { epochBeaconRound, slotAt, type EpochClock } from '../../../protocol/schedule.ts';
import { DomainError } from '../../errors.ts';
import { ROUND_LAG_EPOCHS_MAX } from '../../limits.ts';
import type { NetworkContext, NetworkEpoch } from './ports.ts';

export type Round = { readonly net: NetworkEpoch; readonly policy: Policy; readonly round: number };
/** The seats' operators in the order of one of the epoch's rounds, proposer first. */
export type OrderOf = (round: number) => readonly Hex[];

/** The epoch whose round 0 is the newest one that has begun, were this policy that of all; negative before the first. */
export function epochInRounds(clock: EpochClock, policy: Policy, nowMs: number): number {
  const epochSeconds = clock.slotsPerEpoch * clock.slotSeconds;
  return Math.floor((nowMs / 1000 - roundStart(clock, policy, 0, 0)) / epochSeconds);
}

/** The newest epoch not after `epoch` that is known here. */
async function newestKnown({ ports }: NetworkContext, epoch: number): Promise<NetworkEpoch | null> {
  for (let at = epoch; at >= Math.max(0, epoch - ROUND_LAG_EPOCHS_MAX); at--) {
    const net = await ports.store.epoch(at);
    if (net !== null) return net;
  }
  return null;
}

/** The epoch whose rounds go on at that time; null between the last round of one epoch and the first of the next. */
export async function roundNow(context: NetworkContext, nowMs: number): Promise<Round | null> {
  const { clock, ports } = context;
  const known = await newestKnown(context, slotAt(clock, nowMs)?.epoch ?? -1);
  if (known === null) return null;
  const guess = epochInRounds(clock, context.policyOf(known.policyHash), nowMs);
  // Around a change of policy it may be a neighbour.
  for (const epoch of [guess, guess + 1, guess - 1]) {
    const net = epoch < 0 ? null : await ports.store.epoch(epoch);
    if (net === null) continue;
    const policy = context.policyOf(net.policyHash);
    const next = await ports.store.epoch(epoch + 1);
    const nextPolicy = next === null ? policy : context.policyOf(next.policyHash);
    const round = roundAt(clock, policy, epoch, Math.floor(nowMs / 1000), nextPolicy);
    if (round !== null) return { net, policy, round };
  }
  return null;
}

/** @throws DomainError unavailable while no beacon server has the epoch's round */
export async function ordersOf(context: NetworkContext, { net, policy }: Round): Promise<OrderOf> {
  const { beacon, store } = context.ports;
  let signature = net.beacon?.signature;
  if (signature === undefined) {
    const number = epochBeaconRound(context.clock, policy, net.epoch);
    const found = await beacon.round(number);
    if (found === null) {
      throw new DomainError(
        'unavailable',
        `Beacon round ${String(number)} of epoch ${String(net.epoch)} is not to be had. Check BEACON_URL; it is tried again each slot.`,
      );
    }
    await store.setBeacon(net.epoch, found);
    signature = found.signature;
  }
  const randomness = randomnessOf(signature);
  const operators = net.seats.map(({ operator }) => operator);
  return (round) => roundOrder(randomness, round, operators);
}
