// What audits cost a node: seconds of its device a day, by kind, from the policy alone. Nobody computes rewards or verdicts from this;
// it is what an operator may hold the network to, and what a test holds the shipped policy to.
import { KIND_GEMM, KIND_PRESENCE, KIND_VRAM } from './challenge.ts';
import { gemmOps } from './challenges/gemm/params.ts';
import { vramBytes } from './challenges/vram/params.ts';
import { ZERO32 } from './bytes.ts';
import { SEATS_MAX } from './consensus/weights.ts';
import type { GpuClass, KindEntry, Policy } from './policy.ts';
import { drawsPerEpoch } from './schedule.ts';

/** How long a job is meant to take on the device that its class is named after, without the fill. */
export const JOB_AIM_MS = 2_000;
/** What a fill is taken to last where no better figure is known: the one part of a job that no policy and no record holds. */
export const FILL_ASSUMED_MS = 10_000;

const DAY_SECONDS = 86_400;
const DAY_MS = 1000 * DAY_SECONDS;
const PPM = 1_000_000n;

/** How long jobs take. `aim`: what they were sized for. `slowest`: as long as a node may take and still pass. */
export type Pace = 'aim' | 'slowest';

/** What decides how often a node is drawn, besides the policy. */
export type NetworkSize = { readonly nodeCount: number; readonly validatorCount: number; readonly epochSeconds: number };

export type LoadInput = {
  readonly policy: Policy;
  readonly gpuClass: GpuClass;
  readonly network: NetworkSize;
  /** Nodes of the node's operator with a job of the kind, this one included: it is a member of the others' cohorts. */
  readonly operatorNodes: number;
  readonly pace: Pace;
};

/** Load from one entry of kinds[]. */
export type EntryLoad = {
  readonly kind: number;
  readonly cohort: number;
  /** Jobs a day, on average: draws are random and independent. */
  readonly jobs: number;
  readonly jobMs: number;
  readonly dayMs: number;
};

export type Load = {
  readonly network: NetworkSize;
  readonly operatorNodes: number;
  readonly entries: readonly EntryLoad[];
  readonly dayMs: number;
  /** Of the day, millionths, rounded up. */
  readonly sharePpm: number;
};

/** Time at the pass floor, at most the deadline: who is slower fails. */
function slowest(work: bigint, proofPpm: number, floorPerSecond: number, deadlineMs: number): number {
  if (floorPerSecond === 0) return deadlineMs;
  return Math.min(deadlineMs, Number((work * BigInt(proofPpm) * 1000n) / (PPM * BigInt(floorPerSecond))));
}

/** Device time of one job; 0 for presence, which the device has no part in, and for a job that the class lacks. */
export function jobMs({ gemm, vram }: GpuClass, kind: number, pace: Pace): number {
  if (kind === KIND_GEMM) {
    if (pace === 'aim') return JOB_AIM_MS;
    const work = gemmOps({ ...gemm, matrixKey: ZERO32 });
    return slowest(work, gemm.proofPpm, gemm.floorOpsPerSecond, gemm.commitDeadlineMs);
  }
  if (kind !== KIND_VRAM || vram === null) return 0;
  if (pace === 'aim') return Math.min(FILL_ASSUMED_MS, vram.fillDeadlineMs) + JOB_AIM_MS;
  const read = slowest(vramBytes(vram), vram.proofPpm, vram.floorBytesPerSecond, vram.passDeadlineMs);
  return vram.fillDeadlineMs + read;
}

function hasJob({ vram }: GpuClass, kind: number): boolean {
  return kind === KIND_GEMM || kind === KIND_PRESENCE || (kind === KIND_VRAM && vram !== null);
}

/**
 * Draws that name one node, a day, over all validators and kinds. Each validator draws whole numbers, rounded up, so this is
 * auditsPerNodePerDay and, where validators are many and nodes few, more: by less than validators × epochs a day / nodes.
 */
