// Measure 5: the consensus rule over a whole network, reports to roots, in Node and in workerd.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { shippedPolicies } from '../schema/policy/shipped.ts';
import type { ConsensusRun } from './consensus-child.ts';
import type { Outcome } from './consensus-network.ts';
import { alone, spread, watchPeak, type Bench, type BenchOptions, type Line, type Section } from './measure.ts';
import { startBenchWorker } from './workerd.ts';

const SEATS = 20;
const SMALL = { nodes: 1_000, secondsAim: 1 };
const LARGE = { nodes: 100_000, secondsAim: 20 };

const execute = promisify(execFile);

async function inNode(nodes: number): Promise<ConsensusRun> {
  const script = join(import.meta.dirname, 'consensus-child.ts');
  const flags = ['--disable-warning=ExperimentalWarning', '--expose-gc'];
  const { stdout } = await execute(process.execPath, [...flags, script, String(nodes), String(SEATS)]);
  return JSON.parse(stdout) as ConsensusRun;
}

type InWorkerd = { readonly seconds: readonly number[]; readonly growthMiB: number; readonly outcome: Outcome };

async function inWorkerd(nodes: number, runs: number): Promise<InWorkerd> {
  const policy = shippedPolicies.find(({ name }) => name === 'network');
  const worker = await startBenchWorker('consensus-inside.ts');
  try {
    await worker.ask(`/prepare/${String(nodes)}/${String(SEATS)}`, policy);
    const peak = watchPeak(worker.pid);
    const outcome = await worker.ask<Outcome>('/run'); // compiles; its time does not count, its memory does
    const seconds: number[] = [];
    for (let i = 0; i < runs; i++) seconds.push(((await worker.cost('/run')) - (await worker.cost('/empty'))) / 1000);
    return { seconds, growthMiB: peak.growth(), outcome };
  } finally {
    await worker.stop();
  }
}

function linesOf(size: typeof SMALL, own: readonly ConsensusRun[], worker: InWorkerd | null): Line[] {
  const what = `${size.nodes.toLocaleString('en-US')} nodes × ${String(SEATS)} validators`;
  const seconds = own.map(({ cpuMs }) => cpuMs / 1000);
  const aim = (samples: readonly number[]) => ({
    text: `≤ ${String(size.secondsAim)} s`,
    met: spread(samples).median <= size.secondsAim,
  });
  return [
    alone(`${what}: reports to roots, in Node`, 's CPU', seconds, aim(seconds)),
    ...(worker === null ? [] : [alone(`${what}: the same in workerd`, 's CPU', worker.seconds, aim(worker.seconds))]),
    alone(
      '  of that in Node, on the clock',
      's',
      own.map(({ wallMs }) => wallMs / 1000),
    ),
    alone(
      '  memory over the input, in Node',
      'MiB',
      own.map(({ growthMiB }) => growthMiB),
    ),
    alone(
      '  process with the input alone, in Node',
      'MiB',
      own.map(({ inputMiB }) => inputMiB),
    ),
    ...(worker === null ? [] : [alone('  memory over the input, in workerd', 'MiB', [worker.growthMiB])]),
  ];
}

async function run({ quick, say }: BenchOptions): Promise<Section> {
  const lines: Line[] = [];
  for (const size of quick ? [{ ...SMALL, nodes: 100 }] : [SMALL, LARGE]) {
    const small = size.nodes <= SMALL.nodes;
    const runs = quick ? 1 : small ? 7 : 3;
    const own: ConsensusRun[] = [];
    for (let i = 0; i < runs; i++) {
      say(`consensus: ${String(size.nodes)} nodes, ${String(i + 1)} of ${String(runs)}`);
      own.push(await inNode(size.nodes));
    }
    const worker = small ? await inWorkerd(size.nodes, runs) : null;
    const outcomes = [...own, ...(worker === null ? [] : [worker.outcome])];
    if (new Set(outcomes.map(({ scoreRoot, lines: count }) => `${scoreRoot}/${String(count)}`)).size !== 1) {
      throw new Error('the runs disagree about the root');
    }
    lines.push(...linesOf(size, own, worker));
  }
  return {
    title: 'Consensus over a whole network',
    lines,
    notes: [
      'One fresh report a validator with a tally of every node, 100 audits each; everything from tallies to the five roots. The root of the scores was compared and is the same in all runs and runtimes.',
      'In Node a process a run, warmed with 200 nodes; processor time of all its threads. In workerd the runtime’s process, an empty request taken off; its clock ticks every 10 ms.',
    ],
  };
}

export const consensusBench: Bench = { name: 'consensus', about: '1,000 and 100,000 nodes × 20 validators to roots', run };
