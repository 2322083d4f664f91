// Each record against itself and its draw: the outcome fits the reason, fields that a verdict cannot have are zero, the challenge
// was sent inside its window, and its hash (with nonce and deadline) comes out of seed, beacon and node once more.
import { randomnessOf } from '../beacon.ts';
import { ZERO32 } from '../bytes.ts';
import { KIND_PRESENCE } from '../challenge.ts';
import { dueCase, type DueDraw } from '../due.ts';
import { judgeRate, type AuditCase } from '../judge.ts';
import type { AuditRow } from '../record.ts';
import { freshnessEnd } from '../schedule.ts';
import { commitDeadlineMs } from '../task.ts';
import { verdictOf, type Reason } from '../verdict.ts';
import { drawName, eachStep, fieldFault, guarded, type Fault, type Step } from './check.ts';
import type { Replay } from './replay.ts';

type Presence = 'zero' | 'set' | 'any';
type Shape = { readonly sent: Presence; readonly commitment: Presence; readonly opening: Presence };

const UNSENT: Shape = { sent: 'zero', commitment: 'zero', opening: 'zero' };
const UNANSWERED: Shape = { sent: 'any', commitment: 'zero', opening: 'zero' };
const NETWORK: Shape = { sent: 'set', commitment: 'any', opening: 'zero' };
const FIRST_ANSWER: Shape = { sent: 'set', commitment: 'zero', opening: 'zero' };
const SECOND_ANSWER: Shape = { sent: 'set', commitment: 'set', opening: 'any' };
const UNOPENED: Shape = { sent: 'set', commitment: 'set', opening: 'zero' };
const WHOLE: Shape = { sent: 'set', commitment: 'set', opening: 'set' };

/** Which fields a record has, by its reason (docs/protocol.md, section 11); null for a reason that this version does not give. */
const SHAPES: Readonly<Record<Reason, Shape | null>> = {
  none: WHOLE,
  unreachable: NETWORK,
  timeout: NETWORK,
  tls: NETWORK,
  refused: NETWORK,
  redirect: NETWORK,
  oversize: NETWORK,
  no_commitment: FIRST_ANSWER,
  identity_mismatch: FIRST_ANSWER,
  stale: FIRST_ANSWER,
  bad_receipt: NETWORK,
  bad_opening: SECOND_ANSWER,
  equivocation: UNOPENED,
  wrong_result: WHOLE,
  below_claim: WHOLE,
  auditor_fault: UNANSWERED,
  maintenance: null, // nothing announces it yet: it would excuse any draw
  busy: FIRST_ANSWER,
  beacon_outage: UNSENT,
  interrupted: UNANSWERED,
};

/** Presence is one request: an accepted commitment is a PASS, and nothing can go wrong after it. */
function presenceShape(reason: Reason): Shape | null {
  const shape = SHAPES[reason];
  if (reason === 'none') return UNOPENED;
  if (shape === NETWORK) return FIRST_ANSWER;
  return shape === null || shape.commitment === 'set' || reason === 'busy' ? null : shape;
}

function presenceFault(name: string, reason: Reason, wanted: Presence, isSet: boolean): Fault {
  if (wanted === 'any' || (wanted === 'set') === isSet) return null;
  return `${name}: ${wanted === 'set' ? 'expected one' : 'expected zero'} with reason ${reason}, found ${isSet ? 'one' : 'zero'}`;
}

function shapeFault(row: AuditRow): Fault {
  const name = drawName(row);
  const { reason } = row;
  const shape = row.kind === KIND_PRESENCE ? presenceShape(reason) : SHAPES[reason];
  if (shape === null) return `${name} reason: ${reason} is none that a record of kind ${String(row.kind)} can have`;
  const sent = row.challengeHash !== ZERO32;
  return (
    fieldFault([[`${name} outcome with reason ${reason}`, verdictOf(reason).outcome, row.outcome]]) ??
    presenceFault(`${name} challengeHash`, reason, shape.sent, sent) ??
    presenceFault(`${name} startedAt`, reason, sent ? 'set' : 'zero', row.startedAt !== 0) ??
    presenceFault(`${name} transcriptHash`, reason, sent ? 'set' : 'zero', row.transcriptHash !== ZERO32) ??
    presenceFault(`${name} commitment`, reason, shape.commitment, row.commitment !== ZERO32) ??
    presenceFault(`${name} openingHash`, reason, shape.opening, row.openingHash !== ZERO32)
  );
}

