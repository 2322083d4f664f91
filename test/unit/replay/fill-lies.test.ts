// One lie at a time inside a transcript of kind 2: its challenge, ready, start, commitment and openings, and what stands after the end.
import { describe, expect, it } from 'vitest';
import { ZERO32, concat, type Hex } from '../../../protocol/bytes.ts';
import { KIND_VRAM } from '../../../protocol/challenge.ts';
import { encodeReadyMessage } from '../../../protocol/messages.ts';
import type { AuditRow } from '../../../protocol/record.ts';
import { encodeTranscript } from '../../../protocol/transcript.ts';
import type { Reason } from '../../../protocol/verdict.ts';
import { flipped, playAudit } from '../../support/behaviours.ts';
import { buildEpoch, mixedWorld } from '../../support/epoch.ts';
import { failureWithBytes, firstFailure, retold, rowWith, sectionsOf, stageOfRow, withRow } from '../../support/replay.ts';
import { startBytes } from '../../support/requests.ts';
import { COMMITMENT_LIES } from './commitment-lies.ts';

const epoch = buildEpoch(mixedWorld());
const NOTHING = new Uint8Array(0);
const OTHER: Hex = `0x${'99'.repeat(32)}`;
const vram = (reason: Reason): AuditRow => rowWith(epoch, reason, KIND_VRAM);
const honest = vram('none');
const stage = stageOfRow(epoch, honest);
const nameOf = ({ slot, draw }: AuditRow): string => `slot ${String(slot)} draw ${String(draw)}`;
const name = nameOf(honest);
const ended = { start: NOTHING, commitment: NOTHING, draw: NOTHING, opening: NOTHING };
/** The row whose audit came to the part that matters. */
function rowThat(is: (row: AuditRow) => boolean): AuditRow {
  const row = epoch.rows.find((one) => one.kind === KIND_VRAM && one.transcriptHash !== ZERO32 && is(one));
  if (row === undefined) throw new Error('the fixture has no such record');
  return row;
}
const isReady = (row: AuditRow): boolean => sectionsOf(epoch, row).start.length > 0;
const stalled = rowThat((row) => row.reason === 'timeout' && isReady(row) && row.commitment === ZERO32);

describe('any byte of a passed transcript', () => {
  it('matters', () => {
    const bytes = epoch.transcripts.get(honest.transcriptHash) ?? NOTHING;
    const places = Array.from({ length: Math.ceil(bytes.length / 23) }, (_, i) => 23 * i);
    expect(places.length).toBeGreaterThan(50);
    expect(places.filter((at) => failureWithBytes(epoch, honest, flipped(bytes, at)) === null)).toEqual([]);
  });
});

describe('the challenge', () => {
  it.each([
    ['kind', 98],
    ['nonce', 130],
    ['deadline', 138],
    ['paramsHash', -1],
  ])('with a wrong %s', (field, at) => {
    expect(retold(epoch, honest, ({ challenge }) => ({ challenge: flipped(challenge, at) }))).toMatch(
      new RegExp(`^${name} challenge ${field}: expected .*, found`),
    );
  });
});

