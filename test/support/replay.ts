// Runs a replay over a fixture and says where it first fails.
import { openReplay } from '../../protocol/replay/replay.ts';
import { withTranscript } from '../../protocol/replay/sample.ts';
import { archiveSteps, originSteps, runSteps, sealSteps } from '../../protocol/replay/steps.ts';
import { checkTranscript } from '../../protocol/replay/transcripts.ts';
import { toHex } from '../../protocol/bytes.ts';
import { sha256 } from '../../protocol/hash.ts';
import type { AuditRow } from '../../protocol/record.ts';
import { decodeTranscript, encodeTranscript, type Transcript } from '../../protocol/transcript.ts';
import type { Reason } from '../../protocol/verdict.ts';
import type { Stage } from './behaviour-names.ts';
import { sealEpoch, stageOf, worldDue, type EpochFixture, type Tweak } from './epoch.ts';

/** The one check that costs a fifth of a second: left out where a test is about something else. */
const BLS = 'freshness rounds signed';

/** `check: sentence` of the first failure; null when all is well. Transcripts are looked at after everything else. */
export function firstFailure(fixture: EpochFixture, without: readonly string[] = [BLS]): string | null {
  const replay = openReplay(fixture);
  const steps = [...originSteps(fixture), ...archiveSteps(replay), ...sealSteps(replay)].filter(
    ({ name }) => !without.includes(name),
  );
  for (const { name, failure } of runSteps(steps)) {
    if (failure !== null) return `${name}: ${failure}`;
  }
  for (const row of withTranscript(fixture.rows)) {
    const failure = transcriptFailure(fixture, row);
    if (failure !== null) return `transcripts: ${failure}`;
  }
  return null;
}

export function transcriptFailure(fixture: EpochFixture, row: AuditRow): string | null {
  const bytes = fixture.transcripts.get(row.transcriptHash) ?? new Uint8Array();
  return checkTranscript(openReplay(fixture), row, bytes).failure;
}

/** The first row with that reason (and kind); in the usual cast some reasons, like `no_commitment`, appear in several ways. */
export function rowWith(fixture: EpochFixture, reason: Reason, kind?: number): AuditRow {
  const row = fixture.rows.find((one) => one.reason === reason && (kind === undefined || one.kind === kind));
  if (row === undefined) throw new Error(`the fixture has no record with reason ${reason}`);
  return row;
}

/** The sections of a row's transcript. */
export function sectionsOf(fixture: EpochFixture, row: AuditRow): Transcript {
  return decodeTranscript(fixture.transcripts.get(row.transcriptHash) ?? new Uint8Array());
}

/** What is needed to play a row's draw again. */
export function stageOfRow(fixture: EpochFixture, { slot, draw, startedAt }: AuditRow): Stage {
  const due = worldDue(fixture.world).find((item) => item.draw.slot === slot && item.draw.draw === draw);
  if (due === undefined) throw new Error('not due');
  return stageOf(fixture.world, due, startedAt);
}

/** The epoch sealed again with some records taken out and others put in. */
export function withRows(fixture: EpochFixture, rows: readonly AuditRow[]): EpochFixture {
  const sorted = rows.toSorted((a, b) => a.slot - b.slot || a.draw - b.draw);
  return sealEpoch(fixture.world, sorted, fixture.transcripts);
}

/** The epoch sealed again with one record changed. */
export function withRow(fixture: EpochFixture, row: AuditRow, change: Partial<AuditRow>): EpochFixture {
  const rows = fixture.rows.map((candidate) => (candidate === row ? { ...candidate, ...change } : candidate));
  return sealEpoch(fixture.world, rows, fixture.transcripts);
}

/** The epoch sealed again by somebody who changes manifest or report. */
export function resealed(fixture: EpochFixture, tweak: Tweak): EpochFixture {
  return sealEpoch(fixture.world, fixture.rows, fixture.transcripts, tweak);
}

/** What a replay says of a record whose transcript is other bytes, and whose hash was made to fit them. */
export function failureWithBytes(fixture: EpochFixture, row: AuditRow, bytes: Uint8Array): string | null {
  return checkTranscript(openReplay(fixture), { ...row, transcriptHash: toHex(sha256(bytes)) }, bytes).failure;
}

/** Changes a transcript section by section; returns what a replay says of that record. */
export function retold(
  fixture: EpochFixture,
  row: AuditRow,
  change: (transcript: Transcript) => Partial<Transcript>,
): string | null {
  const before = sectionsOf(fixture, row);
  return failureWithBytes(fixture, row, encodeTranscript({ ...before, ...change(before) }));
}
