// `assay load`: what a policy's audits cost a node, class by class. From the policy alone; nothing is asked of a network.
import { readFileSync, statSync } from 'node:fs';
import { KIND_GEMM, KIND_VRAM } from '../../protocol/challenge.ts';
import { SEATS_MAX } from '../../protocol/consensus/weights.ts';
import { COHORT_MAX } from '../../protocol/schedule.ts';
import {
  FILL_ASSUMED_MS,
  JOB_AIM_MS,
  auditLoad,
  busiestSet,
  drawsPerNodeDay,
  worstLoad,
  type Load,
  type NetworkSize,
} from '../../protocol/load.ts';
import type { GpuClass, Policy } from '../../protocol/policy.ts';
import { shippedPolicies } from '../../schema/policy/shipped.ts';
import { parsePolicyBytes } from '../../schema/wire/archive.ts';
import { POLICY_BYTES_MAX } from '../../schema/wire/limits.ts';
import { CliError, integerFlag, parseFlags, type Command, type Io } from '../command.ts';
import { table } from '../table.ts';

const usage = `[--policy NAME|FILE] [--nodes N] [--network N] [--validators N] [--epoch SECONDS] [--json]

  --policy      a policy that ships (network, embedded) or a file that holds one (default network)
  --nodes       nodes of the operator, this one included: they are challenged together (default 1)
  --network     nodes of the whole network (default 1000)
  --validators  seats that are taken (default 20)
  --epoch       length of an epoch (default 3600)
  --json        one JSON document instead of the tables

Two cases: \`usual\`, a job lasting ${String(JOB_AIM_MS / 1000)} s and a fill ${String(FILL_ASSUMED_MS / 1000)} s, as the options say; \`worst\`, of all sizes of networks, sets and operators the one
that costs most, with nodes as slow as may pass, whose fills end at their deadline. Then small networks, where each validator's
whole draw an epoch is more than its share. Averages: draws are random.`;

/** From an operator alone to one whose nodes fill a cohort, and on to where rounding hardly matters. */
const SIZES = [1, 2, 3, 4, 5, COHORT_MAX, 7, 10, 31, 100, 1000];

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

type Small = { readonly network: NetworkSize; readonly draws: number; readonly name: string; readonly load: Load };

/** Of each size, the set that draws most, an operator that has as much of it as a cohort takes, and the class that pays most. */
function smallNetworks(policy: Policy, epochSeconds: number): Small[] {
  return SIZES.flatMap((nodeCount) => {
    const network = busiestSet(policy, nodeCount, epochSeconds);
    const operatorNodes = Math.min(nodeCount, COHORT_MAX);
    const draws = drawsPerNodeDay(policy, network);
    const of = (gpuClass: GpuClass): Small => {
      const load = auditLoad({ policy, gpuClass, network, operatorNodes, pace: 'slowest' });
      return { network, draws, name: gpuClass.name, load };
    };
    return policy.classes
      .map(of)
      .toSorted((a, b) => b.load.dayMs - a.load.dayMs)
      .slice(0, 1);
  });
}

const smallCells = ({ network, draws, name, load }: Small): string[] => [
  ...[String(network.nodeCount), String(network.validatorCount), draws.toFixed(0), name],
  ...[KIND_GEMM, KIND_VRAM].map((kind) => jobsOf(load, kind).toFixed(0)),
  percent(load),
];

function print(io: Io, policy: Policy, rows: readonly Row[], small: readonly Small[]): void {
  const [first] = rows;
  if (first === undefined) throw new CliError('The policy has no classes. Check --policy.');
  const { network, operatorNodes } = first.usual;
  const { nodeCount, validatorCount, epochSeconds } = network;
  io.out(`Policy ${policy.name}: device time of audits, a node and day, on average; epochs of ${String(epochSeconds)} s`);
  const size = `${String(nodeCount)} node(s) and ${String(validatorCount)} validator(s)`;
  io.out(`usual: ${size}, ${String(operatorNodes)} node(s) of one operator`);
  io.out('worst: of any network and operator, as slow as may pass');
  io.out('');
  const of = (which: string, what: string): string => `${which} ${what}`;
  const columns = ['products', 'fills', 's', 'of a day'];
  const head = ['class', ...columns.map((what) => of('usual', what)), ...columns.map((what) => of('worst', what))];
  for (const line of table(head, rows.map(cells))) io.out(line);
  io.out('');
  io.out(
    `Networks by size, with as many validators as draw most, and all nodes, but at most ${String(COHORT_MAX)}, one operator’s:`,
  );
  io.out('');
  const smallHead = ['nodes', 'validators', 'draws', 'worst class', 'products', 'fills', 'of a day'];
  for (const line of table(smallHead, small.map(smallCells))) io.out(line);
}

const OPTIONS = {
  policy: { type: 'string' },
  nodes: { type: 'string' },
  network: { type: 'string' },
  validators: { type: 'string' },
  epoch: { type: 'string' },
  json: { type: 'boolean' },
} as const;

async function run(args: readonly string[], io: Io): Promise<0> {
  const values = parseFlags(args, OPTIONS);
  const policy = readPolicy(values.policy ?? 'network');
  const nodeCount = integerFlag(values.network ?? '1000', '--network', 1, 1_000_000);
  const operatorNodes = integerFlag(values.nodes ?? '1', '--nodes', 1, nodeCount);
  const validatorCount = integerFlag(values.validators ?? '20', '--validators', 1, SEATS_MAX);
  const epochSeconds = integerFlag(values.epoch ?? '3600', '--epoch', 1, 86_400);
  const network = { nodeCount, validatorCount, epochSeconds };
  const rows = policy.classes.map((gpuClass: GpuClass): Row => {
    const usual = auditLoad({ policy, gpuClass, network, operatorNodes, pace: 'aim' });
    return { name: gpuClass.name, usual, worst: worstLoad(policy, gpuClass, epochSeconds) };
  });
  const small = smallNetworks(policy, epochSeconds);
  if (values.json === true)
    io.out(JSON.stringify({ policy: policy.name, network, operatorNodes, classes: rows, networks: small }));
  else print(io, policy, rows, small);
  return 0;
}

export const loadCommand: Command = {
  name: 'load',
  summary: 'Shows what a policy’s audits cost a node, in device time.',
  usage,
  run,
};
