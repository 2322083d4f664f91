// What a pass rate is worth: nothing under 100 verdicts, above it the lower end of Wilson's interval.
import { SAMPLES_MIN, type Standing } from '../../../schema/api/nodes.ts';
import type { Tally } from '../../../schema/api/values.ts';
import { wilson } from './wilson.ts';

/** One-sided 95 %. */
const Z = 1.6448536269514722;

/** Voids are no verdicts and do not count. */
export function standingOf(tally: Tally): Standing {
  const samples = tally.pass + tally.fail;
  if (samples < SAMPLES_MIN) return { samples, enough: false, passRateLowerPpm: null };
  return { samples, enough: true, passRateLowerPpm: Math.floor(1_000_000 * wilson(tally.pass, samples, Z).low) };
}
