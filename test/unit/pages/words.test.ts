// The sentence, the numbers and their intervals in words: what is known, what is not enough, and what was never measured.
import { describe, expect, test } from 'vitest';
import type { Profile, Slice } from '../../../schema/api/profile.ts';
import {
  leadWords,
  sliceInterval,
  sliceMissing,
  sliceSamples,
  sliceValue,
  stretch,
  tops,
} from '../../../workers/web/pages/profile-words.ts';
import { profileOf } from './fixture.ts';

const HOUR = 3600;
const slice = (change: Partial<Slice>): Slice => ({
  ...{ key: 'correctness', ppm: 1_000_000, unit: 'ppm', value: 1_000_000, low: 990_700, high: 1_000_000, samples: 412 },
  ...change,
});
const evidence = (change: Partial<Profile['evidence']>): Profile =>
  profileOf({ evidence: { ...profileOf().evidence, ...change } });

describe('the sentence', () => {
  test('of a node without a failure', () => {
    const said = leadWords(evidence({ rate: 1.31e15, floor: 1.2e15 }), HOUR);
    expect(said).toBe('Correct in 412 of 412 audits in 30 days; h100-sxm class proven at ≥ 1,310 TOPS.');
  });
  test('of one that failed some, that is below its class, of no class', () => {
    expect(leadWords(evidence({ pass: 380, fail: 32, wrong: 2 }), HOUR)).toContain(
      'Passed 380 of 412 audits in 30 days, 2 with a wrong result;',
    );
    expect(leadWords(evidence({ pass: 380, fail: 32 }), HOUR)).toContain('none with a wrong result');
    expect(leadWords(evidence({ rate: 9e14 }), HOUR)).toContain(
      'proven at ≥ 900 TOPS, less than the 1,310 TOPS that its class h100-sxm asks for.',
    );
    expect(leadWords(evidence({ floor: null }), HOUR)).toContain('; proven at ≥ 1,417 TOPS.');
    expect(leadWords(evidence({ rate: 0 }), HOUR)).toBe('Correct in 412 of 412 audits in 30 days.');
  });
  test('of one that nobody has a verdict on', () => {
    const nothing = evidence({ fromEpoch: null, throughEpoch: null, pass: 0, rate: 0 });
    expect(leadWords({ ...nothing, verdict: null }, HOUR)).toBe('No audit of it is agreed on yet.');
    expect(leadWords(nothing, HOUR)).toBe('No audit yet.');
  });
  test('stretches in the unit that suits them', () => {
    expect([stretch(720, HOUR), stretch(30, HOUR), stretch(12, 30), stretch(3, 30)]).toEqual([
      '30 days',
      '30 hours',
      '6 minutes',
      '90 s',
    ]);
  });
});

test('rates are rounded down, never up', () => {
  expect([tops(1_309_999e9), tops(312e6), tops(3.19e12)]).toEqual(['1,309 TOPS', '312 Mops/s', '3.1 TOPS']);
});

describe('a slice', () => {
  test('with its interval and samples', () => {
    expect([sliceValue(slice({})), sliceInterval(slice({})), sliceSamples(slice({}))]).toEqual([
      '100 %',
      'between 99 % and 100 %, 95 % sure',
      '412 audits',
    ]);
    const latency = slice({ key: 'latency', unit: 'ms', value: 58, low: null, high: 171, samples: 8640 });
    expect([sliceValue(latency), sliceInterval(latency), sliceSamples(latency)]).toEqual([
      '58 ms',
      '19 of 20 came within 171 ms',
      '8,640 questions',
    ]);
  });
  test('under a hundred samples', () => {
    const few = slice({ ppm: null, value: null, low: null, high: null, samples: 37 });
    expect([sliceValue(few), sliceMissing(few), sliceSamples(few), sliceInterval(few)]).toEqual([
      null,
      'not enough data',
      '37 of 100 audits',
      '',
    ]);
  });
  test('asked often and never proven, or never reached', () => {
    expect(sliceMissing(slice({ key: 'performance', unit: 'ops/s', value: 0 }))).toBe('none proven');
    expect(sliceMissing(slice({ key: 'latency', unit: 'ms', value: null, ppm: null, samples: 300 }))).toBe('never reached');
  });
});
