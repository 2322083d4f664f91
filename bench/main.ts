// `npm run bench -- [name …] [--json] [--quick]`: each measure beside its alternative, in one run, and a table at the end. Progress
// goes to standard error; standard output is the table, or one JSON document.
import process from 'node:process';
import { parseArgs } from 'node:util';
import { DeviceError } from '../gpu-runners/backends/engine.ts';
import type { Bench, Section } from './measure.ts';
import { machine, machineText, tableText } from './table.ts';
import { consensusBench } from './consensus.ts';
import { detection } from './detection.ts';
import { epochsBench } from './epochs.ts';
import { gasBench } from './gas.ts';
import { gpu } from './gpu.ts';
import { healthBench } from './health.ts';
import { httpBench } from './http.ts';
import { pipeline } from './pipeline.ts';
import { sealing } from './sealing.ts';
import { verify } from './verify.ts';
import { webhooksBench } from './webhooks.ts';
import { zoo } from './zoo.ts';

const benches: readonly Bench[] = [
  verify,
  sealing,
  pipeline,
  detection,
  consensusBench,
  gasBench,
  epochsBench,
  zoo,
  httpBench,
  healthBench,
  webhooksBench,
];
/** Measured only when they are named: they need what few machines have. */
const onlyNamed: readonly Bench[] = [gpu];
const known = [...benches, ...onlyNamed];
/** Exit code when the machine lacks what a measure needs. */
const LACKS = 3;

const usage = [
  'Usage: npm run bench -- [name …] [--json] [--quick]',
  ...known.map(({ name, about }) => `  ${name.padEnd(10)} ${about}`),
  '  --json     one JSON document instead of the table',
  '  --quick    smallest sizes, under a minute: shows that everything runs, its figures mean nothing',
].join('\n');

type Choice = { readonly list: readonly Bench[]; readonly json: boolean; readonly quick: boolean };

/** Null asks for the usage. @throws Error that names the flag or measure which is not known */
function choose(args: readonly string[]): Choice | null {
  const boolean = { type: 'boolean' } as const;
  const options = { json: boolean, quick: boolean, help: boolean };
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  const unknown = positionals.find((name) => !known.some((bench) => bench.name === name));
  if (unknown !== undefined) throw new Error(`There is no measure "${unknown}".`);
  if (values.help === true) return null;
  const list = positionals.length === 0 ? benches : known.filter(({ name }) => positionals.includes(name));
  return { list, json: values.json === true, quick: values.quick === true };
}

async function measure({ list, json, quick }: Choice): Promise<void> {
  const say = (text: string): void => void process.stderr.write(`${text} …\n`);
  const sections: Section[] = [];
  for (const bench of list) sections.push(...[await bench.run({ quick, say })].flat());
  const where = machine();
  const text = `${tableText(sections)}\n\n${machineText(where)}${quick ? '\nA quick run: its figures mean nothing.' : ''}\n`;
  process.stdout.write(json ? `${JSON.stringify({ machine: where, quick, sections })}\n` : text);
}

async function main(args: readonly string[]): Promise<number> {
  let choice: Choice | null;
  try {
    choice = choose(args);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}\n`);
    return 2;
  }
  if (choice === null) process.stdout.write(`${usage}\n`);
  else {
    try {
      await measure(choice);
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
      process.stderr.write(`${error.message}\n`);
      return LACKS;
    }
  }
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
