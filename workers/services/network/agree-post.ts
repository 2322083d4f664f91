// Whoever knows a quorum's signatures on one root may post it. Each waits for its place in the round's order, asks the chain first, and
// leaves what became pointless: somebody else was faster, or the chain went on without this root.
import type { Hex } from '../../../protocol/bytes.ts';
import type { EpochRoot } from '../../../protocol/consensus/types.ts';
import { cappedWeights, hasQuorum } from '../../../protocol/consensus/weights.ts';
import { DomainError } from '../../errors.ts';
import { REVERTED } from '../sending/ports.ts';
import type { OrderOf, Round } from './agree-round.ts';
import type { KnownStatement, Member, NetworkContext, NetworkEpoch } from './ports.ts';

/** Refusals after which nothing is wrong: the epoch has a root, or this one came too late. */
const POINTLESS: ReadonlySet<string> = new Set([
  'AlreadyPosted',
  'OtherRootStands',
  'EpochNotRising',
  'WrongPreviousRoot',
  REVERTED,
]);

export type Agreed = {
  readonly root: EpochRoot;
  readonly rootHash: Hex;
  /** By rising seat. */
  readonly signed: readonly { readonly seat: number; readonly known: KnownStatement }[];
  /** When the signature that completed the quorum was heard here, Unix milliseconds. */
  readonly sinceMs: number;
};

function sinceOf(net: NetworkEpoch, signed: Agreed['signed']): number | null {
  const weights = cappedWeights(net.seats.map(({ stake }) => stake));
  const heard = signed.toSorted((a, b) => a.known.receivedAtMs - b.known.receivedAtMs);
  const chosen: number[] = [];
  for (const { seat, known } of heard) {
    chosen.push(seat);
    if (hasQuorum(weights, chosen)) return known.receivedAtMs;
  }
  return null;
}

/** Roots of the epoch that a quorum signed, by round. */
export function agreedRoots(net: NetworkEpoch, known: readonly KnownStatement[]): Agreed[] {
  const byRoot = Map.groupBy(known, ({ rootHash }) => rootHash);
  return [...byRoot]
    .flatMap(([rootHash, statements]) => {
      const signed = net.seats.flatMap(({ operator }, seat) => {
        const found = statements.find(({ statement }) => statement.validator === operator);
        return found === undefined ? [] : [{ seat, known: found }];
      });
      const sinceMs = sinceOf(net, signed);
      const root = statements[0]?.statement.root;
      return sinceMs === null || root === undefined ? [] : [{ root, rootHash, signed, sinceMs }];
    })
    .sort((a, b) => a.root.round - b.root.round);
}

async function submit(context: NetworkContext, member: Member, { signed, root }: Agreed, key: string): Promise<void> {
  const seats = signed.reduce((bitmap, { seat }) => bitmap + 2 ** seat, 0);
  const signatures = signed.map(({ known }) => known.statement.signature);
  await member.submit(key, context.ports.chain.postRootCall(root, seats, signatures));
  const state = await member.state(key);
  if (state.state === 'pending' && state.trouble !== null) throw new DomainError(state.trouble.code, state.trouble.message);
  if (state.state === 'rejected' && !POINTLESS.has(state.reason)) {
    const name = `epoch ${String(root.epoch)}, round ${String(root.round)}`;
    throw new DomainError('unavailable', `The registry refuses the root of ${name}, which a quorum signed: ${state.reason}.`);
  }
}

/** @throws DomainError when the transaction cannot be sent, or is refused for a reason that no race explains */
export async function postAgreed(
  context: NetworkContext,
  at: Round,
  member: Member,
  { agreed, orderOf }: { readonly agreed: readonly Agreed[]; readonly orderOf: OrderOf },
): Promise<void> {
  for (const candidate of agreed) {
    const key = `root:${String(at.net.epoch)}:${String(candidate.root.round)}:${candidate.rootHash.slice(2, 10)}`;
    const state = await member.state(key);
    if (state.state === 'rejected' && POINTLESS.has(state.reason)) continue;
    const place = orderOf(candidate.root.round).indexOf(member.operator);
    const dueMs = candidate.sinceMs + 1000 * Math.max(0, place) * at.policy.consensus.postStaggerSeconds;
    if (context.ports.clock.nowMs() >= dueMs) await submit(context, member, candidate, key);
    return;
  }
}
