// Which round of which epoch goes on: from the clock and the chain's own facts, so that nothing has to be remembered.
import { randomnessOf } from '../../../protocol/beacon.ts';
import type { Hex } from '../../../protocol/bytes.ts';
import { roundAt, roundOrder } from '../../../protocol/consensus/rounds.ts';
import type { Policy } from '../../../protocol/policy.ts';
import { epochBeaconRound, slotAt } from '../../../protocol/schedule.ts';
import { DomainError } from '../../errors.ts';
import { ROUND_LAG_EPOCHS_MAX } from '../../limits.ts';
import type { NetworkContext, NetworkEpoch } from './ports.ts';

export type Round = { readonly net: NetworkEpoch; readonly policy: Policy; readonly round: number };

/** The epoch whose rounds go on at that time; null between the last round of one epoch and the first of the next. */
export async function roundNow(context: NetworkContext, nowMs: number): Promise<Round | null> {
  const current = slotAt(context.clock, nowMs)?.epoch ?? -1;
  for (let epoch = current; epoch >= Math.max(0, current - ROUND_LAG_EPOCHS_MAX); epoch--) {
    const net = await context.ports.store.epoch(epoch);
    if (net === null) continue;
    const policy = context.policyOf(net.policyHash);
    const next = await context.ports.store.epoch(epoch + 1);
    const nextPolicy = next === null ? policy : context.policyOf(next.policyHash);
    const round = roundAt(context.clock, policy, epoch, Math.floor(nowMs / 1000), nextPolicy);
    if (round !== null) return { net, policy, round };
  }
  return null;
}

/**
 * The seats' operators in a round's order, proposer first.
 * @throws DomainError unavailable while no beacon server has the epoch's round
 */
export async function orderOf(context: NetworkContext, { net, policy }: Omit<Round, 'round'>, round: number): Promise<Hex[]> {
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
  const operators = net.seats.map(({ operator }) => operator);
  return roundOrder(randomnessOf(signature), round, operators);
}
