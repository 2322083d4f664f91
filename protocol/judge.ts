// From a node's answers to a verdict: the same code for the auditor that received them and for anybody who replays them.
// The order of the checks is the protocol's (docs/protocol.md, section 10); network faults never get here.
import { ZERO32, toHex, type Hex } from './bytes.ts';
import { KIND_GEMM, KIND_VRAM, type Challenge } from './challenge.ts';
import { provenRate } from './challenges/gemm/check.ts';
import { gemmOps } from './challenges/gemm/params.ts';
import { drawPositions } from './challenges/gemm/positions.ts';
import { gemmCommitment } from './challenges/gemm/prove.ts';
import { presenceCommitment } from './challenges/presence.ts';
import { vramBytes } from './challenges/vram/params.ts';
import { drawVramPositions } from './challenges/vram/positions.ts';
import { vramCommitment } from './challenges/vram/prove.ts';
import type { Domain } from './domain.ts';
import { ProtocolError } from './errors.ts';
import { sha256 } from './hash.ts';
import { decodeCommitmentMessage, decodeOpeningMessage, decodeReadyMessage } from './messages.ts';
import type { OpeningsCheck } from './openings-check.ts';
import { commitmentPayload, drawHash, openingPayload, verifyReceipt, type Position, type PublicKey } from './receipts.ts';
import { rootsOf, type Task } from './task.ts';
import type { Reason } from './verdict.ts';

/** One challenge as sent to one node. */
export type AuditCase = {
  readonly domain: Domain;
  readonly challenge: Challenge;
  readonly challengeHash: Hex;
  readonly task: Task;
  /** What the passes of kind 2 are keyed with; zero32 for other kinds. */
  readonly start: Hex;
  /** Unix milliseconds. */
  readonly startedAt: number;
  readonly publicKey: PublicKey;
};

/** A commitment whose receipt verified; from here on only PASS or FAIL is possible. */
export type Committed = { readonly commitment: Hex; readonly roots: readonly Uint8Array[] };

/** A message, or null where its bytes are none. */
export function decoded<T>(decode: (bytes: Uint8Array) => T, bytes: Uint8Array): T | null {
  try {
    return decode(bytes);
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}

/** Kind 2: judges the answer to the challenge; `none` when the memory is filled. */
export function judgeReady(audit: AuditCase, bytes: Uint8Array): Reason {
  const message = decoded(decodeReadyMessage, bytes);
  if (message === null) return 'no_commitment';
  return message.challengeHash === audit.challengeHash ? 'none' : 'stale';
}

function commitmentOf({ task, challenge, start }: AuditCase, roots: readonly Uint8Array[]): Hex {
  if (task.kind === KIND_GEMM) return gemmCommitment(challenge.nonce, roots);
  return task.kind === KIND_VRAM ? vramCommitment(start, roots) : presenceCommitment(challenge.nonce);
}

/** Judges the timed answer: a verified commitment, or the reason of the FAIL. */
export function judgeCommitment(audit: AuditCase, bytes: Uint8Array): Committed | Reason {
  const message = decoded(decodeCommitmentMessage, bytes);
  if (message === null) return 'no_commitment';
  const { nodeId, challengeHash, commitment, roots } = message;
  if (nodeId !== audit.challenge.nodeId) return 'identity_mismatch';
  if (challengeHash !== audit.challengeHash) return 'stale';
  const payload = commitmentPayload(audit.domain, nodeId, challengeHash, commitment);
  if (!verifyReceipt(audit.publicKey, payload, message.signature)) return 'bad_receipt';
  if (roots.length !== rootsOf(audit.task) || commitmentOf(audit, roots) !== commitment) return 'no_commitment';
  return { commitment, roots };
}

function positionsOf({ task, challengeHash }: AuditCase, seed: Hex, commitment: Hex): Position[] {
  if (task.kind === KIND_GEMM) return drawPositions(seed, challengeHash, commitment, task.params);
  return task.kind === KIND_VRAM ? drawVramPositions(seed, challengeHash, commitment, task.params) : [];
}

/** The positions that the epoch's seed draws for a commitment, and what the validator signs over them. */
export function drawFor(audit: AuditCase, seed: Hex, commitment: Hex): { positions: Position[]; hash: Hex } {
  const positions = positionsOf(audit, seed, commitment);
  return { positions, hash: drawHash(audit.challengeHash, commitment, positions) };
}

export type JudgedOpening = { readonly reason: Reason; readonly openingHash: Hex };

/** Judges the openings; `openingHash` is zero unless their receipt verified. */
export function judgeOpening(
  audit: AuditCase,
  committed: Committed,
  draw: { positions: readonly Position[]; hash: Hex },
  bytes: Uint8Array,
  check: OpeningsCheck,
): JudgedOpening {
  const message = decoded(decodeOpeningMessage, bytes);
  if (message?.challengeHash !== audit.challengeHash) return { reason: 'bad_opening', openingHash: ZERO32 };
  if (message.commitment !== committed.commitment) return { reason: 'equivocation', openingHash: ZERO32 };
  const openingHash = toHex(sha256(message.openings));
  const payload = openingPayload(audit.domain, audit.challengeHash, committed.commitment, draw.hash, openingHash);
  if (!verifyReceipt(audit.publicKey, payload, message.signature)) return { reason: 'bad_receipt', openingHash: ZERO32 };
  const { nodeId, nonce } = audit.challenge;
  const statement = { nodeId, nonce, start: audit.start, roots: committed.roots, positions: draw.positions };
  return { reason: check(statement, message.openings), openingHash };
}

/** What was done in the time that is measured, with the share of it that is proven and the floor: operations or bytes. */
function workOf(task: Task): { readonly amount: bigint; readonly proofPpm: number; readonly floor: number } {
  if (task.kind === KIND_GEMM) {
    return { amount: gemmOps(task.params), proofPpm: task.job.proofPpm, floor: task.job.floorOpsPerSecond };
  }
  if (task.kind === KIND_VRAM) {
    return { amount: vramBytes(task.params), proofPpm: task.job.proofPpm, floor: task.job.floorBytesPerSecond };
  }
  return { amount: 0n, proofPpm: 0, floor: 0 };
}

/** The last check of a correct answer: is the proven rate (operations or bytes a second) at least the class's floor? */
export function judgeRate({ task }: Pick<AuditCase, 'task'>, elapsedMs: number): { reason: Reason; measure: number } {
  const { amount, proofPpm, floor } = workOf(task);
  const rate = provenRate(amount, proofPpm, elapsedMs);
  const measure = Number(rate < BigInt(Number.MAX_SAFE_INTEGER) ? rate : BigInt(Number.MAX_SAFE_INTEGER));
  return { measure, reason: measure < floor ? 'below_claim' : 'none' };
}
