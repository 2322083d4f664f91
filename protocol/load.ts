// What audits cost a node: seconds of its device a day, by kind, from the policy alone. Nobody computes rewards or verdicts from this;
// it is what an operator may hold the network to, and what a test holds the shipped policy to.
import { KIND_GEMM, KIND_PRESENCE, KIND_VRAM } from './challenge.ts';
import { gemmOps } from './challenges/gemm/params.ts';
import { vramBytes } from './challenges/vram/params.ts';
import { ZERO32 } from './bytes.ts';
import type { GpuClass, KindEntry, Policy } from './policy.ts';

/** How long a job is meant to take on the device that its class is named after, without the fill. */
export const JOB_AIM_MS = 2_000;
/** What a fill is taken to last where no better figure is known: the one part of a job that no policy and no record holds. */
export const FILL_ASSUMED_MS = 10_000;

const DAY_MS = 86_400_000;
const PPM = 1_000_000n;

/** How long jobs take. `aim`: what they were sized for. `slowest`: as long as a node may take and still pass. */
export type Pace = 'aim' | 'slowest';

export type LoadInput = {
  readonly policy: Policy;
  readonly gpuClass: GpuClass;
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
 * Draws are uniform over nodes and kinds. In an entry with cohorts of c a node of an operator with n nodes is challenged min(c, n)
 * times as often: by its own draws, and by those of the n − 1 others, each of which takes it with (min(c, n) − 1) / (n − 1).
 */
function entryLoad({ policy, gpuClass, operatorNodes, pace }: LoadInput, { kind, weight, cohort }: KindEntry): EntryLoad {
  const weights = policy.kinds.reduce((sum, entry) => sum + entry.weight, 0);
  const draws = (policy.schedule.auditsPerNodePerDay * weight) / weights;
  const jobs = hasJob(gpuClass, kind) ? draws * Math.min(cohort, operatorNodes) : 0;
  const each = jobMs(gpuClass, kind, pace);
  return { kind, cohort, jobs, jobMs: each, dayMs: jobs * each };
}

/** Openings are left out: they read what a job has left in memory. */
export function auditLoad(input: LoadInput): Load {
  const entries = input.policy.kinds.map((entry) => entryLoad(input, entry));
  const dayMs = entries.reduce((sum, entry) => sum + entry.dayMs, 0);
  return { entries, dayMs, sharePpm: Math.ceil((1_000_000 * dayMs) / DAY_MS) };
}

/** What no node of this class is asked for more than, on average: its operator fills every cohort, and it is as slow as may be. */
export function worstLoad(policy: Policy, gpuClass: GpuClass): Load {
  const operatorNodes = Math.max(...policy.kinds.map(({ cohort }) => cohort));
  return auditLoad({ policy, gpuClass, operatorNodes, pace: 'slowest' });
}
