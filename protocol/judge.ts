// From a node's answers to a verdict: the same code for the auditor that received them and for anybody who replays them.
// The order of the checks is the protocol's (docs/protocol.md, section 10); network faults never get here.
import { ZERO32, toHex, type Hex } from './bytes.ts';
import { challengeHash as hashChallenge, type Challenge } from './challenge.ts';
import { checkGemm, provenRate, type ProductCheck } from './challenges/gemm/check.ts';
import { gemmOps, type GemmParams } from './challenges/gemm/params.ts';
import { drawPositions } from './challenges/gemm/positions.ts';
import { gemmCommitment } from './challenges/gemm/prove.ts';
import type { Domain } from './domain.ts';
import { ProtocolError } from './errors.ts';
import { sha256 } from './hash.ts';
import { decodeCommitmentMessage, decodeOpeningMessage } from './messages.ts';
import type { GpuClass } from './policy.ts';
import { commitmentPayload, drawHash, openingPayload, verifyReceipt, type Position, type PublicKey } from './receipts.ts';
import type { Reason } from './verdict.ts';

/** One challenge as sent to one node. */
export type AuditCase = {
  readonly domain: Domain;
  readonly challenge: Challenge;
  readonly challengeHash: Hex;
  readonly params: GemmParams;
  readonly gpuClass: GpuClass;
  readonly publicKey: PublicKey;
  readonly proofPpm: number;
};

/** A commitment whose receipt verified; from here on only PASS or FAIL is possible. */
export type Committed = { readonly commitment: Hex; readonly roots: readonly Uint8Array[] };

export function auditCase(input: Omit<AuditCase, 'challengeHash'>): AuditCase {
  return { ...input, challengeHash: hashChallenge(input.domain, input.challenge) };
}

function decoded<T>(decode: (bytes: Uint8Array) => T, bytes: Uint8Array): T | null {
  try {
    return decode(bytes);
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}

/** Judges the first answer: a verified commitment, or the reason of the FAIL. */
export function judgeCommitment(audit: AuditCase, bytes: Uint8Array): Committed | Reason {
  const message = decoded(decodeCommitmentMessage, bytes);
  if (message === null) return 'no_commitment';
  const { nodeId, challengeHash, commitment, roots } = message;
  if (nodeId !== audit.challenge.nodeId) return 'identity_mismatch';
  if (challengeHash !== audit.challengeHash) return 'stale';
  const payload = commitmentPayload(audit.domain, nodeId, challengeHash, commitment);
  if (!verifyReceipt(audit.publicKey, payload, message.signature)) return 'bad_receipt';
  if (roots.length !== audit.params.rounds || gemmCommitment(audit.challenge.nonce, roots) !== commitment) return 'no_commitment';
  return { commitment, roots };
}

/** The positions that the epoch's seed draws for a commitment, and what the validator signs over them. */
export function drawFor(audit: AuditCase, seed: Hex, commitment: Hex): { positions: Position[]; hash: Hex } {
  const positions = drawPositions(seed, audit.challengeHash, commitment, audit.params);
  return { positions, hash: drawHash(audit.challengeHash, commitment, positions) };
}

export type JudgedOpening = { readonly reason: Reason; readonly openingHash: Hex };

/** Judges the second answer; `openingHash` is zero unless its receipt verified. */
export function judgeOpening(
  audit: AuditCase,
  committed: Committed,
  draw: { positions: readonly Position[]; hash: Hex },
  bytes: Uint8Array,
  isProduct: ProductCheck,
): JudgedOpening {
  const message = decoded(decodeOpeningMessage, bytes);
  if (message?.challengeHash !== audit.challengeHash) return { reason: 'bad_opening', openingHash: ZERO32 };
  if (message.commitment !== committed.commitment) return { reason: 'equivocation', openingHash: ZERO32 };
  const openingHash = toHex(sha256(message.openings));
  const payload = openingPayload(audit.domain, audit.challengeHash, committed.commitment, draw.hash, openingHash);
  if (!verifyReceipt(audit.publicKey, payload, message.signature)) return { reason: 'bad_receipt', openingHash: ZERO32 };
  const statement = { params: audit.params, nonce: audit.challenge.nonce, roots: committed.roots, positions: draw.positions };
  return { reason: checkGemm(statement, message.openings, isProduct), openingHash };
}

/** The last check of a correct answer: is the proven rate at least the class's floor? */
export function judgeRate(audit: AuditCase, elapsedMs: number): { reason: Reason; measure: number } {
  const rate = provenRate(gemmOps(audit.params), audit.proofPpm, elapsedMs);
  const measure = Number(rate < BigInt(Number.MAX_SAFE_INTEGER) ? rate : BigInt(Number.MAX_SAFE_INTEGER));
  return { measure, reason: measure < audit.gpuClass.floorOpsPerSecond ? 'below_claim' : 'none' };
}
