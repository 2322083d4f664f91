// What holds whatever is heard, in any order: random histories, many seeds.
import { describe, expect, test } from 'vitest';
import { INCIDENT_EVENTS_MAX, STEADY_GOOD, WINDOW_ANSWERS } from '../../../workers/services/health/limits.ts';
import { OTHER, patient, PEER, word, type Patient } from './support.ts';

const T = 1_790_000_000_000;

/** mulberry32: a small generator whose histories can be told again by their seed. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Liar = 'none' | 'one' | 'two';

/** A step of a history: an audit, a question, or a word of peers; `up` says whether the node answers. */
function stepOf(its: Patient, chance: () => number, at: { ms: number; up: boolean; liar: Liar }): void {
  const what = chance();
  const { ms, up, liar } = at;
  if (what < 0.4) {
    if (up) its.hear({ type: 'answered', atMs: ms });
    else its.fail(String(ms), ms);
  } else if (what < 0.8 && its.machine.ask !== null) {
    const { key, step } = its.machine.ask;
    const reason = chance() < 0.1 ? null : up ? 'none' : 'unreachable';
    its.hear({ type: 'asked', key, step, atMs: ms, reason, held: chance() < 0.05 });
  } else {
    const told = [...(liar === 'none' ? [] : [word(PEER, ms)]), ...(liar === 'two' ? [word(OTHER, ms)] : [])];
    its.told(ms, told);
  }
}

function history(seed: number, { liar, upShare }: { liar: Liar; upShare: number }, steps = 400): Patient {
  const chance = generator(seed);
  const its = patient();
  let ms = T;
  for (let i = 0; i < steps; i++) {
    ms += 1_000 + Math.floor(chance() * 60_000);
    stepOf(its, chance, { ms, up: chance() < upShare, liar });
  }
  return its;
}

const SEEDS = Array.from({ length: 200 }, (_, i) => i + 1);

describe('whatever is heard', () => {
  test('a node that answers everything is never suspected, whoever lies', () => {
    for (const seed of SEEDS) expect(history(seed, { liar: 'two', upShare: 1 }).events).toEqual([]);
  });

  test('nothing is down on one validator’s word', () => {
    let suspected = 0;
    for (const seed of SEEDS) {
      const types = history(seed, { liar: 'none', upShare: 0.3 }).events.map(({ type }) => type);
      suspected += types.filter((type) => type === 'node.suspected').length;
      expect(types).not.toContain('node.down');
    }
    expect(suspected).toBeGreaterThan(SEEDS.length / 2); // the histories do have what a second word would confirm
  });

  test('an incident’s events are bounded, differ in id, rise in time, and end with its recovery', () => {
    let most = 0;
    for (const seed of SEEDS) {
      const its = history(seed, { liar: 'one', upShare: 0.2 + (seed % 7) / 10 });
      for (const { events, open } of [...its.incidents, ...(its.incident === null ? [] : [its.incident])]) {
        most = Math.max(most, events.length);
        expect(events.length).toBeGreaterThan(0);
        expect(events.length).toBeLessThanOrEqual(INCIDENT_EVENTS_MAX + 1);
        expect(events.filter(({ type }) => type === 'node.recovered')).toHaveLength(open ? 0 : 1);
        expect(events.map(({ atMs }) => atMs)).toEqual(events.map(({ atMs }) => atMs).toSorted((a, b) => a - b));
      }
      const ids = its.events.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
    }
    expect(most).toBeGreaterThan(2);
  });

  test('every incident ends once the node answers', () => {
    for (const seed of SEEDS) {
      const its = history(seed, { liar: 'one', upShare: 0.4 });
      for (let i = 0; i < 2 * STEADY_GOOD + 6 && its.incident !== null; i++) {
        if (its.machine.ask === null) its.hear({ type: 'answered', atMs: T + 1e9 + 300_000 * i });
        else its.ask('none');
      }
      expect(its.incident).toBeNull();
      expect(its.machine.state).toBe('healthy');
    }
  });

  test('whoever is not well is asked again', () => {
    for (const seed of SEEDS) {
      const { machine } = history(seed, { liar: 'one', upShare: 0.5 });
      if (machine.state !== 'healthy') expect(machine.ask).not.toBeNull();
      expect(machine.recent.length).toBeLessThanOrEqual(WINDOW_ANSWERS);
    }
  });
});