/** Only an accepted commitment is timed, and one that came after the deadline is a timeout. */
function elapsedFault(replay: Replay, row: AuditRow, due: DueDraw): Fault {
  const name = `${drawName(row)} elapsedMs`;
  const limit = commitDeadlineMs(replay.task(due));
  if (row.commitment === ZERO32) return fieldFault([[name, 0, row.elapsedMs]]);
  if (row.elapsedMs > limit) return `${name}: ${String(row.elapsedMs)} exceeds the deadline of ${String(limit)} ms`;
  return row.elapsedMs === 0 ? `${name}: expected at least 1, found 0` : null;
}

function windowFault(replay: Replay, row: AuditRow, due: DueDraw): Fault {
  const { scheduledMs, freshnessRound } = due.draw;
  const end = freshnessEnd(replay.policy, freshnessRound);
  const name = `${drawName(row)} startedAt`;
  if (row.startedAt < scheduledMs) return `${name}: ${String(row.startedAt)} is before the scheduled ${String(scheduledMs)}`;
  return row.startedAt < end
    ? null
    : `${name}: ${String(row.startedAt)} is too late, the window of its round ends at ${String(end)}`;
}

/** The case that the judge decides, rebuilt from public data. @throws ProtocolError for a kind or parameters not known here */
export function auditCaseOf(replay: Replay, row: AuditRow, due: DueDraw): AuditCase | null {
  const { facts } = replay;
  const signature = replay.rounds.get(due.draw.freshnessRound);
  if (signature === undefined) return null; // the check of the rounds names it
  return dueCase({
    ...{ domain: facts.domain, validator: facts.validator, plan: { epoch: facts.epoch, seed: facts.report.seed } },
    ...{ due, task: replay.task(due), randomness: randomnessOf(signature), startedAt: row.startedAt },
  });
}

function measureFault(row: AuditRow, due: DueDraw, audit: AuditCase): Fault {
  const name = drawName(row);
  if (row.reason !== 'none' && row.reason !== 'below_claim') return fieldFault([[`${name} measure`, 0, row.measure]]);
  const rate = judgeRate(audit, row.elapsedMs);
  return fieldFault([
    [`${name} measure after ${String(row.elapsedMs)} ms`, rate.measure, row.measure],
    [`${name} reason, by the floor of class ${due.gpuClass.name}`, rate.reason, row.reason],
  ]);
}

/** Everything that can be said about a record without its transcript. */
export function recordFault(replay: Replay, row: AuditRow): Fault {
  return guarded(() => {
    const due = replay.dueAt(row);
    if (due === undefined) return `${drawName(row)}: not due`;
    const fault = shapeFault(row) ?? elapsedFault(replay, row, due);
    if (fault !== null || row.challengeHash === ZERO32) {
      return fault ?? fieldFault([[`${drawName(row)} measure`, 0, row.measure]]);
    }
    const late = windowFault(replay, row, due);
    if (late !== null) return late;
    const audit = auditCaseOf(replay, row, due);
    if (audit === null) return `${drawName(row)}: the archive has no signature of round ${String(row.freshnessRound)}`;
    return (
      fieldFault([[`${drawName(row)} challengeHash`, audit.challengeHash, row.challengeHash]]) ?? measureFault(row, due, audit)
    );
  });
}

export function recordsStep(replay: Replay): Step {
  return eachStep(
    'records',
    () => replay.rows,
    (row) => recordFault(replay, row),
  );
}
