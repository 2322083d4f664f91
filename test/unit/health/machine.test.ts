// The machine of one node, step by step: what makes it suspected, down and well again, and what does not.
import { describe, expect, test } from 'vitest';
import type { Hex } from '../../../protocol/bytes.ts';
import {
  CONFIRM_MS,
  DEGRADED_FAILURES,
  SAID_MS_MAX,
  SECOND_RECHECK_MS,
  STEADY_GOOD,
  WATCH_MS,
} from '../../../workers/services/health/limits.ts';
import { isWell } from '../../../workers/services/health/machine.ts';
import { OTHER, patient, PEER, SELF, typesOf, word, type Patient } from './support.ts';

const THIRD: Hex = `0x${'d4'.repeat(20)}`;
const T = 1_790_000_000_000;

/** Fails an audit and both rechecks. */
function absent(its: Patient, atMs = T): void {
  its.fail('1/2/3', atMs);
  its.ask('timeout');
  its.ask('timeout');
}

describe('a validator’s own questions', () => {
  test('one failure alone says nothing: a good recheck ends it', () => {
    const its = patient();
    its.fail('1/2/3', T);
    expect(its.machine).toMatchObject({ state: 'healthy', ask: { step: 1, atMs: T + 1_000 } });
    its.ask('none');
    expect(its.machine).toMatchObject({ state: 'healthy', ask: null, recent: [0] });
    expect(its.events).toEqual([]);
  });

  test('suspected after the first failed recheck, absent after the second, both within 30 s of the failure', () => {
    const its = patient();
    its.fail('1/2/3', T);
    its.ask('unreachable');
    expect(typesOf(its)).toEqual(['node.suspected']);
    expect(its.machine.absentSinceMs).toBeNull();
    expect(its.events[0]?.occurredAtMs).toBe(T + 1_000);
    its.ask('unreachable');
    expect(its.machine).toMatchObject({ state: 'suspected', absentSinceMs: T, ask: { why: 'watch' } });
    expect(1_000 + SECOND_RECHECK_MS + 10_000).toBeLessThan(30_000);
  });

  test('down when one other cannot reach it either, with both named', () => {
    const its = patient();
    absent(its);
    its.told(T + 20_000, [word(PEER, T + 5_000)]);
    expect(typesOf(its)).toEqual(['node.suspected', 'node.down']);
    expect(its.incident).toMatchObject({ severity: 'down', confirmedAtMs: T + 20_000 });
    expect(its.incident?.seenBy).toEqual([
      { validator: SELF, sinceMs: T },
      { validator: PEER, sinceMs: T + 5_000 },
    ]);
  });

  test('three good answers in a row end it; two do not', () => {
    const its = patient();
    absent(its);
    its.ask('none');
    expect(its.machine.ask?.atMs).toBe(T + 11_000 + WATCH_MS + CONFIRM_MS);
    its.ask('none');
    expect(its.machine.state).toBe('suspected');
    its.ask('none');
    expect(typesOf(its)).toEqual(['node.suspected', 'node.recovered']);
    expect(its.incidents[0]).toMatchObject({ open: false, severity: 'suspected', cause: 'timeout' });
    expect(isWell(its.machine, T + WATCH_MS)).toBe(true);
  });

  test('a failure among the good answers begins the row anew', () => {
    const its = patient();
    absent(its);
    for (const reason of ['none', 'none', 'timeout', 'none', 'none'] as const) its.ask(reason);
    expect(its.machine.state).toBe('suspected');
    its.ask('none');
    expect(its.machine.state).toBe('healthy');
  });

  test('three failures of twelve, each apart, are degraded; an outage counts once', () => {
    const its = patient();
    for (let i = 0; i < DEGRADED_FAILURES; i++) {
      its.fail(`1/${String(i)}/3`, T + 300_000 * i);
      its.ask('none');
      its.hear({ type: 'answered', atMs: T + 300_000 * i + 60_000 });
    }
    expect(typesOf(its)).toEqual(['node.degraded']);
    const long = patient();
    absent(long);
    for (let i = 0; i < 5; i++) long.fail(`2/${String(i)}/3`, T + 300_000 * i + 60_000);
    expect(long.machine.recent).toEqual([0]);
    expect(typesOf(long)).toEqual(['node.suspected']);
  });

  test('what kept failing must be steady before it is well', () => {
    const its = patient();
    for (let i = 0; i < DEGRADED_FAILURES; i++) {
      its.fail(`1/${String(i)}/3`, T + 300_000 * i);
      its.ask('none');
    }
    expect(its.machine.good).toBe(1);
    for (let i = 1; i < STEADY_GOOD - 1; i++) its.ask('none');
    expect(its.machine.state).toBe('degraded');
    its.ask('none');
    expect(typesOf(its)).toEqual(['node.degraded', 'node.recovered']);
  });

  test('what is told twice, out of order or too late changes nothing', () => {
    const its = patient();
    its.fail('1/2/3', T);
    const first = its.machine;
    its.fail('1/2/3', T);
    its.hear({ type: 'asked', key: '1/2/3', step: 2, atMs: T, reason: 'timeout', held: false });
    its.hear({ type: 'asked', key: 'other', step: 1, atMs: T, reason: 'timeout', held: false });
    expect(its.machine).toEqual(first);
    its.ask('timeout');
    const second = its.machine;
    its.hear({ type: 'asked', key: '1/2/3', step: 1, atMs: T + 5_000, reason: 'none', held: false });
    its.hear({ type: 'answered', atMs: T - 30_000 });
    expect(its.machine).toMatchObject({ ...second, recent: [0, 1] });
    expect(its.events).toHaveLength(1);
  });

  test('a slot that is held, and questions that come to nothing, raise nothing', () => {
    const its = patient();
    its.fail('1/2/3', T);
    its.ask('timeout', true);
    expect(its.machine).toMatchObject({ state: 'healthy', ask: null, absentSinceMs: null });
    its.fail('1/2/4', T + 60_000);
    for (let i = 0; i < 3; i++) its.ask(null);
    expect(its.machine).toMatchObject({ state: 'healthy', ask: null });
    expect(its.events).toEqual([]);
  });

  test('a node that is gone ends its incident', () => {
    const its = patient();
    absent(its);
    its.hear({ type: 'gone', atMs: T + 60_000 });
    expect(its.incidents).toHaveLength(1);
    expect(its.machine.ask).toBeNull();
  });
});

