// What is shown of a running network: the states of all Workers, put together by epoch and validator.
import type { Hex } from '../protocol/bytes.ts';
import { epochStart } from '../protocol/schedule.ts';
import { EPOCH_SECONDS, FIRST_EPOCH } from './limits.ts';
import type { MemberState } from './member-state.ts';
import type { Network } from './network.ts';
import { embeddedPolicy } from './policy.ts';
import type { Counts, EpochProgress } from './progress.ts';
import { isRefused, type FaultRow } from './standing.ts';

/** One validator in one epoch. */
export type ValidatorView = Counts & {
  readonly name: string;
  readonly behaviour: string;
  /** Of its own report; null while it has none of this epoch. */
  readonly state: EpochProgress['state'] | null;
  /** Why it was abandoned. */
  readonly note: string | null;
  readonly reasons: EpochProgress['reasons'];
  /** By how many of the other Workers its archive was checked and found right, and by how many found wrong. */
  readonly verified: number;
  readonly refused: number;
  readonly others: number;
  /** The first check that failed for somebody. */
  readonly check: string | null;
  /** Whether it signed the epoch's root, or any root while there is none yet. */
  readonly signed: boolean;
};

export type EpochView = {
  readonly epoch: number;
  readonly validators: readonly ValidatorView[];
  /** On chain and adopted by the page's Worker. */
  readonly root: {
    readonly hash: Hex;
    readonly round: number;
    readonly state: 'final' | 'disputed';
    readonly finalAt: number;
  } | null;
  /** Of the running agreement; null before the first round and after the last. */
  readonly round: number | null;
  /** Its time is over, and it has no root. */
  readonly skipped: boolean;
};

export type View = {
  /** Of the running slot. */
  readonly epoch: number;
  readonly slot: number;
  readonly slotsPerEpoch: number;
  readonly secondsToStart: number;
  /** Oldest first. */
  readonly epochs: readonly EpochView[];
  readonly faults: readonly (FaultRow & { readonly name: string })[];
  readonly trouble: string | null;
};

type Now = { readonly epoch: number; readonly slot: number; readonly now: number };

function validatorView(states: readonly MemberState[], own: MemberState, epoch: number, root: EpochView['root']): ValidatorView {
  const { member, progress } = own;
  const entry = progress.find((candidate) => candidate.epoch === epoch);
  const others = states.filter((state) => state !== own);
  const mirrors = others.flatMap(({ standing }) =>
    standing.mirrors.filter((mirror) => mirror.epoch === epoch && mirror.validator === member.operator),
  );
  const refused = mirrors.filter((mirror) => (root === null ? mirror.state === 'failed' : isRefused(mirror)));
  const signatures = states.flatMap(({ standing }) =>
    standing.signed.filter((statement) => statement.epoch === epoch && statement.validator === member.operator),
  );
  return {
    ...{ name: member.name, behaviour: member.behaviour, state: entry?.state ?? null, note: entry?.note ?? null },
    ...{ pass: entry?.pass ?? 0, fail: entry?.fail ?? 0, void: entry?.void ?? 0, reasons: entry?.reasons ?? {} },
    verified: mirrors.filter(({ state }) => state === 'verified').length,
    refused: refused.length,
    others: others.length,
    check: refused[0]?.check ?? null,
    signed: signatures.some(({ rootHash }) => root === null || rootHash === root.hash),
  };
}

/** The round of an epoch's agreement at a Unix time in milliseconds; null outside of its rounds. */
function roundNow({ clock }: Network, epoch: number, now: number): number | null {
  const { schedule, consensus } = embeddedPolicy().policy;
  const first = epochStart(clock, epoch + 1) + schedule.revealSeconds + consensus.mirrorSeconds;
  const into = now / 1000 - first;
  return into < 0 || into >= EPOCH_SECONDS ? null : Math.floor(into / consensus.roundSeconds);
}

function epochView(network: Network, states: readonly MemberState[], epoch: number, now: number): EpochView {
  const page = states.find(({ member }) => member.role === 'gateway') ?? states[0];
  const found = page?.standing.roots.find((root) => root.epoch === epoch);
  const root =
    found === undefined ? null : { hash: found.rootHash, round: found.round, state: found.state, finalAt: found.finalAtMs };
  const validators = states.filter(({ member }) => member.role === 'validator');
  const later = page?.standing.roots.some((other) => other.epoch > epoch) === true;
  const { schedule, consensus } = embeddedPolicy().policy;
  const over = epochStart(network.clock, epoch + 2) + schedule.revealSeconds + consensus.mirrorSeconds + consensus.roundSeconds;
  return {
    ...{ epoch, root, validators: validators.map((own) => validatorView(states, own, epoch, root)) },
    round: root === null ? roundNow(network, epoch, now) : null,
    skipped: root === null && (later || now / 1000 > over),
  };
}

/** @param at the running slot, and the Unix time in milliseconds */
export function viewOf(network: Network, states: readonly MemberState[], { epoch, slot, now }: Now): View {
  const known = new Set(
    states.flatMap(({ progress }) => progress.filter(({ state }) => state !== 'frozen')).map((one) => one.epoch),
  );
  const epochs = [...known].filter((one) => one >= FIRST_EPOCH && one <= epoch).sort((a, b) => a - b);
  const names = new Map<string, string>([
    ...network.validators.map(({ operator, name }): [string, string] => [operator ?? '', name]),
    ...network.fleet.nodes.map(({ nodeId, plan }): [string, string] => [nodeId, plan.name]),
  ]);
  const faults = new Map(states.flatMap(({ standing }) => standing.faults).map((fault) => [fault.faultKey, fault]));
  const honest = states.filter(({ member }) => member.behaviour === 'honest');
  const trouble = honest.flatMap(({ member, troubles }) => troubles.map((one) => ({ ...one, name: member.name })))[0];
  return {
    ...{ epoch, slot, slotsPerEpoch: network.clock.slotsPerEpoch },
    secondsToStart: Math.max(0, Math.ceil(epochStart(network.clock, FIRST_EPOCH) - now / 1000)),
    epochs: epochs.map((one) => epochView(network, states, one, now)),
    faults: [...faults.values()].map((fault) => ({ ...fault, name: names.get(fault.offender) ?? fault.offender })),
    trouble: trouble === undefined ? null : `${trouble.name}, ${trouble.step}: ${trouble.message}`,
  };
}
