// One run of the consensus rule in a process of its own, so that time and memory are of this work alone:
// `consensus-child.ts <nodes> <seats>`. Writes one line of JSON.
import process from 'node:process';
import { consensus } from '../protocol/consensus/rule.ts';
import { shippedPolicies } from '../schema/policy/shipped.ts';
import { networkInput, type Outcome } from './consensus-network.ts';
import { watchPeak } from './measure.ts';

export type ConsensusRun = Outcome & {
  readonly cpuMs: number;
  readonly wallMs: number;
  /** High-water mark over what the process held when its input was there. */
  readonly growthMiB: number;
  /** Resident memory with the input, before the rule ran. */
  readonly inputMiB: number;
};

const WARM_NODES = 200;

const [nodes = 0, seats = 0] = process.argv.slice(2).map(Number);
const policy = shippedPolicies.find(({ name }) => name === 'network');
if (policy === undefined || nodes === 0 || seats === 0) throw new Error('usage: consensus-child.ts <nodes> <seats>');
consensus(networkInput(policy, WARM_NODES, seats)); // compiled before it counts
const input = networkInput(policy, nodes, seats);
globalThis.gc?.();
const peak = watchPeak();
const [cpu, wall] = [process.cpuUsage(), performance.now()];
const { leaves, roots } = consensus(input);
const [used, wallMs] = [process.cpuUsage(cpu), performance.now() - wall];
const run: ConsensusRun = {
  ...{ scoreRoot: roots.scoreRoot, lines: leaves.scores.length + leaves.services.length + leaves.validators.length },
  ...{ cpuMs: (used.user + used.system) / 1000, wallMs, growthMiB: peak.growth(), inputMiB: peak.before },
};
process.stdout.write(`${JSON.stringify(run)}\n`);
