// What a pass rate is worth: nothing under 100 verdicts, above it the lower end of Wilson's interval.
import { SAMPLES_MIN, type Standing } from '../../../schema/api/nodes.ts';
import type { Tally } from '../../../schema/api/values.ts';

/** One-sided 95 %. */
const Z = 1.6448536269514722;

/** Lower Wilson bound of a rate, 0 … 1 (Wilson 1927; Brown, Cai, DasGupta 2001). */
function wilsonLower(successes: number, samples: number): number {
  const rate = successes / samples;
  const z2 = Z * Z;
  const centre = rate + z2 / (2 * samples);
  const spread = Z * Math.sqrt((rate * (1 - rate)) / samples + z2 / (4 * samples * samples));
  return Math.max(0, (centre - spread) / (1 + z2 / samples));
}

/** Voids are no verdicts and do not count. */
export function standingOf(tally: Tally): Standing {
  const samples = tally.pass + tally.fail;
  if (samples < SAMPLES_MIN) return { samples, enough: false, passRateLowerPpm: null };
  return { samples, enough: true, passRateLowerPpm: Math.floor(1_000_000 * wilsonLower(tally.pass, samples)) };
}
