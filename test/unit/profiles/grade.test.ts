// The grade's rule: each ask alone keeps a node from its grade, nothing else does, and more of the good never makes it worse.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GRADES, type Grade } from '../../../schema/api/profile.ts';
import { gradeOf, type GradeInput } from '../../../workers/services/profiles/grade.ts';
import { intervalPpm, latencyFullness, shareFullness, slicesOf } from '../../../workers/services/profiles/slices.ts';
import type { ScoredNode } from '../../../workers/services/views/network-ports.ts';

const good: ScoredNode = {
  ...{ epoch: 9, nodeIndex: 0, nodeId: `0x${'ab'.repeat(32)}`, scorePpm: 985_000, ratePpm: 990_000, correctPpm: 1_000_000 },
  ...{ samples: 412, effectiveSamples: 412, measure: 1_310, elapsedMs: 800, tier: 1, uptimePpm: 999_000, uptimeLowPpm: 997_000 },
  ...{ uptimeSamples: 8_000, latencyMs: 40, latencyHighMs: 95, bandwidth: 0 },
};
const tiers = [{ name: 'A' }, { name: 'B' }, { name: 'C' }];
const jobs = { pass: 1_760, wrong: 0, slow: 0, network: 0 };
const given = (change: Partial<ScoredNode> = {}, rest: Partial<GradeInput> = {}): GradeInput => ({
  ...{ score: { ...good, ...change }, floor: 850, validators: 4, tiers, jobs, ...rest },
});
const of = (change: Partial<ScoredNode> = {}, rest: Partial<GradeInput> = {}): Grade => gradeOf(given(change, rest)).grade;
/** 0 is the best; `failing` and `unproven` are behind all others. */
const rankOf = (grade: Grade): number => GRADES.indexOf(grade);

