// How nodes (and auditors) behave in the small epochs of tests: each behaviour leads to one reason through the real judge.
import { ZERO32, concat, toHex, type Hex } from '../../protocol/bytes.ts';
import { fullCheck } from '../../protocol/challenges/gemm/check.ts';
import { expandMatrixB } from '../../protocol/challenges/gemm/matrix.ts';
import { encodeGemmParams } from '../../protocol/challenges/gemm/params.ts';
import { commitGemm, multiplyRound, type GemmProof } from '../../protocol/challenges/gemm/prove.ts';
import { gemmSecrets } from '../../protocol/challenges/gemm/secrets.ts';
import { sha256 } from '../../protocol/hash.ts';
import { drawFor, judgeCommitment, judgeOpening, judgeRate, type AuditCase } from '../../protocol/judge.ts';
import {
  encodeChallengeMessage,
  encodeCommitmentMessage,
  encodeDrawMessage,
  encodeOpeningMessage,
} from '../../protocol/messages.ts';
import { commitmentPayload, drawDigest, openingPayload } from '../../protocol/receipts.ts';
import { signDigest } from '../../protocol/signer.ts';
import type { Transcript } from '../../protocol/transcript.ts';
import type { Reason } from '../../protocol/verdict.ts';
import { secretKernel } from './forge.ts';
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
  forged: 'none',
} as const satisfies Record<string, Reason>;
export type Behaviour = keyof typeof BEHAVIOURS;

/** Challenges are never sent for these. */
export function neverSent(behaviour: Behaviour): boolean {
  return ['late', 'outage', 'crashed'].includes(behaviour);
}

export type Played = {
  readonly transcript: Transcript;
  readonly reason: Reason;
  readonly commitment: Hex;
  readonly openingHash: Hex;
  readonly elapsedMs: number;
  readonly measure: number;
};

export type Stage = {
  readonly audit: AuditCase;
  readonly seed: Hex;
  readonly signerKey: Uint8Array;
  readonly nodeKey: TestNodeKey;
};

const NOTHING = new Uint8Array(0);
const OTHER: Hex = `0x${'77'.repeat(32)}`;

function prove(stage: Stage, behaviour: Behaviour): GemmProof {
  const { params, challenge } = stage.audit;
  const b = expandMatrixB(params);
  const kernel = behaviour === 'forged' ? secretKernel(gemmSecrets(stage.seed, params).blocks[0] ?? []) : null;
  return commitGemm(params, challenge.nonce, (_, nonce) => {
    const values = multiplyRound(params, b, nonce);
    if (behaviour === 'wrong') return values.map((value) => value + 1);
    // only the first block of each row is forged
    return kernel === null ? values : values.map((value, i) => value + (kernel[i % params.columns] ?? 0));
  });
}

function commitmentBytes(stage: Stage, behaviour: Behaviour, proof: GemmProof): Uint8Array {
  const { audit } = stage;
  if (behaviour === 'garbage') return Uint8Array.of(9, 9, 9);
  const nodeId = behaviour === 'imposter' ? OTHER : audit.challenge.nodeId;
  const challengeHash = behaviour === 'stale' ? OTHER : audit.challengeHash;
  const commitment = behaviour === 'rootless' ? OTHER : proof.commitment;
  const signed = commitmentPayload(audit.domain, nodeId, challengeHash, behaviour === 'unsigned' ? OTHER : commitment);
  return encodeCommitmentMessage({
    nodeId,
    challengeHash,
    commitment,
    signature: stage.nodeKey.sign(signed),
    roots: proof.roots,
  });
}

type Drawn = ReturnType<typeof drawFor>;

function openingBytes(stage: Stage, behaviour: Behaviour, proof: GemmProof, drawn: Drawn): Uint8Array {
  const { audit } = stage;
  const positions = behaviour === 'misplaced' ? drawn.positions.toReversed() : drawn.positions;
  const openings = proof.open(positions);
  const { challengeHash, domain } = audit;
  const hash = behaviour === 'unsignedOpening' ? OTHER : toHex(sha256(openings));
  const signature = stage.nodeKey.sign(openingPayload(domain, challengeHash, proof.commitment, drawn.hash, hash));
  const commitment = behaviour === 'equivocator' ? OTHER : proof.commitment;
  return encodeOpeningMessage({ challengeHash, commitment, signature, openings });
}

/** The second request, signed, for the commitment of a proof. */
export function drawBytes(stage: Stage, commitment: Hex, drawn: Drawn): Uint8Array {
  const { challengeHash, domain } = stage.audit;
  const digest = drawDigest(domain, { challengeHash, commitment, drawHash: drawn.hash });
  const signature = signDigest(digest, stage.signerKey);
  return encodeDrawMessage({ challengeHash, commitment, signature, positions: drawn.positions });
}

export function challengeBytes(stage: Stage): Uint8Array {
  const { domain, challenge, challengeHash, params } = stage.audit;
  const signature = signDigest(challengeHash, stage.signerKey);
  return encodeChallengeMessage({ domain, challenge, params: encodeGemmParams(params), signature });
}

/** One audit from challenge to verdict. */
export function playAudit(stage: Stage, behaviour: Behaviour): Played {
  const { audit } = stage;
  const challenge = challengeBytes(stage);
  const alone: Transcript = { challenge, commitment: NOTHING, draw: NOTHING, opening: NOTHING };
  const nothing = { commitment: ZERO32, openingHash: ZERO32, elapsedMs: 0, measure: 0 };
  if (behaviour === 'unreachable' || behaviour === 'cutOff') {
    return { ...nothing, transcript: alone, reason: BEHAVIOURS[behaviour] };
  }
  const proof = prove(stage, behaviour);
  const elapsedMs = behaviour === 'slow' ? 900 : 10;
  const answered = { ...alone, commitment: commitmentBytes(stage, behaviour, proof) };
  const first = judgeCommitment(audit, answered.commitment);
  if (typeof first === 'string') return { ...nothing, transcript: answered, reason: first };
  const { commitment } = first;
  const drawn = drawFor(audit, stage.seed, commitment);
  const asked = { ...answered, draw: drawBytes(stage, commitment, drawn) };
  if (behaviour === 'mute') return { ...nothing, transcript: asked, reason: 'timeout', commitment, elapsedMs };
  const opening = openingBytes(stage, behaviour, proof, drawn);
  const whole = { transcript: { ...asked, opening }, commitment, elapsedMs };
  const judged = judgeOpening(audit, first, drawn, opening, behaviour === 'forged' ? () => true : fullCheck(audit.params));
  const { openingHash } = judged;
  if (judged.reason !== 'none') return { ...whole, reason: judged.reason, openingHash, measure: 0 };
  return { ...whole, ...judgeRate(audit, elapsedMs), openingHash };
}

/** A copy with one byte changed; negative places count from the end. */
export function flipped(bytes: Uint8Array, place: number): Uint8Array {
  const out = concat(bytes);
  const at = place < 0 ? out.length + place : place;
  out[at] = (out[at] ?? 0) ^ 1;
  return out;
}
