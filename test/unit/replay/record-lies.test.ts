// One lie at a time about a draw or its record: left out, added, moved to another node, a field that cannot be.
import { describe, expect, it } from 'vitest';
import { ZERO32, type Hex } from '../../../protocol/bytes.ts';
import type { AuditRow } from '../../../protocol/record.ts';
import { epochDraws } from '../../../protocol/schedule.ts';
import { openReplay, planOf } from '../../../protocol/replay/replay.ts';
import type { Reason } from '../../../protocol/verdict.ts';
import { buildEpoch, sealEpoch } from '../../support/epoch.ts';
import { firstFailure, rowWith, withRow } from '../../support/replay.ts';

const epoch = buildEpoch();
const other: Hex = `0x${'99'.repeat(32)}`;
const place = ({ slot, draw }: { slot: number; draw: number }): string => `slot ${String(slot)} draw ${String(draw)}`;

describe('draws', () => {
  it.each([0, 7, -1])('finds record %i left out', (index) => {
    const left = epoch.rows.at(index);
    const rows = epoch.rows.filter((row) => row !== left);
    const failure = firstFailure(sealEpoch(epoch.world, rows, epoch.transcripts));
    expect(failure).toBe(
      `due draws: ${place(left ?? { slot: -1, draw: -1 })}: due (node ${String(left?.nodeIndex)}), but it has no record`,
    );
  });

  it('finds a record for an idle draw', () => {
    const replay = openReplay(epoch);
    const idle = epochDraws(planOf(epoch)).find((draw) => replay.dueAt(draw) === undefined);
    if (idle === undefined) throw new Error('no idle draw in the fixture');
    const node = epoch.world.nodes[idle.nodeIndex];
    const added = { ...rowWith(epoch, 'beacon_outage'), ...idle, nodeId: node?.nodeId ?? ZERO32 };
    expect(firstFailure(inserted(added))).toBe(
      `due draws: ${place(idle)}: has a record but is not due; this draw is idle: the node drawn is retired, or its class is not in the policy or has no job of this kind`,
    );
  });

  it('finds a record beyond the slot’s draws, and beyond the epoch’s slots', () => {
    const row = rowWith(epoch, 'beacon_outage');
    expect(firstFailure(inserted({ ...row, slot: 1, draw: 500 }))).toMatch(
      /slot 1 draw 500: has a record.*this slot has \d+ draws/,
    );
    expect(firstFailure(inserted({ ...row, slot: 4, draw: 0 }))).toMatch(/slot 4 draw 0: has a record.*this slot has 0 draws/);
  });

  function inserted(row: AuditRow) {
    const rows = [...epoch.rows, row].sort((a, b) => a.slot - b.slot || a.draw - b.draw);
    return sealEpoch(epoch.world, rows, epoch.transcripts);
  }

  it.each([
    ['nodeIndex', { nodeIndex: 0 }],
    ['nodeId', { nodeId: other }],
    ['kind', { kind: 2 }],
    ['freshnessRound', { freshnessRound: 77 }],
  ])('finds a wrong %s', (field, change) => {
    const row = epoch.rows.find(({ nodeIndex, reason }) => nodeIndex !== 0 && reason === 'none') ?? rowWith(epoch, 'none');
    const failure = firstFailure(withRow(epoch, row, change));
    expect(failure).toMatch(
      new RegExp(`^due draws: ${place(row)} ${field}: expected .*, found ${String(Object.values(change)[0])}`),
    );
  });

  it('finds a record moved to another node whole', () => {
    const row = rowWith(epoch, 'wrong_result');
    const node = epoch.world.nodes.find(({ index }) => index !== row.nodeIndex);
    const change = { nodeIndex: node?.index ?? 0, nodeId: node?.nodeId ?? ZERO32 };
    expect(firstFailure(withRow(epoch, row, change))).toMatch(new RegExp(`^due draws: ${place(row)} nodeIndex`));
  });
});

type Lie = readonly [what: string, reason: Reason, change: Partial<AuditRow>, failure: string];

