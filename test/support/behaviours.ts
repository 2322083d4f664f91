// How nodes (and auditors) behave in the small epochs of tests: each behaviour leads to one reason through the real judge.
import { ZERO32, concat, type Hex } from '../../protocol/bytes.ts';
import { judgeBusy } from '../../protocol/busy.ts';
import { KIND_PRESENCE, KIND_VRAM } from '../../protocol/challenge.ts';
import { drawFor, judgeCommitment, judgeOpening, judgeRate, judgeReady } from '../../protocol/judge.ts';
import { isBusy } from '../../protocol/messages.ts';
import { publicCheck } from '../../protocol/openings-check.ts';
import { signerAddress } from '../../protocol/signer.ts';
import { EMPTY_TRANSCRIPT, type Transcript } from '../../protocol/transcript.ts';
import type { Reason } from '../../protocol/verdict.ts';
import { commitmentBytes, firstBytes, openingBytes } from './answers.ts';
import { BEHAVIOURS, type Behaviour, type Stage } from './behaviour-names.ts';
import { prove, type Proof } from './provers.ts';
import { challengeBytes, drawBytes, startBytes } from './requests.ts';

export type Played = {
  readonly transcript: Transcript;
  readonly reason: Reason;
  readonly commitment: Hex;
  readonly openingHash: Hex;
  readonly elapsedMs: number;
  readonly measure: number;
};

const UNCOMMITTED = { commitment: ZERO32, openingHash: ZERO32, elapsedMs: 0, measure: 0 };

function signerOf({ rival }: Stage): (validator: Hex) => Hex | undefined {
  return (validator) => (validator === rival.operator ? signerAddress(rival.signerKey) : undefined);
}

/** The answer to the challenge of kind 2, and what is sent after it; null when the passes may go on. */
function playFill(stage: Stage, behaviour: Behaviour, alone: Transcript): { transcript: Transcript; reason: Reason | null } {
  const ready = firstBytes(stage, behaviour);
  const answered = { ...alone, ready };
  const judged = isBusy(ready) ? judgeBusy(stage.audit, ready, signerOf(stage)) : judgeReady(stage.audit, ready);
  if (judged !== 'none') return { transcript: answered, reason: judged };
  if (behaviour === 'cutAfterReady') return { transcript: answered, reason: 'auditor_fault' };
  const transcript = { ...answered, start: startBytes(stage) };
  return { transcript, reason: behaviour === 'stalled' ? 'timeout' : null };
}

/** Request and answer of the openings. */
function playOpenings(stage: Stage, behaviour: Behaviour, proof: Proof, before: Transcript, elapsedMs: number): Played {
  const { audit } = stage;
  const { commitment, roots } = proof;
  const drawn = drawFor(audit, stage.seed, commitment);
  const asked = { ...before, draw: drawBytes(stage, commitment, drawn) };
  const committed = { ...UNCOMMITTED, commitment, elapsedMs };
  if (behaviour === 'mute') return { ...committed, transcript: asked, reason: 'timeout' };
  const opening = openingBytes(stage, behaviour, proof, drawn);
  const check = behaviour === 'forged' ? () => 'none' as const : publicCheck(audit.task);
  const { reason, openingHash } = judgeOpening(audit, { commitment, roots }, drawn, opening, check);
  const whole = { ...committed, transcript: { ...asked, opening }, openingHash };
  return reason === 'none' ? { ...whole, ...judgeRate(audit, elapsedMs) } : { ...whole, reason };
}

/** One audit from challenge to verdict. */
export function playAudit(stage: Stage, behaviour: Behaviour): Played {
  const { audit } = stage;
  const { kind } = audit.task;
  const alone = { ...EMPTY_TRANSCRIPT, challenge: challengeBytes(stage) };
  const dropped = behaviour === 'unreachable' || behaviour === 'cutOff' || (behaviour === 'mute' && kind === KIND_PRESENCE);
  if (dropped) return { ...UNCOMMITTED, transcript: alone, reason: BEHAVIOURS[behaviour] };
  const filled = kind === KIND_VRAM ? playFill(stage, behaviour, alone) : { transcript: alone, reason: null };
  if (filled.reason !== null) return { ...UNCOMMITTED, transcript: filled.transcript, reason: filled.reason };
  const proof = prove(stage, behaviour);
  const elapsedMs = behaviour === 'slow' ? 900 : 10;
  const commitment = kind === KIND_VRAM ? commitmentBytes(stage, behaviour, proof) : firstBytes(stage, behaviour, proof);
  const answered = { ...filled.transcript, commitment };
  const first = isBusy(commitment) ? judgeBusy(audit, commitment, signerOf(stage)) : judgeCommitment(audit, commitment);
  if (typeof first === 'string') return { ...UNCOMMITTED, transcript: answered, reason: first };
  if (kind !== KIND_PRESENCE) return playOpenings(stage, behaviour, proof, answered, elapsedMs);
  const { commitment: hash } = first;
  return { ...UNCOMMITTED, transcript: answered, reason: 'none', commitment: hash, elapsedMs };
}

/** A copy with one byte changed; negative places count from the end. */
export function flipped(bytes: Uint8Array, place: number): Uint8Array {
  const out = concat(bytes);
  const at = place < 0 ? out.length + place : place;
  out[at] = (out[at] ?? 0) ^ 1;
  return out;
}
