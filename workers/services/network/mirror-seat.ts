// One seat's epoch: its report on chain, its archive from whoever has it, everything checked. What comes of it is a state with the name
// of the check and one line, whatever the peer did.
import type { Hex } from '../../../protocol/bytes.ts';
import { tallyRows } from '../../../protocol/consensus/tally.ts';
import type { NodeTally } from '../../../protocol/consensus/types.ts';
import type { Policy } from '../../../protocol/policy.ts';
import type { EpochNode } from '../../../protocol/schedule.ts';
import { MIRROR_ARCHIVE_MS_MAX } from '../../limits.ts';
import type { ReportLine } from '../profiles/report-lines.ts';
import type { Fetching } from './mirror-fetch.ts';
import { judgeObjections } from './objections.ts';
import type { Mirror, NetworkContext, NetworkEpoch, PeerSeat, PostedReport } from './ports.ts';
import { checkRecords, keepArchive, openArchive, type Opened } from './replay-archive.ts';
import { watchReport } from './replay-evidence.ts';
import { Unsound, type Subject } from './replay-facts.ts';
import { linesOf } from './replay-lines.ts';
import { CHECK, checkSample, seekEquivocation, seekUndrawn } from './replay-transcripts.ts';

export type SeatEpoch = {
  readonly known: NetworkEpoch;
  readonly policy: Policy;
  readonly nodes: () => Promise<readonly EpochNode[]>;
  readonly seat: PeerSeat;
  /** What became of the tries before. */
  readonly before: Mirror | undefined;
  /** What cannot be had now will not be waited for: no later root can count it. */
  readonly isLast: boolean;
};

export function fetchingOf(context: NetworkContext, known: NetworkEpoch, owner: PeerSeat): Fetching {
  const until = context.ports.clock.nowMs() + MIRROR_ARCHIVE_MS_MAX;
  return { context, seats: known.seats, owner, epoch: known.epoch, until };
}

type Found = { readonly tallies: readonly NodeTally[]; readonly lines: readonly ReportLine[]; readonly source: Hex | null };

async function checkDraws(fetching: Fetching, { replay }: Opened): Promise<void> {
  try {
    await checkRecords(fetching.context, replay);
  } catch (error) {
    if (error instanceof Unsound && error.check === 'due draws') await seekUndrawn(fetching, replay);
    throw error;
  }
}

/** @throws Unsound */
async function inspect(context: NetworkContext, subject: Subject): Promise<Found> {
  const { known, seat } = subject;
  const fetching = fetchingOf(context, known, seat);
  const opened = await openArchive(fetching, subject);
  const { replay, source } = opened;
  await checkDraws(fetching, opened);
  await keepArchive(context, replay);
  if (seat.operator === context.ports.member?.operator) await seekEquivocation(fetching, replay);
  await checkSample(fetching, replay);
  const objection = await judgeObjections(fetching, replay);
  if (objection !== null) throw new Unsound(CHECK, objection);
  return { tallies: tallyRows(replay.rows), lines: linesOf(replay), source };
}

function blank({ known, seat, before }: SeatEpoch, nowMs: number): Omit<Mirror, 'state'> {
  return {
    ...{ epoch: known.epoch, validator: seat.operator, reportHash: null, archiveHash: null, due: 0, done: 0 },
    ...{ check: null, detail: null, source: null, attempts: (before?.attempts ?? 0) + 1, updatedAtMs: nowMs },
  };
}

/** The one line in which a check's words are kept. */
const LINE_CHARS_MAX = 400;
const oneLine = (text: string): string => text.replace(/\p{Cc}/gu, ' ').slice(0, LINE_CHARS_MAX);

function unsound(error: Unsound, isLast: boolean): Pick<Mirror, 'state' | 'check' | 'detail'> {
  return { state: error.final || isLast ? 'failed' : 'waiting', check: error.check, detail: oneLine(error.message) };
}

const reportFields = ({ reportHash, report, due, done }: PostedReport) => ({
  ...{ reportHash, archiveHash: report.archiveHash, due, done },
});

/**
 * Tries once and keeps what came of it.
 * @throws ChainError while the chain is not to be had; anything unexpected, after it was noted for this seat
 */
export async function mirrorSeat(context: NetworkContext, item: SeatEpoch): Promise<void> {
  const { known, policy, seat, isLast } = item;
  const { chain, store, clock } = context.ports;
  const posted = await chain.report(seat.operator, known.epoch);
  const line = (): Omit<Mirror, 'state'> => blank(item, clock.nowMs());
  if (posted === null) {
    const detail = 'no report of this validator was on chain by the deadline';
    await store.setMirror({ ...line(), state: 'absent', check: 'report on chain', detail }, null);
    return;
  }
  const subject = { known, policy, nodes: await item.nodes(), seat, posted };
  // A tick that comes while this one works leaves the seat alone (mirror.ts).
  await store.setMirror({ ...line(), ...reportFields(posted), state: 'waiting' }, null);
  try {
    await watchReport(context, subject);
    const { tallies, lines, source } = await inspect(context, subject);
    await store.setMirror({ ...line(), ...reportFields(posted), state: 'verified', source }, tallies, lines);
  } catch (error) {
    const found = error instanceof Unsound ? error : new Unsound('replay', 'it broke off unexpectedly', false);
    await store.setMirror({ ...line(), ...reportFields(posted), ...unsound(found, isLast) }, null);
    if (found !== error) throw error;
  }
}

/** Why the archive does not stand; null if it does so far, or is not to be had at the moment. */
async function reopened(fetching: Fetching, subject: Subject): Promise<string | null> {
  try {
    const { replay } = await openArchive(fetching, subject);
    return await judgeObjections(fetching, replay);
  } catch (error) {
    if (error instanceof Unsound) return null;
    throw error;
  }
}

/** Replays what has been objected to since an archive was verified. @throws ChainError */
export async function reviewSeat(context: NetworkContext, item: SeatEpoch, verified: Mirror): Promise<void> {
  const { known, policy, seat } = item;
  const { chain, store, clock } = context.ports;
  const posted = await chain.report(seat.operator, known.epoch);
  if (posted?.reportHash !== verified.reportHash) return;
  const fetching = fetchingOf(context, known, seat);
  const objection = await reopened(fetching, { known, policy, nodes: await item.nodes(), seat, posted });
  if (objection === null) return;
  const failed = { state: 'failed', check: CHECK, detail: oneLine(objection), updatedAtMs: clock.nowMs() } as const;
  await store.setMirror({ ...verified, ...failed }, null);
}
