// An audit on demand, checked again from what was published of it and from the chain: record, signature, challenge, positions, openings in
// full. Nothing that its validator says is believed but when things were sent and received.
import { verifyRound, randomnessOf, type BeaconRound } from './beacon.ts';
import { ZERO32, equal, toHex, type Hex } from './bytes.ts';
import { KIND_GEMM, KIND_PRESENCE } from './challenge.ts';
import type { Domain } from './domain.ts';
import { sha256 } from './hash.ts';
import { decoded, drawFor, judgeCommitment, judgeOpening, judgeRate, type AuditCase } from './judge.ts';
import { encodeChallengeMessage, encodeDrawMessage, decodeChallengeMessage, decodeDrawMessage } from './messages.ts';
import { publicCheck } from './openings-check.ts';
import { findClass, type Policy } from './policy.ts';
import { drawDigest } from './receipts.ts';
import { recordHash, type AuditRecord } from './record.ts';
import { epochBeaconRound, type EpochClock, type EpochNode } from './schedule.ts';
import { recoverSigner } from './signer.ts';
import { spotCase, spotRecordDigest } from './spot.ts';
import { commitDeadlineMs, presenceTask, taskOf, type Task } from './task.ts';
import { decodeTranscript, type Transcript } from './transcript.ts';
import { isNetworkReason, verdictOf, type Reason } from './verdict.ts';

/** What the validator published. */
export type SpotEvidence = {
  readonly record: AuditRecord;
  readonly recordHash: Hex;
  readonly seed: Hex;
  readonly signature: Hex;
  readonly beacon: BeaconRound | null;
  readonly transcript: Uint8Array;
};

/** What the chain says of the record's epoch. */
export type SpotFacts = {
  readonly domain: Domain;
  readonly clock: EpochClock;
  readonly policy: Policy;
  readonly node: Pick<EpochNode, 'nodeId' | 'publicKey' | 'gpuClass'>;
  /** Of the record's validator; null where it has no seat then. */
  readonly signer: Hex | null;
};

/** `failure` in a clause; null when it holds. */
export type SpotCheck = { readonly name: string; readonly failure: string | null };

/** transcript: the verdict follows from what the node signed · time: from that and the recorded time · word: it is the validator's */
export type SpotBasis = 'transcript' | 'time' | 'word';
export type SpotChecked = { readonly checks: readonly SpotCheck[]; readonly basis: SpotBasis };

function taskFor({ clock, policy, node }: SpotFacts, { record, beacon }: SpotEvidence): Task | string {
  if (record.kind === KIND_PRESENCE) return presenceTask(policy, 0);
  const gpuClass = node.gpuClass === null ? undefined : findClass(policy, node.gpuClass);
  if (record.kind !== KIND_GEMM || gpuClass === undefined) return 'the node’s class has no job of this kind';
  if (beacon === null) return 'the epoch’s beacon is missing';
  if (beacon.round !== epochBeaconRound(clock, policy, record.epoch)) return 'the beacon is of another round than the epoch’s';
  if (!verifyRound(policy.beacon.publicKey, beacon)) return 'the beacon’s signature does not verify';
  return taskOf({ policy, gpuClass, kind: record.kind, region: 0, beacon: randomnessOf(beacon.signature) });
}

function challengeFault(audit: AuditCase, { record }: SpotEvidence, { challenge }: Transcript, signer: Hex): string | null {
  if (audit.challenge.draw !== record.draw) return 'the draw’s number does not follow from the seed';
  if (audit.challengeHash !== record.challengeHash) return 'seed, parameters and time do not give the challenge of the record';
  const message = decoded(decodeChallengeMessage, challenge);
  if (message === null) return 'what was sent is no challenge';
  if (recoverSigner(audit.challengeHash, message.signature) !== signer) return 'it is not signed by the validator’s signer';
  const whole = { domain: audit.domain, challenge: audit.challenge, params: audit.task.bytes, signature: message.signature };
  return equal(encodeChallengeMessage(whole), challenge) ? null : 'what was sent is another challenge';
}

type Judged = { readonly reason: Reason; readonly commitment: Hex; readonly openingHash: Hex; readonly measure: number };
const NOTHING = { commitment: ZERO32, openingHash: ZERO32, measure: 0 };

/** Whether the positions that were sent are the seed's, signed; null where they are, or none were. */
function drawFault(audit: AuditCase, { seed }: SpotEvidence, commitment: Hex, draw: Uint8Array, signer: Hex): string | null {
  if (draw.length === 0) return null;
  const message = decoded(decodeDrawMessage, draw);
  if (message === null) return 'what was sent is no draw';
  const { challengeHash } = audit;
  const drawn = drawFor(audit, seed, commitment);
  const { signature } = message;
  const whole = { challengeHash, commitment, signature, positions: drawn.positions };
  if (!equal(encodeDrawMessage(whole), draw)) return 'the positions that were sent are not those of the seed';
  const digest = drawDigest(audit.domain, { challengeHash, commitment, drawHash: drawn.hash });
  return recoverSigner(digest, signature) === signer ? null : 'the positions are not signed by the validator’s signer';
}

