// What a node of a class is asked by one kind of challenge: parameters, their bytes, and every deadline and size that follows. The
// one place that tells the kinds apart for those that send, answer, judge and replay.
import { toHex, type Hex } from './bytes.ts';
import { KIND_GEMM, KIND_PRESENCE, KIND_VRAM } from './challenge.ts';
import { openingMessageLimit } from './challenges/gemm/openings.ts';
import { encodeGemmParams, gemmParams, type GemmParams } from './challenges/gemm/params.ts';
import { encodePresenceParams, type PresenceParams } from './challenges/presence.ts';
import { vramOpeningMessageLimit } from './challenges/vram/openings.ts';
import { encodeVramParams, vramParams, type VramParams } from './challenges/vram/params.ts';
import { ProtocolError } from './errors.ts';
import { sha256 } from './hash.ts';
import { commitmentMessageBytes } from './messages.ts';
import type { GemmJob, GpuClass, Policy, VramJob } from './policy.ts';

type Encoded = { readonly bytes: Uint8Array; readonly paramsHash: Hex };
export type GemmTask = Encoded & { readonly kind: typeof KIND_GEMM; readonly params: GemmParams; readonly job: GemmJob };
export type VramTask = Encoded & { readonly kind: typeof KIND_VRAM; readonly params: VramParams; readonly job: VramJob };
export type PresenceTask = Encoded & {
  readonly kind: typeof KIND_PRESENCE;
  readonly params: PresenceParams;
  readonly job: Policy['presence'];
};
export type Task = GemmTask | VramTask | PresenceTask;

function encoded(bytes: Uint8Array): Encoded {
  return { bytes, paramsHash: toHex(sha256(bytes)) };
}

export type TaskInput = {
  readonly policy: Pick<Policy, 'presence'>;
  readonly gpuClass: GpuClass;
  readonly kind: number;
  /** Place in the policy's regions; of presence only. */
  readonly region: number;
  /** The epoch beacon's randomness. */
  readonly beacon: Hex;
};

/** The same for nodes of every class. */
export function presenceTask({ presence }: Pick<Policy, 'presence'>, region: number): PresenceTask {
  const params = { region };
  return { kind: KIND_PRESENCE, params, job: presence, ...encoded(encodePresenceParams(params)) };
}

/** @throws ProtocolError for a kind that is not known here or that the class has no job of, or parameters out of bounds */
export function taskOf({ policy, gpuClass, kind, region, beacon }: TaskInput): Task {
  if (kind === KIND_GEMM) {
    const params = gemmParams(gpuClass.gemm, beacon);
    return { kind, params, job: gpuClass.gemm, ...encoded(encodeGemmParams(params)) };
  }
  if (kind === KIND_VRAM && gpuClass.vram !== null) {
    const params = vramParams(gpuClass.vram, beacon);
    return { kind, params, job: gpuClass.vram, ...encoded(encodeVramParams(params)) };
  }
  if (kind === KIND_PRESENCE) return presenceTask(policy, region);
  throw new ProtocolError('out_of_range', `class ${gpuClass.name} has no job of challenge kind ${String(kind)}`);
}

/** Two draws with the same key have the same task within an epoch. */
export function taskKey({ gpuClass, kind, region }: Pick<TaskInput, 'gpuClass' | 'kind' | 'region'>): string {
  return `${gpuClass.name}/${String(kind)}/${String(region)}`;
}

/** For the whole answer to the challenge; the challenge's own deadline lies so far after its start. */
export function firstDeadlineMs(task: Task): number {
  if (task.kind === KIND_GEMM) return task.job.commitDeadlineMs;
  return task.kind === KIND_VRAM ? task.job.fillDeadlineMs : task.job.deadlineMs;
}

/** For the timed commitment: the most that a record's `elapsedMs` can be. */
export function commitDeadlineMs(task: Task): number {
  return task.kind === KIND_VRAM ? task.job.passDeadlineMs : firstDeadlineMs(task);
}

/** For the openings; null for a kind without them. */
export function openDeadlineMs(task: Task): number | null {
  return task.kind === KIND_PRESENCE ? null : task.job.openDeadlineMs;
}

/** R: roots of the commitment. */
export function rootsOf(task: Task): number {
  if (task.kind === KIND_GEMM) return task.params.rounds;
  return task.kind === KIND_VRAM ? task.params.passes : 0;
}

/** 34 bytes of *ready*. */
const READY_BYTES = 34;
/** Head of a busy message, and the longest challenge request with the params of any kind. */
const BUSY_BYTES_MAX = 130 + 1024;

/** Most bytes of the answer to the challenge. */
export function firstBytesMax(task: Task): number {
  if (task.kind === KIND_VRAM) return Math.max(READY_BYTES, BUSY_BYTES_MAX);
  return task.kind === KIND_GEMM ? Math.max(commitmentBytesMax(task), BUSY_BYTES_MAX) : commitmentBytesMax(task);
}

/** Most bytes of a commitment message. */
export function commitmentBytesMax(task: Task): number {
  return commitmentMessageBytes(rootsOf(task));
}

/** Most bytes of an opening message; 0 for a kind without openings. */
export function openingBytesMax(task: Task): number {
  if (task.kind === KIND_GEMM) return openingMessageLimit(task.params);
  return task.kind === KIND_VRAM ? vramOpeningMessageLimit(task.params) : 0;
}