describe('the word of others', () => {
  test('makes a validator ask, and no more: with a good answer nothing was said', () => {
    const its = patient();
    its.told(T, [word(PEER, T), word(OTHER, T)]);
    expect(its.machine).toMatchObject({ state: 'healthy', ask: { why: 'told' } });
    its.ask('none');
    its.told(T + 60_000, [word(PEER, T)]);
    expect(its.machine).toMatchObject({ state: 'healthy', ask: null });
    expect(its.events).toEqual([]);
    its.told(T + WATCH_MS, [word(PEER, T)]);
    expect(its.machine.ask).not.toBeNull();
  });

  test('with failed questions of our own it is down at once', () => {
    const its = patient();
    its.told(T, [word(PEER, T - 30_000)]);
    its.ask('timeout');
    its.ask('timeout');
    its.told(T + 11_000, [word(PEER, T - 30_000)]);
    expect(typesOf(its)).toEqual(['node.suspected', 'node.down']);
  });

  test('is all that a gateway has: one is a suspicion, two are down, and good words of both end it', () => {
    const its = patient('gateway');
    its.told(T, [word(PEER, T)]);
    its.told(T + 60_000, [word(PEER, T), word(PEER, T + 1)]);
    expect(typesOf(its)).toEqual(['node.suspected']);
    its.told(T + 120_000, [word(PEER, T), word(OTHER, T)]);
    expect(typesOf(its)).toEqual(['node.suspected', 'node.down']);
    for (let i = 0; i < 3; i++) its.told(T + 180_000 + 60_000 * i, []);
    expect(typesOf(its).at(-1)).toBe('node.recovered');
    expect(its.incidents[0]?.seenBy.map(({ validator }) => validator)).toEqual([PEER, OTHER]);
  });

  const downAtGateway = () => {
    const its = patient('gateway');
    its.told(T, [word(PEER, T), word(OTHER, T)]);
    return its;
  };
  const minutes = (its: Patient, from: number, count: number, fresh: readonly Hex[]) => {
    for (let i = from; i < from + count; i++) its.told(T + 60_000 * i, [], fresh);
  };

  test('is not there while nobody is heard: what a gateway knows stays as it is, however long', () => {
    const its = downAtGateway();
    minutes(its, 1, 3 * 60, []);
    expect([its.machine.state, typesOf(its)]).toEqual(['down', ['node.down']]);
    minutes(its, 181, 2, [PEER, OTHER]);
    expect(its.machine.state).toBe('down');
    minutes(its, 183, 1, [PEER, OTHER]);
    expect(typesOf(its)).toEqual(['node.down', 'node.recovered']);
    expect(its.machine.said).toEqual([]);
  });

  test('is waited for from those who said absent, an hour at most while others speak', () => {
    const its = downAtGateway();
    const hour = SAID_MS_MAX / 60_000;
    minutes(its, 1, hour - 1, [OTHER, THIRD]);
    expect(its.machine.state).toBe('down');
    its.told(T + 60_000, [word(THIRD, T, 'degraded')], [OTHER, THIRD]);
    expect(its.machine.state).toBe('down'); // to be degraded, those who said absent are to be heard
    minutes(its, hour, 3, [THIRD]);
    expect(typesOf(its)).toEqual(['node.down', 'node.recovered']);
  });
});