describe('ready', () => {
  it.each([
    ['hash', 5, 'stale'],
    ['form', 0, 'no_commitment'],
    ['version', 1, 'no_commitment'],
  ])('with a wrong %s', (_, at, reason) => {
    const changed = retold(epoch, honest, ({ ready }) => ({ ...ended, ready: flipped(ready, at) }));
    expect(changed).toBe(`${name} reason, derived from its transcript: expected ${reason}, found none`);
  });

  it('with a byte too many is none', () => {
    const changed = retold(epoch, honest, ({ ready }) => ({ ...ended, ready: concat(ready, Uint8Array.of(0)) }));
    expect(changed).toBe(`${name} reason, derived from its transcript: expected no_commitment, found none`);
  });

  it('ends the audit when it is wrong', () => {
    const changed = retold(epoch, honest, ({ ready }) => ({ ready: flipped(ready, 5) }));
    expect(changed).toBe(`${name}: the transcript goes on (start) after what ended the audit (ready)`);
  });

  it('must be there for a start', () => {
    expect(retold(epoch, honest, () => ({ ready: NOTHING }))).toMatch(/reason: none, but the transcript holds no answer/);
    expect(retold(epoch, stalled, () => ({ ready: NOTHING }))).toMatch(/goes on \(start\) after what ended the audit \(ready\)/);
  });

  it('may not be larger than can be received', () => {
    const changed = retold(epoch, honest, ({ ready }) => ({ ready: concat(ready, new Uint8Array(1200)) }));
    expect(changed).toMatch(/ready response: 1234 bytes, at most 1154 can be received/);
  });

  it('that is right is followed by the start, whatever came of it', () => {
    expect(retold(epoch, stalled, () => ({ start: NOTHING }))).toMatch(/the node was ready, but the transcript holds no start/);
    expect(retold(epoch, honest, () => ended)).toMatch(/the node was ready, but the transcript holds no start/);
  });

  it('without a start is a VOID of the auditor’s own, and goes no further', () => {
    const cut = rowThat((row) => row.reason === 'auditor_fault' && sectionsOf(epoch, row).ready.length > 0);
    expect(retold(epoch, cut, () => ({}))).toBeNull();
    const { commitment } = sectionsOf(epoch, honest);
    expect(retold(epoch, cut, () => ({ commitment }))).toMatch(/goes on \(commitment\) after what ended the audit \(start\)/);
  });
});

describe('the start', () => {
  it('of another seed', () => {
    expect(retold(epoch, honest, () => ({ start: startBytes(stage, OTHER) }))).toMatch(
      new RegExp(`^${name} start, of seed and challenge: expected 0x[0-9a-f]{64}, found ${OTHER}`),
    );
  });

  it('of another draw', () => {
    const another = rowThat((row) => row !== honest && isReady(row));
    expect(retold(epoch, honest, () => ({ start: sectionsOf(epoch, another).start }))).toMatch(/start, of seed and challenge/);
  });

  it.each([
    ['for another challenge', 10, /start: its bytes are not those of the start that was due/],
    ['with a broken signature', 70, /signer of the start: expected 0x/],
    ['of another form', 0, /not a message of this type and version/],
  ])('%s', (_, at, failure) => {
    expect(retold(epoch, honest, ({ start }) => ({ start: flipped(start, at) }))).toMatch(failure);
  });

  it('signed by somebody else', () => {
    const start = startBytes({ ...stage, signerKey: new Uint8Array(32).fill(4) });
    expect(retold(epoch, honest, () => ({ start }))).toMatch(/signer of the start: expected 0x\w+, found 0x/);
  });

  it('with a byte too many', () => {
    expect(retold(epoch, honest, ({ start }) => ({ start: concat(start, Uint8Array.of(0)) }))).toMatch(/1 bytes too many/);
  });
});

describe('the commitment', () => {
  it.each(COMMITMENT_LIES)('with a wrong %s', (_, at, reason) => {
    const changed = retold(epoch, honest, ({ commitment }) => ({
      ...{ commitment: flipped(commitment, at), draw: NOTHING, opening: NOTHING },
    }));
    expect(changed).toBe(`${name} reason, derived from its transcript: expected ${reason}, found none`);
  });

  it('is no place for busy or ready', () => {
    const { ready } = sectionsOf(epoch, vram('busy'));
    const changed = (commitment: Uint8Array): string | null =>
      retold(epoch, honest, () => ({ commitment, draw: NOTHING, opening: NOTHING }));
    expect(changed(ready)).toMatch(/commitment response: \d+ bytes, at most 228 can be received/);
    expect(changed(encodeReadyMessage(stage.audit))).toMatch(/expected no_commitment, found none/);
  });

  it('may not be larger than can be received', () => {
    const changed = retold(epoch, honest, ({ commitment }) => ({ commitment: concat(commitment, Uint8Array.of(0)) }));
    expect(changed).toMatch(/commitment response: 229 bytes, at most 228 can be received/);
  });

  it('of another start, over the same memory', () => {
    const forged = playAudit({ ...stage, audit: { ...stage.audit, start: OTHER } }, 'honest').transcript;
    const { challenge, ready, start } = sectionsOf(epoch, honest);
    const bytes = encodeTranscript({ ...forged, challenge, ready, start });
    expect(failureWithBytes(epoch, honest, bytes)).toMatch(/goes on \(draw\) after what ended the audit \(commitment\)/);
  });
});

