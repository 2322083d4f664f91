// One lie at a time inside a transcript of presence: one request, one answer, nothing else.
import { describe, expect, it } from 'vitest';
import { ZERO32, type Hex } from '../../../protocol/bytes.ts';
import { KIND_PRESENCE } from '../../../protocol/challenge.ts';
import { presenceCommitment } from '../../../protocol/challenges/presence.ts';
import type { AuditRow } from '../../../protocol/record.ts';
import type { Reason } from '../../../protocol/verdict.ts';
import { busyBytes, commitmentBytes } from '../../support/answers.ts';
import { flipped } from '../../support/behaviours.ts';
import { buildEpoch, mixedWorld } from '../../support/epoch.ts';
import { failureWithBytes, firstFailure, retold, rowWith, sectionsOf, stageOfRow, withRow } from '../../support/replay.ts';

const epoch = buildEpoch(mixedWorld());
const NOTHING = new Uint8Array(0);
const OTHER: Hex = `0x${'99'.repeat(32)}`;
const honest = rowWith(epoch, 'none', KIND_PRESENCE);
const stage = stageOfRow(epoch, honest);
const name = `slot ${String(honest.slot)} draw ${String(honest.draw)}`;

/** The answer of a node that commits to something else, with a signature that holds. */
function committing(commitment: Hex, roots: readonly Uint8Array[] = []): Uint8Array {
  return commitmentBytes(stage, 'honest', { commitment, roots, open: () => NOTHING });
}

describe('any byte of a passed transcript', () => {
  it('matters', () => {
    const bytes = epoch.transcripts.get(honest.transcriptHash) ?? NOTHING;
    const unfound = [...bytes.keys()].filter(
      (at) => at % 5 === 0 && failureWithBytes(epoch, honest, flipped(bytes, at)) === null,
    );
    expect(unfound).toEqual([]);
  });
});

describe('the challenge', () => {
  it.each([
    ['kind', 98],
    ['nonce', 130],
    ['deadline', 138],
    ['paramsHash', -1], // the region
  ])('with a wrong %s', (field, at) => {
    expect(retold(epoch, honest, ({ challenge }) => ({ challenge: flipped(challenge, at) }))).toMatch(
      new RegExp(`^${name} challenge ${field}: expected .*, found`),
    );
  });
});

describe('the answer', () => {
  const derived = (reason: Reason): string => `${name} reason, derived from its transcript: expected ${reason}, found none`;

  it.each([
    ['nodeId', 2, 'identity_mismatch'],
    ['challengeHash', 40, 'stale'],
    ['commitment', 70, 'bad_receipt'],
    ['signature', 120, 'bad_receipt'],
    ['number of roots', 163, 'no_commitment'],
    ['form', 0, 'no_commitment'],
  ] as const)('with a wrong %s', (_, at, reason) => {
    expect(retold(epoch, honest, ({ commitment }) => ({ commitment: flipped(commitment, at) }))).toBe(derived(reason));
  });

  it('with the hash of another nonce', () => {
    expect(retold(epoch, honest, () => ({ commitment: committing(presenceCommitment(OTHER)) }))).toBe(derived('no_commitment'));
  });

  it('with the answer to another presence', () => {
    const another = epoch.rows.find((row) => row.kind === KIND_PRESENCE && row.reason === 'none' && row !== honest);
    if (another === undefined) throw new Error('only one presence passed');
    const { commitment } = sectionsOf(epoch, another);
    const reason = another.nodeId === honest.nodeId ? 'stale' : 'identity_mismatch';
    expect(retold(epoch, honest, () => ({ commitment }))).toBe(derived(reason));
  });

  it('may not be larger than can be received: no root, no busy', () => {
    const root = committing(presenceCommitment(stage.audit.challenge.nonce), [new Uint8Array(32)]);
    expect(retold(epoch, honest, () => ({ commitment: root }))).toMatch(/response: 196 bytes, at most 164 can be received/);
    expect(retold(epoch, honest, () => ({ commitment: busyBytes(stage) }))).toMatch(/bytes, at most 164 can be received/);
  });

  it('must be there for a PASS', () => {
    expect(retold(epoch, honest, () => ({ commitment: NOTHING }))).toMatch(/reason: none, but the transcript holds no answer/);
  });

  it('is the last: nothing else belongs to presence', () => {
    const one = Uint8Array.of(1);
    expect(retold(epoch, honest, () => ({ draw: one }))).toMatch(/goes on \(draw\) after what ended the audit \(commitment\)/);
    expect(retold(epoch, honest, () => ({ opening: one }))).toMatch(/goes on \(opening\) after/);
    expect(retold(epoch, honest, () => ({ ready: one }))).toBe(`${name} ready: kind 5 has no such message`);
    expect(retold(epoch, honest, () => ({ start: one }))).toBe(`${name} start: kind 5 has no such message`);
  });
});

describe('a verdict that the transcript does not bear out', () => {
  const zeroed = { commitment: ZERO32, elapsedMs: 0 };
  const cases: [string, Reason, Partial<AuditRow>, Reason][] = [
    ['a present node called absent', 'none', { reason: 'timeout', outcome: 'fail', ...zeroed }, 'none'],
    ['a present node made VOID', 'none', { reason: 'auditor_fault', outcome: 'void', ...zeroed }, 'none'],
    ['a stranger made VOID', 'identity_mismatch', { reason: 'interrupted', outcome: 'void' }, 'identity_mismatch'],
  ];
  it.each(cases)('%s', (_, from, change, truth) => {
    const row = rowWith(epoch, from, KIND_PRESENCE);
    expect(firstFailure(withRow(epoch, row, change))).toBe(
      `transcripts: slot ${String(row.slot)} draw ${String(row.draw)} reason, derived from its transcript: expected ${truth}, found ${String(change.reason)}`,
    );
  });

  it('an absent node called present', () => {
    const row = rowWith(epoch, 'timeout', KIND_PRESENCE);
    const change = { reason: 'none', outcome: 'pass', commitment: OTHER, elapsedMs: 10 } as const;
    expect(firstFailure(withRow(epoch, row, change))).toMatch(/reason: none, but the transcript holds no answer that shows it/);
  });

  it('another commitment than the answer’s', () => {
    expect(firstFailure(withRow(epoch, honest, { commitment: OTHER }))).toMatch(/commitment, derived from its transcript/);
  });
});

it('a kind without a fill has neither ready nor start', () => {
  const row = rowWith(epoch, 'none', 1);
  expect(retold(epoch, row, () => ({ ready: Uint8Array.of(6) }))).toMatch(/ready: kind 1 has no such message/);
  expect(retold(epoch, row, () => ({ start: Uint8Array.of(7) }))).toMatch(/start: kind 1 has no such message/);
});
