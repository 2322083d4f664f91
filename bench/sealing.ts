// Measure 2: sealing records into root and proofs, beside @openzeppelin/merkle-tree on the same leaves. Each sealing runs in a process
// of its own, the two sides in turn.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { alone, spread, type Bench, type BenchOptions, type Line, type Section } from './measure.ts';
import type { Sealed } from './sealing-child.ts';

const RATIO_AIM = 20;
const LARGE = 100_000;
const LARGE_SECONDS_AIM = 5;
const LARGE_MB_AIM = 128;

const execute = promisify(execFile);

async function seal(side: 'ours' | 'library', count: number): Promise<Sealed> {
  const script = join(import.meta.dirname, 'sealing-child.ts');
  const flags = ['--disable-warning=ExperimentalWarning', '--expose-gc'];
  const { stdout } = await execute(process.execPath, [...flags, script, side, String(count)]);
  return JSON.parse(stdout) as Sealed;
}

type Pair = { readonly ours: readonly Sealed[]; readonly library: readonly Sealed[] };

/** @param libraryRuns its large runs take a minute each: fewer of them */
async function pair(count: number, runs: number, libraryRuns: number, { say }: BenchOptions): Promise<Pair> {
  const ours: Sealed[] = [];
  const library: Sealed[] = [];
  for (let i = 0; i < runs; i++) {
    say(`sealing: ${String(count)} records, ${String(i + 1)} of ${String(runs)}`);
    ours.push(await seal('ours', count));
    if (i < libraryRuns) library.push(await seal('library', count));
  }
  const results = new Set([...ours, ...library].map(({ root, steps }) => `${root}/${String(steps)}`));
  if (results.size !== 1) throw new Error('the two sides disagree about the root or the proofs');
  return { ours, library };
}

function linesOf(count: number, { ours, library }: Pair): Line[] {
  const title = count.toLocaleString('en-US');
  const [tree, other] = [ours.map(({ treeMs }) => treeMs), library.map(({ treeMs }) => treeMs)];
  const ratio = spread(other).median / spread(tree).median;
  const seconds = ours.map(({ recordsMs, treeMs }) => (recordsMs + treeMs) / 1000);
  const memory = ours.map(({ growthMiB }) => (growthMiB * 2 ** 20) / 1e6);
  const large = count >= LARGE;
  return [
    {
      ...alone(`${title} leaves: hashes, tree, root, all proofs`, 'ms CPU', tree, {
        text: `≥ ${String(RATIO_AIM)}×`,
        met: ratio >= RATIO_AIM,
      }),
      ...{ beside: { what: '@openzeppelin/merkle-tree', figure: spread(other) }, ratio },
    },
    alone(
      `${title} records: hashing them first, then that`,
      's CPU',
      seconds,
      large ? { text: `< ${String(LARGE_SECONDS_AIM)} s`, met: spread(seconds).median < LARGE_SECONDS_AIM } : null,
    ),
    {
      ...alone(
        `${title} records: peak memory over the records`,
        'MB',
        memory,
        large ? { text: `≤ ${String(LARGE_MB_AIM)} MB`, met: spread(memory).median <= LARGE_MB_AIM } : null,
      ),
      beside: {
        what: 'the library, over the leaves',
        figure: spread(library.map(({ growthMiB }) => (growthMiB * 2 ** 20) / 1e6)),
      },
    },
  ];
}

async function run(options: BenchOptions): Promise<Section> {
  const sizes = options.quick ? [1_000] : [10_000, LARGE];
  const lines: Line[] = [];
  for (const count of sizes) {
    const runs = options.quick ? 1 : count >= LARGE ? 3 : 5;
    lines.push(...linesOf(count, await pair(count, runs, count >= LARGE ? 1 : runs, options)));
  }
  return {
    title: 'Sealing records into a root and a proof for each',
    lines,
    notes: [
      'In both timings of a pair: ABI encoding and double hashing of (epoch, validator, slot, draw, record hash), sorting, tree, root, one proof for each leaf, as hex. The library’s getProof also checks each proof; it offers no other.',
      'Record hashing (16 words each) exists on our side only and is in the second line. Roots and the number of proof steps were compared and are equal.',
      'A process a run, warmed with 2,000 records; processor time of all its threads, so that other load does not count. Memory is the growth of the high-water mark after the records were made; proofs are dropped as they come.',
    ],
  };
}

export const sealing: Bench = { name: 'sealing', about: '10,000 and 100,000 records into root and proofs', run };