export function drawsPerNodeDay(policy: Policy, { nodeCount, validatorCount, epochSeconds }: NetworkSize): number {
  const clock = { genesis: 0, slotSeconds: epochSeconds, slotsPerEpoch: 1 };
  const draws = drawsPerEpoch({ epoch: 0, clock, policy, nodeCount, validatorCount });
  return (draws * validatorCount * DAY_SECONDS) / (epochSeconds * Math.max(1, nodeCount));
}

/**
 * Draws are uniform over nodes and kinds. In an entry with cohorts of c a node of an operator with n nodes is challenged min(c, n)
 * times as often: by its own draws, and by those of the n − 1 others, each of which takes it with (min(c, n) − 1) / (n − 1).
 */
function entryLoad(input: LoadInput, { kind, weight, cohort }: KindEntry): EntryLoad {
  const { policy, gpuClass, network, operatorNodes, pace } = input;
  const weights = policy.kinds.reduce((sum, entry) => sum + entry.weight, 0);
  const draws = (drawsPerNodeDay(policy, network) * weight) / weights;
  const jobs = hasJob(gpuClass, kind) ? draws * Math.min(cohort, operatorNodes) : 0;
  const each = jobMs(gpuClass, kind, pace);
  return { kind, cohort, jobs, jobMs: each, dayMs: jobs * each };
}

/** Openings are left out: they read what a job has left in memory. @throws RangeError when the operator has more nodes than there are */
export function auditLoad(input: LoadInput): Load {
  const { network, operatorNodes, policy } = input;
  if (operatorNodes > network.nodeCount) throw new RangeError('an operator has no more nodes than its network');
  const entries = policy.kinds.map((entry) => entryLoad(input, entry));
  const dayMs = entries.reduce((sum, entry) => sum + entry.dayMs, 0);
  return { network, operatorNodes, entries, dayMs, sharePpm: Math.ceil((1_000_000 * dayMs) / DAY_MS) };
}

/** With how many validators, at most `seats`, the nodes of a network of this size are drawn most often. */
export function busiestSet(policy: Policy, nodeCount: number, epochSeconds: number, seats = SEATS_MAX): NetworkSize {
  const sizes = Array.from({ length: seats }, (_, i) => ({ nodeCount, validatorCount: i + 1, epochSeconds }));
  const drawn = sizes.map((size) => drawsPerNodeDay(policy, size));
  return sizes[drawn.indexOf(Math.max(...drawn))] ?? { nodeCount, validatorCount: 1, epochSeconds };
}

/** The network of `least` nodes or more in which they are drawn most often. */
function busiest(policy: Policy, least: number, epochSeconds: number): NetworkSize {
  let worst = busiestSet(policy, least, epochSeconds);
  // Larger networks' rounding is spread over more nodes: the end is where none can reach what was found.
  const roundedUp = (SEATS_MAX * DAY_SECONDS) / epochSeconds;
  const most = (): number => drawsPerNodeDay(policy, worst);
  for (let nodes = least + 1; policy.schedule.auditsPerNodePerDay + roundedUp / nodes > most(); nodes++) {
    const size = busiestSet(policy, nodes, epochSeconds);
    if (drawsPerNodeDay(policy, size) > most()) worst = size;
  }
  return worst;
}

/**
 * What no node of this class is asked for more than, on average, in a network of any size with any number of validators: it is as
 * slow as may be, and its operator has as many nodes as cost it most.
 */
export function worstLoad(policy: Policy, gpuClass: GpuClass, epochSeconds: number): Load {
  const together = Math.max(...policy.kinds.map(({ cohort }) => cohort));
  const loads = Array.from({ length: together }, (_, i) => {
    const network = busiest(policy, i + 1, epochSeconds);
    return auditLoad({ policy, gpuClass, network, operatorNodes: i + 1, pace: 'slowest' });
  });
  return loads.reduce((worst, load) => (load.dayMs > worst.dayMs ? load : worst));
}
