// What a challenge asks for, by its kind: the parameters with their bounds, and what they take of this runner.
import { KIND_GEMM, KIND_PRESENCE, KIND_VRAM } from '../../protocol/challenge.ts';
import { decodeGemmParams, gemmOps, type GemmParams } from '../../protocol/challenges/gemm/params.ts';
import { decodePresenceParams, type PresenceParams } from '../../protocol/challenges/presence.ts';
import { PAGE_WORDS, decodeVramParams, type VramParams } from '../../protocol/challenges/vram/params.ts';
import { ProtocolError } from '../../protocol/errors.ts';
import type { Memory } from '../backends/backend.ts';
import { Refusal, type ProblemCode } from '../problem.ts';
import type { Parts } from './parts.ts';

export type GemmJob = { readonly kind: typeof KIND_GEMM; readonly params: GemmParams };
export type VramJob = { readonly kind: typeof KIND_VRAM; readonly params: VramParams };
export type PresenceJob = { readonly kind: typeof KIND_PRESENCE; readonly params: PresenceParams };
/** Whose duration counts: one at a time. */
export type TimedJob = GemmJob | VramJob;
export type Job = TimedJob | PresenceJob;

/** Runs a decoder; what protocol/ refuses becomes a refusal with its reason. */
export function decoded<T>(code: ProblemCode, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof ProtocolError) throw new Refusal(code, error.message);
    throw error;
  }
}

/** @throws Refusal('unsupported') for another kind, or parameters that no party may use */
export function jobOf(kind: number, bytes: Uint8Array): Job {
  return decoded('unsupported', () => {
    if (kind === KIND_GEMM) return { kind, params: decodeGemmParams(bytes) };
    if (kind === KIND_VRAM) return { kind, params: decodeVramParams(bytes) };
    if (kind === KIND_PRESENCE) return { kind, params: decodePresenceParams(bytes) };
    throw new Refusal('unsupported', 'This runner knows challenge kinds 1, 2 and 5 only');
  });
}

/** Multiplications and additions, or words mixed and folded. */
export function workOf(job: TimedJob): bigint {
  if (job.kind === KIND_GEMM) return gemmOps(job.params);
  const { pages, parents, passes } = job.params;
  return BigInt(PAGE_WORDS) * BigInt(pages) * BigInt(parents + passes);
}

const mib = (bytes: number): string => `${String(Math.ceil(bytes / 2 ** 20))} MiB`;

function checkMemory({ job, proof }: Memory, bytesMax: number, flag: string): void {
  if (job + proof <= bytesMax) return;
  throw new Refusal('unsupported', `The job needs ${mib(job + proof)}; this runner gives one job ${mib(bytesMax)} (--${flag})`);
}

/** @throws Refusal('unsupported') for more than this runner is set to do, or its device can hold */
export function checkSize({ settings, backend }: Parts, job: TimedJob): void {
  if (workOf(job) > settings.jobOpsMax)
    throw new Refusal('unsupported', 'The work is more than this runner is set to do (--job-gop)');
  if (job.kind === KIND_GEMM) checkMemory(backend.gemmMemory(job.params), settings.jobBytesMax, 'job-mib');
  else checkMemory(backend.vramMemory(job.params), settings.fillBytesMax, 'fill-mib');
}
