// One transcript, from its bytes to a verdict: what was sent is what had to be sent, every signature holds, and the judge that
// the auditor used comes to the record's verdict again. Openings are recomputed in full: the auditor's secrets play no part,
// because whoever knows them could forge values that satisfy them.
import { ZERO32, equal, toHex, type Hex } from '../bytes.ts';
import { fullCheck } from '../challenges/gemm/check.ts';
import { commitmentMessageLimit, openingMessageLimit } from '../challenges/gemm/openings.ts';
import { sha256 } from '../hash.ts';
import { drawFor, judgeCommitment, judgeOpening, judgeRate, type AuditCase, type Committed } from '../judge.ts';
import { decodeChallengeMessage, decodeDrawMessage, encodeChallengeMessage, encodeDrawMessage } from '../messages.ts';
import { drawDigest } from '../receipts.ts';
import type { AuditRow } from '../record.ts';
import { recoverSigner } from '../signer.ts';
import { decodeTranscript, type Transcript } from '../transcript.ts';
import { isNetworkReason, type Reason } from '../verdict.ts';
import { drawName, fieldFault, guarded, type Fault } from './check.ts';
import { auditCaseOf } from './records.ts';
import type { Replay } from './replay.ts';

/**
 * `derived`: recomputed from what the node signed. `timed`: also needs the recorded time. `attested`: the auditor's word; so is what
 * it says to have received when no receipt for the openings covers it, as it could have written those bytes itself.
 */
export type Basis = 'derived' | 'timed' | 'attested';
export type TranscriptCheck = { readonly basis: Basis; readonly failure: string | null };

/** What the transcript itself says about the fields of its record. */
type Derived = {
  readonly basis: Basis;
  /** Null where the transcript allows more than one: `allowed` says which. */
  readonly reason: Reason | null;
  readonly commitment: Hex;
  readonly openingHash: Hex;
};

type Judged = { readonly fault: string } | Derived;

/** Reasons of a FAIL that a missing answer allows: the network's, or that of an answer of no bytes. */
function unansweredFault(row: AuditRow, empty: Reason): Fault {
  const allowed = isNetworkReason(row.reason) || row.reason === empty;
  return allowed ? null : `${drawName(row)} reason: ${row.reason}, but the transcript holds no answer that shows it`;
}

/** The first request's bytes, all of them, and the validator's signature. */
function challengeFault(replay: Replay, row: AuditRow, audit: AuditCase, bytes: Uint8Array): Fault {
  const name = drawName(row);
  const sent = decodeChallengeMessage(bytes);
  const expected = audit.challenge;
  const params = replay.job(audit.gpuClass).bytes;
  const fault = fieldFault([
    [`${name} challenge chainId`, audit.domain.chainId, sent.domain.chainId],
    [`${name} challenge registry`, audit.domain.registry, sent.domain.registry],
    [`${name} challenge epoch`, expected.epoch, sent.challenge.epoch],
    [`${name} challenge slot`, expected.slot, sent.challenge.slot],
    [`${name} challenge draw`, expected.draw, sent.challenge.draw],
    [`${name} challenge validator`, expected.validator, sent.challenge.validator],
    [`${name} challenge nodeId`, expected.nodeId, sent.challenge.nodeId],
    [`${name} challenge kind`, expected.kind, sent.challenge.kind],
    [`${name} challenge paramsHash`, expected.paramsHash, sent.challenge.paramsHash],
    [`${name} challenge nonce`, expected.nonce, sent.challenge.nonce],
    [`${name} challenge deadline`, expected.deadline, sent.challenge.deadline],
  ]);
  if (fault !== null) return fault;
  const again = encodeChallengeMessage({ domain: audit.domain, challenge: expected, params, signature: sent.signature });
  if (!equal(again, bytes)) return `${name} challenge: its bytes are not those of the challenge that was due`;
  return fieldFault([
    [`${name} signer of the challenge`, replay.facts.signer, recoverSigner(audit.challengeHash, sent.signature)],
  ]);
}

type Drawn = ReturnType<typeof drawFor>;

