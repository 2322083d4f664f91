// The zoo: how often each dishonest runner is caught, and after how many audits; by chance, for certain, by time, or never. A whole run
// writes its table into docs/zoo.md.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { behaviours } from '../gpu-runners/adversaries/table.ts';
import type { Bench, BenchOptions, Section } from './measure.ts';
import { byChance } from './zoo-chance.ts';
import { lineOf, rowOf, type Found } from './zoo-found.ts';
import { byProbes } from './zoo-probes.ts';
import { FLOOR_SHARE, byTime, type Floors, type Honest } from './zoo-time.ts';
import { machine, machineText } from './table.ts';

const DOCUMENT = join(import.meta.dirname, '../docs/zoo.md');
const POLICY = join(import.meta.dirname, '../schema/policy/network.json');
const [BEGIN, END] = ['<!-- npm run bench -- zoo writes from here -->', '<!-- to here -->'];
const HEAD = [
  '| behaviour | what it does | asked | caught ÷ tried | 95 % interval | until caught: median, 95 % | verdicts |',
  '|---|---|---|---|---|---|---|',
];

function busyPpmOf(): number {
  const policy = JSON.parse(readFileSync(POLICY, 'utf8')) as { consensus: { busyPpm: number } };
  return policy.consensus.busyPpm;
}

function calibration({ ops, bytes, ms }: Honest, floors: Floors): string {
  const gop = (value: number): string => `${(value / 1e9).toFixed(2)} Gop/s`;
  const gb = (value: number): string => `${(value / 1e9).toFixed(3)} GB/s`;
  return [
    `An honest runner's median was ${gop(ops.median)} (${gop(ops.min)}–${gop(ops.max)}, ${String(ms[1]?.median ?? 0)} ms a job) for K1`,
    `and ${gb(bytes.median)} (${gb(bytes.min)}–${gb(bytes.max)}, ${String(ms[2]?.median ?? 0)} ms) for K2;`,
    `floors are ${String(FLOOR_SHARE)} of that: ${gop(floors.ops)} and ${gb(floors.bytes)}. Devices of cohorts take 500 ms a job whatever the`,
    'cores do, and their floor is the same share of that.',
  ].join(' ');
}

const summaryOf = ({ name }: Found): string => (name === 'honest' ? 'Everything right' : behaviours[name].summary);

/** Puts the tables where the document has room for them. */
function write(parts: readonly { readonly title: string; readonly found: readonly Found[]; readonly note: string }[]): void {
  if (!existsSync(DOCUMENT)) return;
  const text = readFileSync(DOCUMENT, 'utf8');
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (from < 0 || to < from) return;
  const tables = parts.map(({ title, found, note }) =>
    [`### ${title}`, '', note, '', ...HEAD, ...found.map((each) => rowOf(each, summaryOf(each)))].join('\n'),
  );
  const when = `${new Date().toISOString().slice(0, 10)}, ${machineText(machine())}.`;
  writeFileSync(DOCUMENT, [text.slice(0, from) + BEGIN, when, ...tables, END + text.slice(to + END.length)].join('\n\n'));
}

async function run({ quick, say }: BenchOptions): Promise<Section[]> {
  const timed = await byTime(quick, say); // first, before this process is full of other work
  const chance = byChance(quick, say);
  const probed = await byProbes(quick, busyPpmOf(), say);
  const parts = [
    {
      title: 'Found by chance',
      found: chance,
      note: 'Positions drawn anew for each audit, against the provers themselves; a new proof every 20.',
    },
    { title: 'Found by time', found: timed.found, note: calibration(timed.honest, timed.floors) },
    { title: 'Found for certain, or never', found: probed, note: 'The real probe over HTTP, tiny jobs.' },
  ];
  if (!quick) write(parts);
  return parts.map(({ title, found, note }) => ({
    title: `The zoo: ${title.toLowerCase()}`,
    lines: found.map(lineOf),
    notes: [note],
  }));
}

export const zoo: Bench = { name: 'zoo', about: 'how often each dishonest runner is caught', run };
