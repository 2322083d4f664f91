// One lie at a time about who was challenged together: a member left out, put in, exchanged, or started at another time.
import { describe, expect, it } from 'vitest';
import { KIND_PRESENCE, KIND_VRAM } from '../../../protocol/challenge.ts';
import { openReplay } from '../../../protocol/replay/replay.ts';
import type { AuditRow } from '../../../protocol/record.ts';
import { MEMBER_STEP } from '../../../protocol/schedule.ts';
import { buildEpoch, mixedWorld } from '../../support/epoch.ts';
import { firstFailure, withRow, withRows } from '../../support/replay.ts';

const epoch = buildEpoch(mixedWorld({ behaviour: () => 'crashed' }));
const { nodes } = epoch.world;
const place = ({ slot, draw }: { slot: number; draw: number }): string => `slot ${String(slot)} draw ${String(draw)}`;

function found(is: (row: AuditRow) => boolean): AuditRow {
  const row = epoch.rows.find(is);
  if (row === undefined) throw new Error('the fixture has no such record');
  return row;
}

const placeOf = ({ draw }: AuditRow): number => Math.floor(draw / MEMBER_STEP);
// of the operator that has four nodes with memory to ask for
const first = found((row) => placeOf(row) === 1 && row.nodeIndex < 6);
const second = found((row) => placeOf(row) === 2 && row.nodeIndex < 6);
/** A node with a job of kind 2 that is neither in this cohort nor another operator's. */
function siblingOf(row: AuditRow): (typeof nodes)[number] {
  const cohort = epoch.rows.filter((one) => one.slot === row.slot && one.draw % MEMBER_STEP === row.draw % MEMBER_STEP);
  const operator = nodes[row.nodeIndex]?.operator;
  const left = nodes.find(
    (node) =>
      node.operator === operator &&
      node.gpuClass === 'tiny' &&
      !node.retired &&
      cohort.every((one) => one.nodeIndex !== node.index),
  );
  if (left === undefined) throw new Error('the operator has no other node');
  return left;
}

describe('a cohort', () => {
  it('replays when nobody lies', () => {
    expect(firstFailure(epoch)).toBeNull();
  });

  it.each([
    ['first', first],
    ['second', second],
  ])('with its %s member left out', (_, member) => {
    const failure = firstFailure(
      withRows(
        epoch,
        epoch.rows.filter((row) => row !== member),
      ),
    );
    expect(failure).toBe(`due draws: ${place(member)}: due (node ${String(member.nodeIndex)}), but it has no record`);
  });

  it('left out but for the drawn node', () => {
    const rows = epoch.rows.filter((row) => placeOf(row) === 0);
    expect(firstFailure(withRows(epoch, rows))).toMatch(
      /^due draws: slot \d+ draw \d{7}: due \(node \d+\), but it has no record/,
    );
  });

  it('with a member too many', () => {
    const added = { ...second, draw: second.draw + MEMBER_STEP, nodeIndex: siblingOf(second).index };
    expect(firstFailure(withRows(epoch, [...epoch.rows, added]))).toBe(
      `due draws: ${place(added)}: has a record but is not due; the cohort of draw ${String(added.draw % MEMBER_STEP)} has no member at place 3`,
    );
  });

  it('of a draw that has none', () => {
    const alone = found(({ kind }) => kind === KIND_PRESENCE);
    const added = { ...alone, draw: alone.draw + MEMBER_STEP };
    expect(firstFailure(withRows(epoch, [...epoch.rows, added]))).toMatch(
      new RegExp(`^due draws: ${place(added)}: has a record but is not due; the cohort of draw \\d+ has no member at place 1`),
    );
  });

  it('with another node of the operator in a member’s place', () => {
    const sibling = siblingOf(first);
    const change = { nodeIndex: sibling.index, nodeId: sibling.nodeId };
    expect(firstFailure(withRow(epoch, first, change))).toBe(
      `due draws: ${place(first)} nodeIndex: expected ${String(first.nodeIndex)}, found ${String(sibling.index)}`,
    );
  });

  it('with two members exchanged', () => {
    const other = found((row) => row.slot === second.slot && row.draw === second.draw - MEMBER_STEP);
    const rows = epoch.rows.map((row) => {
      if (row === second) return { ...row, nodeIndex: other.nodeIndex, nodeId: other.nodeId };
      return row === other ? { ...row, nodeIndex: second.nodeIndex, nodeId: second.nodeId } : row;
    });
    expect(firstFailure(withRows(epoch, rows))).toMatch(new RegExp(`^due draws: ${place(other)} nodeIndex: expected`));
  });

  it.each([
    ['kind', { kind: KIND_PRESENCE }],
    ['freshnessRound', { freshnessRound: 77 }],
  ])('with a member of another %s', (field, change) => {
    expect(firstFailure(withRow(epoch, first, change))).toMatch(new RegExp(`^due draws: ${place(first)} ${field}: expected`));
  });
});

describe('members', () => {
  const sent = buildEpoch(mixedWorld({ behaviour: (_, kind) => (kind === KIND_VRAM ? 'unreachable' : 'crashed') }));
  const member = sent.rows.find((row) => placeOf(row) === 1);
  if (member === undefined) throw new Error('no member');

  it.each([
    [-21, 'is before the scheduled'],
    [60_000, 'is too late'],
  ])('start when their draw does: moved by %i ms', (by, failure) => {
    const moved = withRow(sent, member, { startedAt: member.startedAt + by });
    expect(firstFailure(moved)).toContain(`records: ${place(member)} startedAt: ${String(member.startedAt + by)} ${failure}`);
  });

  it('have challenges of their own', () => {
    const whole = sent.rows.find((row) => row.slot === member.slot && row.draw === member.draw % MEMBER_STEP);
    expect(whole?.challengeHash).not.toBe(member.challengeHash);
    expect(firstFailure(withRow(sent, member, { challengeHash: whole?.challengeHash ?? '0x' }))).toContain(
      `records: ${place(member)} challengeHash: expected ${member.challengeHash}`,
    );
  });

  it('are none where the operator has no other node with a job of the kind', () => {
    const lonely = sent.rows.filter(({ nodeIndex, kind }) => nodeIndex === 11 && kind === KIND_VRAM);
    const replay = openReplay(sent);
    expect(lonely.length).toBeGreaterThan(0);
    for (const row of lonely) expect(replay.dueAt({ ...row, draw: row.draw + MEMBER_STEP })).toBeUndefined();
    expect(sent.rows.some(({ nodeIndex, kind }) => [2, 7].includes(nodeIndex) && kind === KIND_VRAM)).toBe(false);
  });
});