const lies: Lie[] = [
  ['a FAIL called VOID', 'wrong_result', { outcome: 'void' }, 'outcome with reason wrong_result: expected fail, found void'],
  ['a PASS called FAIL', 'none', { outcome: 'fail' }, 'outcome with reason none: expected pass, found fail'],
  ['a VOID called PASS', 'interrupted', { outcome: 'pass' }, 'outcome with reason interrupted: expected void'],
  [
    'maintenance that nobody announced',
    'beacon_outage',
    { reason: 'maintenance' },
    'reason: maintenance is none that a record of kind 1 can have',
  ],
  ['a start too early', 'none', { startedAt: 1_760_000_000_000 }, 'startedAt: 1760000000000 is before the scheduled'],
  ['a start too late', 'none', { startedAt: 1_760_000_300_000 }, 'startedAt: 1760000300000 is too late'],
  ['no start', 'none', { startedAt: 0 }, 'startedAt: expected one'],
  ['a start without a challenge', 'interrupted', { startedAt: 5 }, 'startedAt: expected zero'],
  ['a challenge without its round', 'beacon_outage', { challengeHash: other }, 'challengeHash: expected zero'],
  ['a FAIL without a challenge', 'unreachable', { challengeHash: ZERO32 }, 'challengeHash: expected one'],
  ['another challenge', 'timeout', { challengeHash: other }, 'challengeHash: expected 0x'],
  ['no transcript', 'none', { transcriptHash: ZERO32 }, 'transcriptHash: expected one'],
  ['a transcript of nothing', 'interrupted', { transcriptHash: other }, 'transcriptHash: expected zero'],
  ['a VOID with a commitment', 'auditor_fault', { commitment: other }, 'commitment: expected zero'],
  ['a PASS without a commitment', 'none', { commitment: ZERO32 }, 'commitment: expected one'],
  ['a refused commitment kept', 'stale', { commitment: other }, 'commitment: expected zero'],
  ['a PASS without an opening', 'none', { openingHash: ZERO32 }, 'openingHash: expected one'],
  ['an opening after a timeout', 'timeout', { openingHash: other }, 'openingHash: expected zero'],
  ['a faster time', 'none', { elapsedMs: 9 }, 'measure after 9 ms: expected'],
  ['no time', 'none', { elapsedMs: 0 }, 'elapsedMs: expected at least 1, found 0'],
  ['a time beyond the deadline', 'wrong_result', { elapsedMs: 1001 }, 'elapsedMs: 1001 exceeds the deadline of 1000 ms'],
  ['a time of nothing', 'unreachable', { elapsedMs: 5 }, 'elapsedMs: expected 0, found 5'],
  ['a time of a refused answer', 'stale', { elapsedMs: 5 }, 'elapsedMs: expected 0, found 5'],
  ['a time of a VOID', 'beacon_outage', { elapsedMs: 5 }, 'elapsedMs: expected 0, found 5'],
  ['a measure of a FAIL', 'wrong_result', { measure: 5 }, 'measure: expected 0, found 5'],
  ['a measure of a VOID', 'interrupted', { measure: 5 }, 'measure: expected 0, found 5'],
  ['a higher measure', 'none', { measure: 24_394_788 }, 'measure after 10 ms: expected'],
  [
    'a slow node that passes',
    'below_claim',
    { reason: 'none', outcome: 'pass' },
    'reason, by the floor of class tiny: expected below_claim, found none',
  ],
  [
    'a fast node that fails',
    'none',
    { reason: 'below_claim', outcome: 'fail' },
    'reason, by the floor of class tiny: expected none',
  ],
];

describe('records', () => {
  it.each(lies)('finds %s', (_what, reason, change, failure) => {
    const row = rowWith(epoch, reason);
    expect(firstFailure(withRow(epoch, row, change))).toContain(`records: ${place(row)} ${failure}`);
  });

  it('finds a start moved by a millisecond inside of its window', () => {
    const row = rowWith(epoch, 'timeout');
    const failure = firstFailure(withRow(epoch, row, { startedAt: row.startedAt + 1 }));
    expect(failure).toContain(`records: ${place(row)} challengeHash: expected`);
  });
});
