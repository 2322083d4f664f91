// What the node answered, judged again: a transcript is read from its first section to the one that ended the audit, and nothing
// may stand after that. The judge is the auditor's own; openings are checked from public data alone, because whoever knows the
// auditor's secrets could forge values that satisfy them.
import { ZERO32, type Hex } from '../bytes.ts';
import { judgeBusy } from '../busy.ts';
import { KIND_GEMM, KIND_PRESENCE, KIND_VRAM } from '../challenge.ts';
import { drawFor, judgeCommitment, judgeOpening, judgeRate, judgeReady, type AuditCase } from '../judge.ts';
import { isBusy } from '../messages.ts';
import type { AuditRow } from '../record.ts';
import { commitmentBytesMax, firstBytesMax, openingBytesMax } from '../task.ts';
import type { Transcript } from '../transcript.ts';
import { isNetworkReason, type Reason } from '../verdict.ts';
import { drawName, type Fault } from './check.ts';
import type { Replay } from './replay.ts';
import { challengeFault, drawFault, startFault } from './requests.ts';

/**
 * `derived`: recomputed from what the node signed. `timed`: also needs the recorded time. `attested`: the auditor's word; so is what
 * it says to have received when no receipt covers the answer that decided, as it could have written those bytes itself.
 */
export type Basis = 'derived' | 'timed' | 'attested';

/** What the transcript itself says about the fields of its record. */
export type Derived = {
  readonly basis: Basis;
  /** Null where the transcript allows more than one, and the record's is among them. */
  readonly reason: Reason | null;
  readonly commitment: Hex;
  readonly openingHash: Hex;
};

export type Judged = { readonly fault: string } | Derived;

/** One record with the messages of its audit. */
export type Hearing = {
  readonly replay: Replay;
  readonly row: AuditRow;
  readonly audit: AuditCase;
  readonly transcript: Transcript;
};

type Section = keyof Transcript;
const ORDER: readonly Section[] = ['challenge', 'ready', 'start', 'commitment', 'draw', 'opening'];
const ANSWER_NAME = { ready: 'ready response', commitment: 'commitment response', opening: 'opening response' } as const;

function sentOf({ replay, row, audit, transcript }: Hearing, section: Section) {
  return { name: drawName(row), audit, signer: replay.facts.signer, bytes: transcript[section] };
}

function tooLong({ row, transcript }: Hearing, section: keyof typeof ANSWER_NAME, limit: number): Fault {
  const { length } = transcript[section];
  if (length <= limit) return null;
  return `${drawName(row)} ${ANSWER_NAME[section]}: ${String(length)} bytes, at most ${String(limit)} can be received`;
}

/** The audit ended with `last`: the first section that stands after it is a fault. */
function goesOn({ row, transcript }: Hearing, last: Section): Fault {
  const after = ORDER.slice(ORDER.indexOf(last) + 1).find((section) => transcript[section].length > 0);
  return after === undefined ? null : `${drawName(row)}: the transcript goes on (${after}) after what ended the audit (${last})`;
}

/** The end of an audit before a commitment was accepted. */
function ended(hearing: Hearing, last: Section, basis: Basis, reason: Reason | null): Judged {
  const fault = goesOn(hearing, last);
  return fault === null ? { basis, reason, commitment: ZERO32, openingHash: ZERO32 } : { fault };
}

/** Reasons of a FAIL that a missing answer allows: the network's, or that of an answer of no bytes. */
function unansweredFault({ row }: Hearing, empty: Reason): Fault {
  const allowed = isNetworkReason(row.reason) || row.reason === empty;
  return allowed ? null : `${drawName(row)} reason: ${row.reason}, but the transcript holds no answer that shows it`;
}

/** No commitment came: a FAIL of the network's, or a VOID. */
function unanswered(hearing: Hearing, last: Section): Judged {
  const { row } = hearing;
  const excused = row.outcome === 'void' && row.reason !== 'busy';
  const fault = excused ? null : unansweredFault(hearing, 'no_commitment');
  return fault === null ? ended(hearing, last, 'attested', null) : { fault };
}

