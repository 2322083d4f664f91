// How this validator checks the openings of a task: with its secret vectors, or with the epoch's cache. Made before a challenge is sent,
// so that nothing has to be computed or fetched while a node's clock runs.
import { KIND_GEMM, KIND_VRAM } from '../../protocol/challenge.ts';
import { secretCheck } from '../../protocol/challenges/gemm/check.ts';
import { gemmOpenings, publicCheck, vramOpenings, type OpeningsCheck } from '../../protocol/openings-check.ts';
import type { EpochPlan } from '../../protocol/schedule.ts';
import { taskOf, type Task } from '../../protocol/task.ts';
import type { Context } from './ports.ts';
import { secretsFor } from './secrets.ts';
import { vramCache } from './vram-caches.ts';

export async function checkFor(context: Context, plan: EpochPlan, task: Task): Promise<OpeningsCheck> {
  if (task.kind === KIND_GEMM) {
    return gemmOpenings(task, secretCheck(task.params, await secretsFor(context, plan, task.params)));
  }
  if (task.kind === KIND_VRAM) return vramOpenings(task, vramCache(task.params));
  return publicCheck(task);
}

/** Makes what the epoch's probes will check with. */
export async function prepareChecks(context: Context, plan: EpochPlan): Promise<void> {
  const { policy, beacon } = plan;
  const drawn = new Set(policy.kinds.map(({ kind }) => kind));
  for (const gpuClass of policy.classes) {
    for (const kind of [KIND_GEMM, KIND_VRAM]) {
      if (!drawn.has(kind) || (kind === KIND_VRAM && gpuClass.vram === null)) continue;
      await checkFor(context, plan, taskOf({ policy, gpuClass, kind, region: 0, beacon }));
    }
  }
}
