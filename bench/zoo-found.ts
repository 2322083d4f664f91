// What was found out about one dishonest runner: how many audits of how many, and by what.
import type { BehaviourName } from '../gpu-runners/adversaries/table.ts';
import { Z_95, untilFirst, wilson } from './chance.ts';
import type { Line } from './measure.ts';

export type Found = {
  readonly name: BehaviourName | 'honest';
  /** What was asked, in a few words: "K2", "K2, two together". */
  readonly asked: string;
  /** In the order of the audits. */
  readonly caught: readonly boolean[];
  /** How often each verdict was given. */
  readonly reasons: ReadonlyMap<string, number>;
  /** In words, and whether it came so. */
  readonly aim: { readonly text: string; readonly met: boolean };
};

export function tallyOf(reasons: readonly string[]): Map<string, number> {
  const tally = new Map<string, number>();
  for (const reason of reasons) tally.set(reason, (tally.get(reason) ?? 0) + 1);
  return tally;
}

type Expected = 'every one' | 'none' | { readonly text: string; readonly met: boolean };

/** @param isCaught which verdicts count */
export function foundOf(
  { name, asked }: Pick<Found, 'name' | 'asked'>,
  reasons: readonly string[],
  expected: Expected,
  isCaught: (reason: string) => boolean = (reason) => reason !== 'none',
): Found {
  const caught = reasons.map(isCaught);
  const met = expected === 'none' ? !caught.includes(true) : !caught.includes(false);
  const aim = typeof expected === 'string' ? { text: expected, met } : expected;
  return { name, asked, caught, reasons: tallyOf(reasons), aim };
}

const hitsOf = ({ caught }: Found): number => caught.filter(Boolean).length;

export function lineOf(found: Found): Line {
  const [hits, tries] = [hitsOf(found), found.caught.length];
  const { low, high } = wilson(hits, tries, Z_95);
  const until = untilFirst(found.caught);
  const median = until?.median ?? Number.NaN;
  return {
    what: `${found.name}, ${found.asked}: ${String(hits)} ÷ ${String(tries)}`,
    unit: '%',
    figure: { median: (100 * hits) / tries, min: 100 * low, max: 100 * high, runs: 2 },
    beside: { what: 'audits until caught: median (1–95 %)', figure: { median, min: 1, max: until?.high ?? Number.NaN, runs: 2 } },
    ratio: null,
    aim: found.aim,
  };
}

const percent = (share: number): string => `${String(Math.round(1000 * share) / 10)} %`;

/** A row of the table in docs/zoo.md. */
export function rowOf(found: Found, summary: string): string {
  const [hits, tries] = [hitsOf(found), found.caught.length];
  const { low, high } = wilson(hits, tries, Z_95);
  const until = untilFirst(found.caught);
  const verdicts = [...found.reasons].map(([reason, count]) => `\`${reason}\` ${String(count)}`).join(', ');
  const audits = until === null ? '–' : `${String(until.median)}, ${String(until.high)}`;
  const rate = `${String(hits)} ÷ ${String(tries)}`;
  return `| \`${found.name}\` | ${summary} | ${found.asked} | ${rate} | ${percent(low)} – ${percent(high)} | ${audits} | ${verdicts} |`;
}