describe('the openings', () => {
  it.each([
    ['challengeHash', 5, 'bad_opening'],
    ['commitment', 40, 'equivocation'],
    ['signature', 70, 'bad_receipt'],
    ['fold', 150, 'bad_receipt'],
  ])('with a wrong %s', (_, at, reason) => {
    expect(retold(epoch, honest, ({ opening }) => ({ opening: flipped(opening, at) }))).toBe(
      `${name} reason, derived from its transcript: expected ${reason}, found none`,
    );
  });

  it('asked for at positions that were not drawn, or never', () => {
    expect(retold(epoch, honest, ({ draw }) => ({ draw: flipped(draw, -1) }))).toMatch(/position 3: not the one that seed/);
    expect(retold(epoch, honest, () => ({ draw: NOTHING }))).toMatch(/committed, but the transcript holds no opening request/);
  });

  it('must be there for a PASS, and not be larger than can be received', () => {
    expect(retold(epoch, honest, () => ({ opening: NOTHING }))).toMatch(/reason: none, but the transcript holds no answer/);
    const long = retold(epoch, honest, ({ opening }) => ({ opening: concat(opening, new Uint8Array(5000)) }));
    expect(long).toMatch(/opening response: \d+ bytes, at most 1440 can be received/);
  });

  it('of another node’s memory do not pass a replay, though the auditor says so', () => {
    const forged = buildEpoch(mixedWorld({ behaviour: (_, kind) => (kind === KIND_VRAM ? 'forged' : 'crashed') }));
    expect(rowWith(forged, 'none').kind).toBe(KIND_VRAM);
    expect(firstFailure(forged)).toMatch(/reason, derived from its transcript: expected wrong_result, found none/);
  });
});

describe('a verdict that the transcript does not bear out', () => {
  const zeroed = { commitment: ZERO32, openingHash: ZERO32, elapsedMs: 0, measure: 0 };
  const gone = { ...zeroed, reason: 'auditor_fault', outcome: 'void' } as const;
  const cases: [string, Reason, Partial<AuditRow>, Reason][] = [
    ['right work made VOID', 'none', gone, 'none'],
    ['right work called wrong', 'none', { reason: 'wrong_result', outcome: 'fail', measure: 0 }, 'none'],
    ['another node’s memory made VOID', 'wrong_result', gone, 'wrong_result'],
    ['busy called unreachable', 'busy', { reason: 'unreachable', outcome: 'fail' }, 'busy'],
    ['busy made the auditor’s fault', 'busy', { reason: 'auditor_fault' }, 'busy'],
    ['a strange ready called a timeout', 'stale', { reason: 'timeout' }, 'stale'],
  ];
  it.each(cases)('%s', (_, from, change, truth) => {
    const row = vram(from);
    expect(firstFailure(withRow(epoch, row, change))).toBe(
      `transcripts: ${nameOf(row)} reason, derived from its transcript: expected ${truth}, found ${String(change.reason)}`,
    );
  });

  it('busy without the answer that says so', () => {
    const lied = withRow(epoch, stalled, { reason: 'busy', outcome: 'void' });
    expect(firstFailure(lied)).toMatch(/reason: busy, but the transcript holds no answer that shows it/);
  });
});
