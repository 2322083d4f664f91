// A node's profile in words: the grade, the one sentence, and each slice's number with its interval and samples. Plain text only; the
// templates escape it.
import { SAMPLES_MIN } from '../../../schema/api/nodes.ts';
import type { Grade, Profile, Slice } from '../../../schema/api/profile.ts';
import { duration, number, plural, rate, share, span } from './format.ts';

export const GRADE_WORDS: Readonly<Record<Grade, string>> = {
  excellent: 'Excellent',
  reliable: 'Reliable',
  fair: 'Fair',
  poor: 'Poor',
  failing: 'Failing',
  unproven: 'Not enough data',
};

/** Which of the three tones a grade is set in: good ones in the accent, bad ones in red, unknown ones quietly. */
export const GRADE_TONE: Readonly<Record<Grade, 'holds' | 'fails' | 'quiet'>> = {
  ...{ excellent: 'holds', reliable: 'holds', fair: 'holds' },
  ...{ poor: 'fails', failing: 'fails', unproven: 'quiet' },
};

export const SLICE_NAMES: Readonly<Record<Slice['key'], string>> = {
  correctness: 'Correctness',
  performance: 'Performance',
  latency: 'Latency',
  uptime: 'Uptime',
  evidence: 'Evidence',
};

export const SLICE_MEANING: Readonly<Record<Slice['key'], string>> = {
  correctness: 'The share of its signed answers that were right.',
  performance: 'Operations a second that were certainly done, the way to the node included: a lower bound.',
  latency: 'Half of its signed answers to “are you there?” came within this time, over all regions.',
  uptime: 'The share of these questions that it answered; they come at random times.',
  evidence: 'How many independent audits this rests on: several of one moment count as fewer.',
};

const TERA = 1e12;

/** Operations a second as cards are advertised: `1,310 TOPS`; smaller machines in smaller units. Rounded down. */
export function tops(opsPerSecond: number): string {
  if (opsPerSecond < TERA) return rate(opsPerSecond);
  const value = opsPerSecond / TERA;
  return value >= 100 ? `${number(Math.floor(value))} TOPS` : `${(Math.floor(value * 10) / 10).toFixed(1)} TOPS`;
}

/** One slice's number in its unit; null while there is none. */
export function sliceValue({ unit, value, key }: Slice): string | null {
  if (value === null) return null;
  if (unit === 'ppm') return share(value);
  if (unit === 'ms') return value === 0 ? null : duration(value);
  if (key === 'evidence') return number(value);
  return value === 0 ? null : `≥ ${tops(value)}`;
}

/** The interval around it, in words; empty where it has none. */
export function sliceInterval(slice: Slice): string {
  const { key, unit, value, low, high } = slice;
  if (value === null) return '';
  if (unit === 'ppm') return low === null || high === null ? '' : `between ${share(low)} and ${share(high)}, 95 % sure`;
  if (key === 'latency') return high === null || high === 0 ? '' : `19 of 20 came within ${duration(high)}`;
  if (key === 'performance') return value === 0 ? '' : 'a lower bound, proven';
  return '';
}

/** What stands where a number would be. */
export function sliceMissing({ key, samples }: Slice): string {
  if (samples < SAMPLES_MIN) return 'not enough data';
  return key === 'performance' ? 'none proven' : 'never reached';
}

/** `412 audits`, or how many are still missing. */
export function sliceSamples({ key, samples }: Slice): string {
  const what = key === 'uptime' || key === 'latency' ? 'question' : 'audit';
  return samples < SAMPLES_MIN ? `${number(samples)} of ${number(SAMPLES_MIN)} ${what}s` : plural(samples, what);
}

/** `30 days` of so many epochs; shorter stretches in hours or minutes. */
export function stretch(epochs: number, epochSeconds: number): string {
  const seconds = epochs * epochSeconds;
  const [day, hour, minute] = [86_400, 3_600, 60];
  if (seconds >= 2 * day) return plural(Math.round(seconds / day), 'day');
  if (seconds >= 2 * hour) return plural(Math.round(seconds / hour), 'hour');
  if (seconds >= 2 * minute) return plural(Math.round(seconds / minute), 'minute');
  return span(seconds);
}

/** `Correct in 412 of 412 audits in 30 days`, `Passed 380 of 412 …, none with a wrong result`. */
function countWords({ evidence, verdict }: Pick<Profile, 'evidence' | 'verdict'>, epochSeconds: number): string {
  const { pass, wrong, fail, fromEpoch, throughEpoch } = evidence;
  const all = pass + fail;
  if (all === 0 || fromEpoch === null || throughEpoch === null) {
    return verdict === null ? 'No audit of it is agreed on yet' : 'No audit yet';
  }
  const when = `in ${stretch(throughEpoch - fromEpoch + 1, epochSeconds)}`;
  if (fail === 0) return `Correct in ${number(pass)} of ${plural(all, 'audit')} ${when}`;
  const how = wrong === 0 ? ', none with a wrong result' : `, ${number(wrong)} with a wrong result`;
  return `Passed ${number(pass)} of ${plural(all, 'audit')} ${when}${how}`;
}

/** `h100-sxm class proven at ≥ 1,310 TOPS`; what the class asks for where that was not reached. */
function provenWords({ evidence, class: claimed }: Pick<Profile, 'evidence' | 'class'>): string | null {
  const { rate: proven, floor } = evidence;
  if (proven === 0) return null;
  if (floor === null || claimed === null) return `proven at ≥ ${tops(proven)}`;
  if (proven >= floor) return `${claimed} class proven at ≥ ${tops(proven)}`;
  return `proven at ≥ ${tops(proven)}, less than the ${tops(floor)} that its class ${claimed} asks for`;
}

/** The one sentence under the grade. @param epochSeconds length of an epoch */
export function leadWords(profile: Pick<Profile, 'evidence' | 'verdict' | 'class'>, epochSeconds: number): string {
  const proven = provenWords(profile);
  return `${countWords(profile, epochSeconds)}${proven === null ? '' : `; ${proven}`}.`;
}
