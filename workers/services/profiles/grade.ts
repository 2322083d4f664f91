// A node's grade: one word from five slices and its tier, by the rule in docs/profiles.md. Pure, so that anybody can have it again from
// the lines under a root.
import { SAMPLES_MIN } from '../../../schema/api/nodes.ts';
import type { Grade, Slice } from '../../../schema/api/profile.ts';
import { GRADE_ASKS, WRONG_BELOW_PPM } from './limits.ts';
import { percent } from './percent.ts';
import { intervalPpm, passShare, rightShare, slicesOf, type Share, type SliceInput } from './slices.ts';

export type GradeInput = SliceInput & {
  /** Tiers of the root's policy; a node's tier is one above the last when its score is below all. */
  readonly tiers: readonly { readonly name: string }[];
};

export type Graded = { readonly grade: Grade; readonly why: string };

const interval = ({ sharePpm, effective }: Share): { low: number; high: number } => intervalPpm(sharePpm, Math.max(1, effective));

type Ask = (typeof GRADE_ASKS)[number];

/** What keeps a node from what a grade asks; null if nothing does. What cannot be told keeps it from all grades but fair. */
function lacking(ask: Ask, slices: readonly Slice[], input: GradeInput): string | null {
  const of = (key: Slice['key']): Slice | undefined => slices.find((slice) => slice.key === key);
  const [correct, rate, uptime, latency] = [
    of('correctness')?.low ?? 0,
    of('performance'),
    of('uptime')?.low,
    of('latency')?.value,
  ];
  const isFair = ask.grade === 'fair';
  const passed = interval(passShare(input)).low;
  const tier = input.score?.tier ?? 0;
  // A policy with fewer tiers asks for its last one at most.
  const asked = Math.min(ask.tier, input.tiers.length);
  const isProven = typeof rate?.ppm === 'number' && (rate.value ?? 0) >= (input.floor ?? Infinity);
  const told = typeof uptime === 'number';
  const lacks: readonly (readonly [boolean, string])[] = [
    [correct < ask.correct, `correct answers are at least ${percent(correct)} (${percent(ask.correct)} asked)`],
    [passed < ask.passed, `it passes at least ${percent(passed)} of its jobs (${percent(ask.passed)} asked)`],
    [tier === 0 || tier > asked, `its score is below tier ${input.tiers[asked - 1]?.name ?? String(asked)}`],
    [!isProven && !isFair, 'its class’s rate is not proven'],
    [
      input.validators < ask.validators,
      `${String(input.validators)} of the ${String(ask.validators)} validators asked have reports of it`,
    ],
    [!told && !isFair, 'its uptime has too few samples'],
    [told && uptime < ask.uptime, `uptime is at least ${percent(uptime ?? 0)} (${percent(ask.uptime)} asked)`],
    [
      told && (latency ?? Infinity) > ask.latencyMs,
      `its median answer takes ${String(latency ?? 0)} ms (${String(ask.latencyMs)} ms asked)`,
    ],
  ];
  return lacks.find(([lacksIt]) => lacksIt)?.[1] ?? null;
}

/**
 * The share of right answers where chance does not explain that it is so low: under the root, so that a new fault is not thinned by a long
 * good past, or in 30 days, so that few faults that go on are not lost in a short window.
 */
function wrongShare(input: GradeInput): number | null {
  const { score } = input;
  const rooted =
    score === null ? [] : [{ sharePpm: score.correctPpm, samples: score.samples, effective: score.effectiveSamples }];
  const found = [...rooted, rightShare(input)].find((share) => interval(share).high < WRONG_BELOW_PPM);
  return found?.sharePpm ?? null;
}

/** The whole rule: unproven, failing, then the first grade whose asks are all met, else poor. */
export function gradeOf(input: GradeInput): Graded {
  const { score, tiers } = input;
  if (score === null) return { grade: 'unproven', why: 'No final root speaks of it yet.' };
  if (score.samples < SAMPLES_MIN || score.tier === 0)
    return { grade: 'unproven', why: `Not enough data: ${String(score.samples)} jobs, ${String(SAMPLES_MIN)} are asked for.` };
  const wrong = wrongShare(input);
  if (wrong !== null) return { grade: 'failing', why: `Results were wrong: ${percent(wrong)} of its signed answers are right.` };
  const slices = slicesOf(input);
  if (score.tier > tiers.length) return { grade: 'failing', why: `Its score, ${percent(score.scorePpm)}, is below all tiers.` };
  let missed: string | null = null;
  for (const ask of GRADE_ASKS) {
    const lack = lacking(ask, slices, input);
    if (lack === null)
      return { grade: ask.grade, why: missed === null ? 'Every slice meets what is asked.' : `Not better, because ${missed}.` };
    missed = lack;
  }
  return { grade: 'poor', why: `Poor, because ${missed ?? 'nothing is proven'}.` };
}
