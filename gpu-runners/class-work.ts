// The largest job that a node's class is asked for, by the policies that this version ships. Any validator may sign a challenge; a
// job of many times this size would keep the device from everybody else's for as long.
import { gemmParams } from '../protocol/challenges/gemm/params.ts';
import { vramParams } from '../protocol/challenges/vram/params.ts';
import { ZERO32 } from '../protocol/bytes.ts';
import { KIND_GEMM, KIND_VRAM } from '../protocol/challenge.ts';
import { findClass } from '../protocol/policy.ts';
import { shippedPolicies } from '../schema/policy/shipped.ts';
import { workOf } from './server/job.ts';

/** Operations; null for a class that no shipped policy has. */
export function classWork(gpuClass: string): bigint | null {
  const works = shippedPolicies.flatMap((policy) => {
    const found = findClass(policy, gpuClass);
    if (found === undefined) return [];
    const fill = found.vram === null ? 0n : workOf({ kind: KIND_VRAM, params: vramParams(found.vram, ZERO32) });
    return [workOf({ kind: KIND_GEMM, params: gemmParams(found.gemm, ZERO32) }), fill];
  });
  return works.length === 0 ? null : works.reduce((most, work) => (work > most ? work : most), 0n);
}
