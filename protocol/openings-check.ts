// How the openings of a kind are checked: the auditor brings its secrets or its cache, replay nothing but public data.
import type { Hex } from './bytes.ts';
import { KIND_GEMM, KIND_VRAM } from './challenge.ts';
import { checkGemm, fullCheck, type ProductCheck } from './challenges/gemm/check.ts';
import { checkVram } from './challenges/vram/check.ts';
import { expandCache } from './challenges/vram/data.ts';
import type { Position } from './receipts.ts';
import type { GemmTask, Task, VramTask } from './task.ts';

export type OpeningsStatement = {
  readonly nodeId: Hex;
  readonly nonce: Hex;
  /** Kind 2; zero32 for other kinds. */
  readonly start: Hex;
  readonly roots: readonly Uint8Array[];
  readonly positions: readonly Position[];
};

export type OpeningsCheck = (statement: OpeningsStatement, openings: Uint8Array) => 'none' | 'bad_opening' | 'wrong_result';

/** @param isProduct the auditor's secrets, or `fullCheck` */
export function gemmOpenings({ params }: GemmTask, isProduct: ProductCheck): OpeningsCheck {
  return (statement, openings) => checkGemm({ ...statement, params }, openings, isProduct);
}

/** @param cache `expandCache(params)`: 64 bytes a row, the same for the whole epoch */
export function vramOpenings({ params }: VramTask, cache: Uint32Array): OpeningsCheck {
  return (statement, openings) => checkVram({ ...statement, params }, openings, statement.nodeId, cache);
}

/** From public data alone. @param cacheOf makes or remembers the cache of kind 2 */
export function publicCheck(
  task: Task,
  cacheOf: (task: VramTask) => Uint32Array = ({ params }) => expandCache(params),
): OpeningsCheck {
  if (task.kind === KIND_GEMM) return gemmOpenings(task, fullCheck(task.params));
  if (task.kind === KIND_VRAM) return vramOpenings(task, cacheOf(task));
  return () => 'bad_opening'; // presence has none
}