/** Busy stands on two signatures, the node's and the rival validator's; a busy that does not hold on the auditor's word. */
function judgeBusyAnswer(hearing: Hearing, section: 'ready' | 'commitment'): Judged {
  const { replay, audit, transcript } = hearing;
  const reason = judgeBusy(audit, transcript[section], (validator) => replay.facts.signers.get(validator));
  return ended(hearing, section, reason === 'busy' ? 'derived' : 'attested', reason);
}

/** Request and answer of the openings, after a commitment that holds: from here only PASS or FAIL is possible. */
function judgeOpenings(hearing: Hearing, committed: { commitment: Hex; roots: readonly Uint8Array[] }): Judged {
  const { replay, row, audit, transcript } = hearing;
  const { commitment } = committed;
  const drawn = drawFor(audit, replay.facts.report.seed, commitment);
  const wrong = drawFault(sentOf(hearing, 'draw'), committed, drawn) ?? tooLong(hearing, 'opening', openingBytesMax(audit.task));
  if (wrong !== null) return { fault: wrong };
  if (transcript.opening.length === 0) {
    const fault = unansweredFault(hearing, 'bad_opening');
    return fault === null ? { basis: 'attested', reason: null, commitment, openingHash: ZERO32 } : { fault };
  }
  const judged = judgeOpening(audit, committed, drawn, transcript.opening, replay.openings(audit.task));
  const { openingHash } = judged;
  const basis = openingHash === ZERO32 ? 'attested' : 'derived';
  if (judged.reason !== 'none') return { basis, reason: judged.reason, commitment, openingHash };
  return { basis: 'timed', reason: judgeRate(audit, row.elapsedMs).reason, commitment, openingHash };
}

/** The timed answer, and all that follows. */
function judgeTimed(hearing: Hearing, limit: number): Judged {
  const { audit, transcript } = hearing;
  const long = tooLong(hearing, 'commitment', limit);
  if (long !== null) return { fault: long };
  if (transcript.commitment.length === 0) return unanswered(hearing, 'commitment');
  if (audit.task.kind === KIND_GEMM && isBusy(transcript.commitment)) return judgeBusyAnswer(hearing, 'commitment');
  const first = judgeCommitment(audit, transcript.commitment);
  if (typeof first === 'string') return ended(hearing, 'commitment', 'attested', first);
  if (audit.task.kind !== KIND_PRESENCE) return judgeOpenings(hearing, first);
  const fault = goesOn(hearing, 'commitment');
  return fault === null ? { basis: 'derived', reason: 'none', commitment: first.commitment, openingHash: ZERO32 } : { fault };
}

/** Kind 2: *ready*, the start, and all that follows. An auditor that was cut off in between has a VOID of its own fault. */
function judgeFill(hearing: Hearing): Judged {
  const { row, audit, transcript } = hearing;
  const long = tooLong(hearing, 'ready', firstBytesMax(audit.task));
  if (long !== null) return { fault: long };
  if (transcript.ready.length === 0) return unanswered(hearing, 'ready');
  if (isBusy(transcript.ready)) return judgeBusyAnswer(hearing, 'ready');
  const reason = judgeReady(audit, transcript.ready);
  if (reason !== 'none') return ended(hearing, 'ready', 'attested', reason);
  if (transcript.start.length === 0 && row.outcome === 'void') return unanswered(hearing, 'start');
  const fault = startFault(sentOf(hearing, 'start'));
  return fault === null ? judgeTimed(hearing, commitmentBytesMax(audit.task)) : { fault };
}

/** From the messages of an audit to the verdict that they give. @throws ProtocolError for requests that are no messages */
export function judgeTranscript(hearing: Hearing): Judged {
  const { row, audit, transcript } = hearing;
  const wrong = challengeFault(sentOf(hearing, 'challenge'));
  if (wrong !== null) return { fault: wrong };
  if (audit.task.kind === KIND_VRAM) return judgeFill(hearing);
  const strange = (['ready', 'start'] as const).find((section) => transcript[section].length > 0);
  if (strange !== undefined) return { fault: `${drawName(row)} ${strange}: kind ${String(audit.task.kind)} has no such message` };
  return judgeTimed(hearing, firstBytesMax(audit.task));
}
