// `assay load`: what a policy's audits cost a node, class by class. From the policy alone; nothing is asked of a network.
import { readFileSync, statSync } from 'node:fs';
import { KIND_GEMM, KIND_VRAM } from '../../protocol/challenge.ts';
import { COHORT_MAX } from '../../protocol/schedule.ts';
import { FILL_ASSUMED_MS, JOB_AIM_MS, auditLoad, worstLoad, type Load } from '../../protocol/load.ts';
import type { GpuClass, Policy } from '../../protocol/policy.ts';
import { shippedPolicies } from '../../schema/policy/shipped.ts';
import { parsePolicyBytes } from '../../schema/wire/archive.ts';
import { POLICY_BYTES_MAX } from '../../schema/wire/limits.ts';
import { CliError, integerFlag, parseFlags, type Command, type Io } from '../command.ts';
import { table } from '../table.ts';

const usage = `[--policy NAME|FILE] [--nodes N] [--json]

  --policy  a policy that ships (network, embedded) or a file that holds one (default network)
  --nodes   nodes of the operator, this one included: they are challenged together (default 1)
  --json    one JSON document instead of the table

Two cases: \`usual\`, a job lasting ${String(JOB_AIM_MS / 1000)} s and a fill ${String(FILL_ASSUMED_MS / 1000)} s, with --nodes nodes; \`worst\`, an operator that fills every
cohort with nodes as slow as may pass, whose fills end at their deadline. Averages: draws are random.`;

function readPolicy(name: string): Policy {
  const shipped = shippedPolicies.find((policy) => policy.name === name);
  if (shipped !== undefined) return shipped;
  try {
    if (statSync(name).size > POLICY_BYTES_MAX) throw new Error(`has more than ${String(POLICY_BYTES_MAX)} bytes`);
    return parsePolicyBytes(readFileSync(name));
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unreadable';
    throw new CliError(`${name} is neither the name of a shipped policy nor a file with one (${why}). Check --policy.`);
  }
}

type Row = { readonly name: string; readonly usual: Load; readonly worst: Load };

const jobsOf = ({ entries }: Load, kind: number): number =>
  entries.filter((entry) => entry.kind === kind).reduce((sum, { jobs }) => sum + jobs, 0);
const secondsOf = (load: Load): string => (load.dayMs / 1000).toFixed(0);
const percent = (load: Load): string => `${(load.sharePpm / 10_000).toFixed(3)}%`;

function cells({ name, usual, worst }: Row): string[] {
  const counts = (load: Load): string[] => [KIND_GEMM, KIND_VRAM].map((kind) => jobsOf(load, kind).toFixed(0));
  return [name, ...counts(usual), secondsOf(usual), percent(usual), ...counts(worst), secondsOf(worst), percent(worst)];
}

async function run(args: readonly string[], io: Io): Promise<0> {
  const values = parseFlags(args, { policy: { type: 'string' }, nodes: { type: 'string' }, json: { type: 'boolean' } });
  const policy = readPolicy(values.policy ?? 'network');
  const operatorNodes = integerFlag(values.nodes ?? '1', '--nodes', 1, 1_000_000);
  const rows = policy.classes.map((gpuClass: GpuClass): Row => {
    const usual = auditLoad({ policy, gpuClass, operatorNodes, pace: 'aim' });
    return { name: gpuClass.name, usual, worst: worstLoad(policy, gpuClass) };
  });
  if (values.json === true) {
    io.out(JSON.stringify({ policy: policy.name, operatorNodes, classes: rows }));
    return 0;
  }
  io.out(`Policy ${policy.name}: device time of audits, a node and day, on average`);
  io.out(
    `usual: an operator with ${String(operatorNodes)} node(s); worst: with ${String(COHORT_MAX)} or more, as slow as may pass`,
  );
  io.out('');
  const of = (which: string, what: string): string => `${which} ${what}`;
  const columns = ['products', 'fills', 's', 'of a day'];
  const head = ['class', ...columns.map((what) => of('usual', what)), ...columns.map((what) => of('worst', what))];
  for (const line of table(head, rows.map(cells))) io.out(line);
  return 0;
}

export const loadCommand: Command = {
  name: 'load',
  summary: 'Shows what a policy’s audits cost a node, in device time.',
  usage,
  run,
};
