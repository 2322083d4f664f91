// One lie at a time about a field that a record of its kind cannot have.
import { describe, expect, it } from 'vitest';
import { ZERO32, type Hex } from '../../../protocol/bytes.ts';
import { KIND_GEMM, KIND_PRESENCE, KIND_VRAM } from '../../../protocol/challenge.ts';
import type { AuditRow } from '../../../protocol/record.ts';
import type { Reason } from '../../../protocol/verdict.ts';
import { buildEpoch, mixedWorld } from '../../support/epoch.ts';
import { firstFailure, rowWith, withRow } from '../../support/replay.ts';

const epoch = buildEpoch(mixedWorld());
const other: Hex = `0x${'99'.repeat(32)}`;

type Lie = readonly [what: string, reason: Reason, change: Partial<AuditRow>, failure: string];

const gemm: Lie[] = [
  ['busy with a commitment', 'busy', { commitment: other, elapsedMs: 5 }, 'commitment: expected zero with reason busy'],
  ['busy with an opening', 'busy', { openingHash: other }, 'openingHash: expected zero with reason busy'],
  ['busy with a time', 'busy', { elapsedMs: 5 }, 'elapsedMs: expected 0, found 5'],
  ['busy with a measure', 'busy', { measure: 5 }, 'measure: expected 0, found 5'],
  ['busy called FAIL', 'busy', { outcome: 'fail' }, 'outcome with reason busy: expected void, found fail'],
  ['busy without a transcript', 'busy', { transcriptHash: ZERO32 }, 'transcriptHash: expected one'],
  ['busy to a challenge that was never sent', 'interrupted', { reason: 'busy' }, 'challengeHash: expected one with reason busy'],
];

const vram: Lie[] = [
  ['a time beyond the passes’ deadline', 'none', { elapsedMs: 1101 }, 'elapsedMs: 1101 exceeds the deadline of 1100 ms'],
  ['a faster time', 'none', { elapsedMs: 9 }, 'measure after 9 ms: expected 14822977, found 13340680'],
  ['a higher measure', 'none', { measure: 13_340_681 }, 'measure after 10 ms: expected 13340680, found 13340681'],
  ['no time', 'none', { elapsedMs: 0 }, 'elapsedMs: expected at least 1, found 0'],
  ['a time of a node that was not ready', 'stale', { elapsedMs: 5 }, 'elapsedMs: expected 0, found 5'],
  ['a PASS without an opening', 'none', { openingHash: ZERO32 }, 'openingHash: expected one'],
  [
    'a slow node that passes',
    'below_claim',
    { reason: 'none', outcome: 'pass' },
    'reason, by the floor of class tiny: expected below_claim, found none',
  ],
  ['another challenge', 'busy', { challengeHash: other }, 'challengeHash: expected 0x'],
  ...gemm,
];

const none = (reason: string) => `reason: ${reason} is none that a record of kind 5 can have`;
const presence: Lie[] = [
  ['a measure', 'none', { measure: 1 }, 'measure after 10 ms: expected 0, found 1'],
  ['an opening', 'none', { openingHash: other }, 'openingHash: expected zero with reason none'],
  ['a PASS without a commitment', 'none', { commitment: ZERO32, elapsedMs: 0 }, 'commitment: expected one with reason none'],
  ['a time beyond the deadline', 'none', { elapsedMs: 801 }, 'elapsedMs: 801 exceeds the deadline of 800 ms'],
  ['a PASS without a time', 'none', { elapsedMs: 0 }, 'elapsedMs: expected at least 1, found 0'],
  [
    'a timeout after a commitment',
    'timeout',
    { commitment: other, elapsedMs: 5 },
    'commitment: expected zero with reason timeout',
  ],
  ['a bad receipt with a commitment', 'bad_receipt', { commitment: other }, 'commitment: expected zero with reason bad_receipt'],
  ['too slow', 'none', { reason: 'below_claim', outcome: 'fail' }, none('below_claim')],
  ['a wrong product', 'none', { reason: 'wrong_result', outcome: 'fail' }, none('wrong_result')],
  ['a bad opening', 'none', { reason: 'bad_opening', outcome: 'fail', openingHash: ZERO32 }, none('bad_opening')],
  ['equivocation', 'none', { reason: 'equivocation', outcome: 'fail' }, none('equivocation')],
  ['busy', 'timeout', { reason: 'busy', outcome: 'void' }, none('busy')],
  ['maintenance', 'beacon_outage', { reason: 'maintenance' }, none('maintenance')],
  ['another challenge', 'timeout', { challengeHash: other }, 'challengeHash: expected 0x'],
];

describe.each([
  [KIND_GEMM, gemm],
  [KIND_VRAM, vram],
  [KIND_PRESENCE, presence],
])('a record of kind %i', (kind, lies) => {
  it.each(lies)('with %s', (_what, reason, change, failure) => {
    const row = rowWith(epoch, reason, kind);
    const place = `slot ${String(row.slot)} draw ${String(row.draw)}`;
    expect(firstFailure(withRow(epoch, row, change))).toContain(`records: ${place} ${failure}`);
  });

  it('with a start moved by a millisecond inside of its window', () => {
    const row = rowWith(epoch, 'timeout', kind);
    const place = `slot ${String(row.slot)} draw ${String(row.draw)}`;
    const failure = firstFailure(withRow(epoch, row, { startedAt: row.startedAt + 1 }));
    expect(failure).toContain(`records: ${place} challengeHash: expected`);
  });
});
