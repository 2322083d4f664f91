// One epoch of the network as lists show it: its root, how it stands, and which seats signed.
import type { Hex } from '../../../protocol/bytes.ts';
import { cappedWeights, sharesPpm } from '../../../protocol/consensus/weights.ts';
import type { Policy } from '../../../protocol/policy.ts';
import { epochStart } from '../../../protocol/schedule.ts';
import type { ConsensusItem, ConsensusState } from '../../../schema/api/consensus.ts';
import { findPolicy } from '../../../schema/policy/shipped.ts';
import type { Mirror, PeerSeat } from '../network/ports.ts';
import type { NetworkEpochView } from './network-ports.ts';
import type { WebPorts } from './ports.ts';

/** The policy with this hash; the one in force now where this version does not know it. */
export function policyOf({ settings }: WebPorts, hash: Hex): Policy {
  return hash === settings.policyHash ? settings.policy : (findPolicy(hash) ?? settings.policy);
}

export const sharesOf = (seats: readonly PeerSeat[]): number[] => sharesPpm(cappedWeights(seats.map(({ stake }) => stake)));

/** Unix milliseconds from which no round of the epoch is left (docs/protocol.md, section 17). */
export function roundsEndMs(ports: WebPorts, { epoch, policyHash }: NetworkEpochView): number {
  const { schedule, consensus } = policyOf(ports, policyHash);
  return 1000 * (epochStart(ports.settings.clock, epoch + 2) + schedule.revealSeconds + consensus.mirrorSeconds);
}

/** `newestRoot`: epoch of the newest root known; roots rise, so that an older epoch without one stays without. */
export function consensusStateOf(ports: WebPorts, view: NetworkEpochView, newestRoot: number): ConsensusState {
  if (view.root !== null) return view.root.state;
  return view.epoch < newestRoot || ports.nowMs() >= roundsEndMs(ports, view) ? 'skipped' : 'open';
}

const signedBy = (seats: number, seat: number): boolean => Math.floor(seats / 2 ** seat) % 2 === 1;

export function signersOf({ seats, root }: NetworkEpochView): ConsensusItem['signers'] {
  const shares = sharesOf(seats);
  return seats.map(({ operator }, seat) => {
    const signed = root === null ? null : signedBy(root.seats, seat);
    return { seat, operator, weightPpm: shares[seat] ?? 0, signed };
  });
}

export function consensusItem(ports: WebPorts, view: NetworkEpochView, newestRoot: number): ConsensusItem {
  const { clock } = ports.settings;
  const { epoch, root } = view;
  return {
    epoch,
    state: consensusStateOf(ports, view, newestRoot),
    startsAtMs: 1000 * epochStart(clock, epoch),
    endsAtMs: 1000 * epochStart(clock, epoch + 1),
    rootHash: root?.rootHash ?? null,
    root: root?.root ?? null,
    provisional: root?.provisional ?? null,
    previousEpoch: root?.previousEpoch ?? null,
    blockNumber: root?.blockNumber ?? null,
    transactionHash: root?.transactionHash ?? null,
    finalAtMs: root?.state === 'final' ? root.finalAtMs : null,
    note: root?.note ?? null,
    signers: signersOf(view),
  };
}

type Known = Pick<Mirror, 'state' | 'check' | 'detail'>;

/** In one line why a validator's report does not count; null if nothing is wrong with it. `counted`: whether the posted root's report set has it. */
export function leftOutReason(mirror: Known | null, counted: boolean | null): string | null {
  if (counted === true) return null;
  if (mirror === null) return counted === false ? 'Its report was not in the proposer’s set; nothing of it is known here.' : null;
  if (mirror.state === 'absent') return 'It posted no report before the deadline.';
  if (mirror.state === 'failed') return failure(mirror, 'Its archive did not pass');
  if (mirror.state === 'waiting') return failure(mirror, 'Its archive has not been fetched and checked yet');
  return counted === false ? 'Its archive is right, but the proposer did not have it when the round began.' : null;
}

function failure({ check, detail }: Known, what: string): string {
  const words = [check, detail].filter((part) => part !== null && part !== '').join(': ');
  return words === '' ? `${what}.` : `${what}: ${words}`;
}
