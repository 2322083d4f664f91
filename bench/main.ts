// `npm run bench [-- name …] [--json] [--quick]`: each measure beside its alternative, in one run, and a table at the end. Progress
// goes to standard error; standard output is the table, or one JSON document.
import process from 'node:process';
import type { Bench, Section } from './measure.ts';
import { machine, machineText, tableText } from './table.ts';
import { detection } from './detection.ts';
import { pipeline } from './pipeline.ts';
import { sealing } from './sealing.ts';
import { verify } from './verify.ts';

const benches: readonly Bench[] = [verify, sealing, pipeline, detection];

const usage = [
  'usage: npm run bench [-- name …] [-- --json] [-- --quick]',
  ...benches.map(({ name, about }) => `  ${name.padEnd(10)} ${about}`),
  '  --quick    smallest sizes, under a minute: shows that everything runs, its figures mean nothing',
].join('\n');

function chosen(args: readonly string[]): { list: readonly Bench[]; json: boolean; quick: boolean } | string {
  const names = args.filter((arg) => !arg.startsWith('--'));
  const flags = new Set(args.filter((arg) => arg.startsWith('--')));
  if (flags.has('--help')) return usage;
  const unknown = [...names.filter((name) => !benches.some((bench) => bench.name === name)), ...flags].find(
    (arg) => !names.includes(arg) || !benches.some(({ name }) => name === arg),
  );
  const wrong = unknown !== undefined && unknown !== '--json' && unknown !== '--quick' ? unknown : undefined;
  if (wrong !== undefined) return `There is no measure or flag "${wrong}".\n${usage}`;
  const list = names.length === 0 ? benches : benches.filter(({ name }) => names.includes(name));
  return { list, json: flags.has('--json'), quick: flags.has('--quick') };
}

async function main(args: readonly string[]): Promise<number> {
  const choice = chosen(args);
  if (typeof choice === 'string') {
    process.stderr.write(`${choice}\n`);
    return args.includes('--help') ? 0 : 2;
  }
  const { list, json, quick } = choice;
  const say = (text: string): void => void process.stderr.write(`${text} …\n`);
  const sections: Section[] = [];
  for (const bench of list) sections.push(await bench.run({ quick, say }));
  const where = machine();
  const text = `${tableText(sections)}\n\n${machineText(where)}${quick ? '\nA quick run: its figures mean nothing.' : ''}\n`;
  process.stdout.write(json ? `${JSON.stringify({ machine: where, quick, sections })}\n` : text);
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