/** The second request's bytes: the positions that seed and commitment draw, and the validator's signature over them. */
function drawFault(
  replay: Replay,
  row: AuditRow,
  audit: AuditCase,
  committed: Committed,
  drawn: Drawn,
  bytes: Uint8Array,
): Fault {
  const name = drawName(row);
  if (bytes.length === 0) return `${name}: the node had committed, but the transcript holds no opening request`;
  const { challengeHash } = audit;
  const { commitment } = committed;
  const sent = decodeDrawMessage(bytes);
  const different = drawn.positions.findIndex(
    (p, i) => sent.positions[i]?.round !== p.round || sent.positions[i].leaf !== p.leaf,
  );
  if (different !== -1) return `${name} position ${String(different)}: not the one that seed and commitment draw`;
  const again = encodeDrawMessage({ challengeHash, commitment, signature: sent.signature, positions: drawn.positions });
  if (!equal(again, bytes)) return `${name} opening request: its bytes are not those of the request that was due`;
  const digest = drawDigest(audit.domain, { challengeHash, commitment, drawHash: drawn.hash });
  return fieldFault([[`${name} signer of the opening request`, replay.facts.signer, recoverSigner(digest, sent.signature)]]);
}

function tooLong(row: AuditRow, what: string, bytes: Uint8Array, limit: number): Fault {
  if (bytes.length <= limit) return null;
  return `${drawName(row)} ${what}: ${String(bytes.length)} bytes, at most ${String(limit)} can be received`;
}

/** After a commitment that holds: from here only PASS or FAIL is possible. */
function judgeSecond(replay: Replay, row: AuditRow, audit: AuditCase, committed: Committed, transcript: Transcript): Judged {
  const { commitment } = committed;
  const drawn = drawFor(audit, replay.facts.report.seed, commitment);
  const wrong =
    drawFault(replay, row, audit, committed, drawn, transcript.draw) ??
    tooLong(row, 'opening response', transcript.opening, openingMessageLimit(audit.params));
  if (wrong !== null) return { fault: wrong };
  if (transcript.opening.length === 0) {
    const fault = unansweredFault(row, 'bad_opening');
    return fault === null ? { basis: 'attested', reason: null, commitment, openingHash: ZERO32 } : { fault };
  }
  const judged = judgeOpening(audit, committed, drawn, transcript.opening, fullCheck(audit.params));
  const { openingHash } = judged;
  if (judged.reason !== 'none') return { basis: 'derived', reason: judged.reason, commitment, openingHash };
  return { basis: 'timed', reason: judgeRate(audit, row.elapsedMs).reason, commitment, openingHash };
}

function judgeTranscript(replay: Replay, row: AuditRow, audit: AuditCase, transcript: Transcript): Judged {
  const name = drawName(row);
  const wrong =
    challengeFault(replay, row, audit, transcript.challenge) ??
    tooLong(row, 'commitment response', transcript.commitment, commitmentMessageLimit(audit.params));
  if (wrong !== null) return { fault: wrong };
  const first = transcript.commitment.length === 0 ? null : judgeCommitment(audit, transcript.commitment);
  if (first !== null && typeof first !== 'string') return judgeSecond(replay, row, audit, first, transcript);
  if (transcript.draw.length + transcript.opening.length > 0) {
    return { fault: `${name}: the transcript goes on after a first answer that ended the audit` };
  }
  if (first !== null) return { basis: 'derived', reason: first, commitment: ZERO32, openingHash: ZERO32 };
  const fault = row.outcome === 'void' ? null : unansweredFault(row, 'no_commitment');
  return fault === null ? { basis: 'attested', reason: null, commitment: ZERO32, openingHash: ZERO32 } : { fault };
}

/** Judges one record by its transcript. The record itself must have passed its own check. */
export function checkTranscript(replay: Replay, row: AuditRow, bytes: Uint8Array): TranscriptCheck {
  const name = drawName(row);
  let basis: Basis = 'derived';
  const failure = guarded(() => {
    const wrong = fieldFault([[`${name} transcriptHash`, row.transcriptHash, toHex(sha256(bytes))]]);
    if (wrong !== null) return wrong;
    const due = replay.dueAt(row);
    const audit = due === undefined ? null : auditCaseOf(replay, row, due);
    if (audit === null) return `${name}: not due, or its freshness round is not in the archive`;
    const judged = judgeTranscript(replay, row, audit, decodeTranscript(bytes));
    if ('fault' in judged) return judged.fault;
    basis = judged.openingHash === ZERO32 ? 'attested' : judged.basis;
    return fieldFault([
      [`${name} reason, derived from its transcript`, judged.reason ?? row.reason, row.reason],
      [`${name} commitment, derived from its transcript`, judged.commitment, row.commitment],
      [`${name} openingHash, derived from its transcript`, judged.openingHash, row.openingHash],
    ]);
  });
  return { basis, failure: failure === null || failure.startsWith(name) ? failure : `${name}: ${failure}` };
}