/** What the bytes prove; null where the verdict is of something that left none. */
function judgeAgain(audit: AuditCase, { record, seed }: SpotEvidence, transcript: Transcript): Judged | null {
  if (transcript.commitment.length === 0) return null;
  const committed = judgeCommitment(audit, transcript.commitment);
  if (typeof committed === 'string') return { ...NOTHING, reason: committed };
  const { commitment } = committed;
  if (audit.task.kind === KIND_PRESENCE) return { ...NOTHING, reason: 'none', commitment };
  if (transcript.opening.length === 0) return null;
  const drawn = drawFor(audit, seed, commitment);
  const opened = judgeOpening(audit, committed, drawn, transcript.opening, publicCheck(audit.task));
  if (opened.reason !== 'none') return { ...NOTHING, ...opened, commitment };
  return { ...opened, commitment, ...judgeRate(audit, record.elapsedMs) };
}

function verdictFault(audit: AuditCase, { record }: SpotEvidence, transcript: Transcript, judged: Judged | null): string | null {
  const { outcome, reason } = record;
  if (verdictOf(reason).outcome !== outcome) return `a record with reason ${reason} cannot have outcome ${outcome}`;
  if (judged === null) {
    const isWord = isNetworkReason(reason) || reason === 'busy' || reason === 'auditor_fault';
    return isWord ? null : `nothing in the transcript shows the reason ${reason}`;
  }
  if (judged.reason !== reason) return `the transcript proves ${judged.reason}, the record says ${reason}`;
  const { commitment, openingHash, measure } = judged;
  if (record.commitment !== commitment) return 'the commitment is another';
  if (record.openingHash !== openingHash) return 'the hash of the openings is another';
  if (record.measure !== measure) return `the measure is ${String(measure)}, the record says ${String(record.measure)}`;
  const late = transcript.opening.length > 0 && record.elapsedMs > commitDeadlineMs(audit.task);
  return late ? 'the recorded time is over the deadline' : null;
}

function basisOf({ record }: SpotEvidence, judged: Judged | null): SpotBasis {
  if (judged === null) return 'word';
  return record.kind === KIND_GEMM && (record.reason === 'none' || record.reason === 'below_claim') ? 'time' : 'transcript';
}

function recordFault(facts: SpotFacts, { record, recordHash: told }: SpotEvidence): string | null {
  if (recordHash(record) !== told) return 'its hash is another';
  if (record.nodeId !== facts.node.nodeId) return 'it is of another node';
  return record.slot === 0 && record.freshnessRound === 0 ? null : 'it has a place in the schedule';
}

/** Every check in its order; after one that fails the later ones are not made. Never throws for anything that was published. */
export function checkSpot(facts: SpotFacts, evidence: SpotEvidence): SpotChecked {
  const { domain, node, signer } = facts;
  const { record, seed, signature } = evidence;
  const checks: SpotCheck[] = [];
  const holds = (name: string, failure: string | null): boolean => {
    checks.push({ name, failure });
    return failure === null;
  };
  const failed = (): SpotChecked => ({ checks, basis: 'word' });
  if (!holds('record', recordFault(facts, evidence))) return failed();
  if (signer === null) {
    holds('signature', 'its validator has no seat at that epoch');
    return failed();
  }
  const isSigned = recoverSigner(spotRecordDigest(domain, record), signature) === signer;
  if (!holds('signature', isSigned ? null : 'it is not the validator’s signer’s')) return failed();
  const isWhole = toHex(sha256(evidence.transcript)) === record.transcriptHash;
  const transcript = isWhole ? decoded(decodeTranscript, evidence.transcript) : null;
  if (!holds('transcript', isWhole ? (transcript === null ? 'it is malformed' : null) : 'its hash is another')) return failed();
  const task = taskFor(facts, evidence);
  if (!holds('job', typeof task === 'string' ? task : null) || typeof task === 'string' || transcript === null) return failed();
  const { epoch, validator, startedAt } = record;
  const audit = spotCase({ domain, validator, epoch, seed, node, task, startedAt });
  if (!holds('challenge', challengeFault(audit, evidence, transcript, signer))) return failed();
  if (!holds('positions', drawFault(audit, evidence, record.commitment, transcript.draw, signer))) return failed();
  const judged = judgeAgain(audit, evidence, transcript);
  holds('verdict', verdictFault(audit, evidence, transcript, judged));
  return { checks, basis: basisOf(evidence, judged) };
}
