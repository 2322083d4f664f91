// Which behaviours the small epochs of tests know, which of them a kind has, and what a node knows when it is asked.
import type { Hex } from '../../protocol/bytes.ts';
import { KIND_PRESENCE, KIND_VRAM } from '../../protocol/challenge.ts';
import type { AuditCase } from '../../protocol/judge.ts';
import type { Reason } from '../../protocol/verdict.ts';
import type { TestNodeKey } from './node-key.ts';

/** Each ends in the reason after the colon; `forged` is claimed to pass by an auditor that gave its secrets away. */
export const BEHAVIOURS = {
  honest: 'none',
  slow: 'below_claim',
  wrong: 'wrong_result',
  unreachable: 'unreachable',
  mute: 'timeout',
  imposter: 'identity_mismatch',
  stale: 'stale',
  unsigned: 'bad_receipt',
  garbage: 'no_commitment',
  rootless: 'no_commitment',
  misplaced: 'bad_opening',
  unsignedOpening: 'bad_receipt',
  equivocator: 'equivocation',
  cutOff: 'auditor_fault',
  late: 'auditor_fault',
  outage: 'beacon_outage',
  crashed: 'interrupted',
  busy: 'busy',
  busyUnsigned: 'bad_receipt',
  busyAlone: 'no_commitment',
  unready: 'stale',
  unfilled: 'no_commitment',
  stalled: 'timeout',
  cutAfterReady: 'auditor_fault',
  forged: 'none',
} as const satisfies Record<string, Reason>;
export type Behaviour = keyof typeof BEHAVIOURS;

/** Of kind 2 alone: what can go wrong around *ready*. */
const FILL: readonly Behaviour[] = ['unready', 'unfilled', 'stalled', 'cutAfterReady'];
/** What presence has nothing of: openings, a floor, busy. */
const LATER: readonly Behaviour[] = [
  ...(['slow', 'wrong', 'misplaced', 'unsignedOpening', 'equivocator', 'busy'] as const),
  ...(['busyUnsigned', 'busyAlone'] as const),
];
const ALL = (Object.keys(BEHAVIOURS) as Behaviour[]).filter((behaviour) => behaviour !== 'forged');
const GEMM = ALL.filter((behaviour) => !FILL.includes(behaviour));
const PRESENCE = GEMM.filter((behaviour) => !LATER.includes(behaviour));

/** All that can happen to a draw of a kind; what only a corrupt auditor does is left out. */
export function castOf(kind: number): readonly Behaviour[] {
  if (kind === KIND_PRESENCE) return PRESENCE;
  return kind === KIND_VRAM ? ALL : GEMM;
}

/** Challenges are never sent for these. */
export function neverSent(behaviour: Behaviour): boolean {
  return ['late', 'outage', 'crashed'].includes(behaviour);
}

/** Another validator with a seat: whose challenges make nodes busy. */
export type Rival = { readonly operator: Hex; readonly signerKey: Uint8Array };

export type Stage = {
  readonly audit: AuditCase;
  readonly seed: Hex;
  readonly signerKey: Uint8Array;
  readonly nodeKey: TestNodeKey;
  readonly rival: Rival;
};