describe('the grade', () => {
  test('is excellent where everything is', () => {
    expect(gradeOf(given())).toEqual({ grade: 'excellent', why: 'Every slice meets what is asked.' });
  });

  test.each<[string, Partial<ScoredNode>, Partial<GradeInput>, Grade, RegExp]>([
    ['no root', {}, { score: null }, 'unproven', /No final root/],
    ['99 jobs', { samples: 99 }, {}, 'unproven', /99 jobs/],
    ['no tier', { tier: 0 }, {}, 'unproven', /Not enough data/],
    ['wrong results, new', { correctPpm: 960_000 }, {}, 'failing', /Results were wrong: 96\.0 %/],
    ['wrong results, few but for long', {}, { jobs: { ...jobs, wrong: 36 } }, 'failing', /Results were wrong: 97\.9 %/],
    ['below all tiers', { tier: 4, scorePpm: 300_000 }, {}, 'failing', /30\.0 %, is below all tiers/],
    ['few jobs', {}, { jobs: { ...jobs, pass: 120 } }, 'reliable', /correct answers are at least 96\.8 %/],
    [
      'a window only',
      { effectiveSamples: 120 },
      { jobs: { ...jobs, pass: 60 } },
      'reliable',
      /correct answers are at least 96\.8 %/,
    ],
    [
      'jobs without an answer',
      {},
      { jobs: { ...jobs, network: 40 } },
      'reliable',
      /passes at least 96\.9 % of its jobs \(98\.0 %/,
    ],
    ['second tier', { tier: 2 }, {}, 'reliable', /below tier A/],
    ['third tier', { tier: 3 }, {}, 'fair', /below tier B/],
    ['some downtime', { uptimePpm: 975_000 }, {}, 'reliable', /uptime is at least 97\.1 %/],
    ['much downtime', { uptimePpm: 900_000 }, {}, 'fair', /uptime is at least 89/],
    ['mostly down', { uptimePpm: 500_000 }, {}, 'poor', /uptime is at least 48/],
    ['slow answers', { latencyMs: 301 }, {}, 'reliable', /takes 301 ms/],
    ['two validators', {}, { validators: 2 }, 'reliable', /2 of the 3 validators/],
    ['one validator', {}, { validators: 1 }, 'fair', /1 of the 2 validators/],
    ['unknown class', {}, { floor: null }, 'fair', /rate is not proven/],
    ['too few questions', { uptimeSamples: 99 }, {}, 'fair', /uptime has too few samples/],
    ['unknown class, mostly down', { uptimePpm: 500_000 }, { floor: null }, 'poor', /uptime is at least 48/],
  ])('%s', (_what, change, rest, grade, why) => {
    const found = gradeOf(given(change, rest));
    expect(found.grade).toBe(grade);
    expect(found.why).toMatch(why);
  });

  test('is never worse for more evidence of the same, more uptime or faster answers', () => {
    const scores = fc.record({
      correctPpm: fc.integer({ min: 900_000, max: 1_000_000 }),
      samples: fc.integer({ min: 100, max: 5_000 }),
      uptimePpm: fc.integer({ min: 0, max: 1_000_000 }),
      latencyMs: fc.integer({ min: 1, max: 5_000 }),
      validators: fc.integer({ min: 1, max: 31 }),
    });
    fc.assert(
      fc.property(scores, ({ validators, samples, ...rest }) => {
        const score = { ...rest, samples, effectiveSamples: samples };
        const more = { ...jobs, pass: 4 * samples, network: 4 };
        const grade = rankOf(of(score, { validators }));
        expect(rankOf(of(score, { validators: validators + 1 }))).toBeLessThanOrEqual(grade);
        expect(
          rankOf(of({ ...score, uptimePpm: Math.min(1_000_000, rest.uptimePpm + 10_000) }, { validators })),
        ).toBeLessThanOrEqual(grade);
        expect(rankOf(of({ ...score, latencyMs: Math.ceil(rest.latencyMs / 2) }, { validators }))).toBeLessThanOrEqual(grade);
        expect(rankOf(of({ ...score, correctPpm: 1_000_000 }, { validators }))).toBeLessThanOrEqual(grade);
        const [once, twice] = [more, { ...more, pass: 2 * more.pass, network: 2 * more.network }];
        expect(rankOf(of(score, { validators, jobs: twice }))).toBeLessThanOrEqual(rankOf(of(score, { validators, jobs: once })));
      }),
    );
  });
});

describe('slices', () => {
  test('are five, and none is drawn of a node without a line', () => {
    expect(slicesOf(given()).map(({ key }) => key)).toEqual(['correctness', 'performance', 'latency', 'uptime', 'evidence']);
    expect(slicesOf(given({}, { score: null })).every(({ ppm, samples }) => ppm === null && samples === 0)).toBe(true);
  });

  test('say nothing under 100 samples, but for how little there is', () => {
    const few = given({ samples: 99, uptimeSamples: 99, effectiveSamples: 99 }, { jobs: { ...jobs, pass: 99 } });
    const drawn = slicesOf(few).filter(({ ppm }) => ppm !== null);
    expect(drawn.map(({ key }) => key)).toEqual(['evidence']);
    expect(drawn[0]).toMatchObject({ ppm: 99_000, value: 99 });
  });

  test('have intervals that hold the value, and shrink with samples', () => {
    const shares = fc.integer({ min: 0, max: 1_000_000 });
    fc.assert(
      fc.property(shares, fc.integer({ min: 1, max: 1_000_000 }), (share, n) => {
        const [few, many] = [intervalPpm(share, n), intervalPpm(share, 4 * n)];
        expect(few.low).toBeLessThanOrEqual(share);
        expect(few.high).toBeGreaterThanOrEqual(share);
        expect(many.high - many.low).toBeLessThanOrEqual(few.high - few.low + 2);
      }),
    );
  });

  test('Wilson’s interval of 412 of 412 is the textbook’s', () => {
    // n / (n + z²) with z = 1.959964
    expect(intervalPpm(1_000_000, 412)).toEqual({ low: 990_762, high: 1_000_000 });
  });

  test('are empty and full where the methodology says', () => {
    expect([900_000, 950_000, 1_000_000, 100].map(shareFullness)).toEqual([0, 500_000, 1_000_000, 0]);
    expect([30, 1, 1_000, 5_000].map(latencyFullness)).toEqual([1_000_000, 1_000_000, 0, 0]);
    expect(latencyFullness(173)).toBeCloseTo(500_000, -4); // the geometric mean of both ends
  });

  test('performance is full at one and a half times the floor', () => {
    const performance = (measure: number) => slicesOf(given({ measure })).find(({ key }) => key === 'performance');
    expect(performance(850)).toMatchObject({ ppm: 666_666, value: 850, low: 850 });
    expect(performance(1_275)).toMatchObject({ ppm: 1_000_000 });
    expect(performance(0)).toMatchObject({ ppm: 0, low: null });
  });
});
