// What the nodes of a test's epoch compute: the reference provers of each kind, and provers that cheat.
import { KIND_GEMM, KIND_VRAM } from '../../protocol/challenge.ts';
import { expandMatrixB } from '../../protocol/challenges/gemm/matrix.ts';
import { commitGemm, multiplyRound } from '../../protocol/challenges/gemm/prove.ts';
import { gemmSecrets } from '../../protocol/challenges/gemm/secrets.ts';
import { presenceCommitment } from '../../protocol/challenges/presence.ts';
import { commitVram, fillPages } from '../../protocol/challenges/vram/prove.ts';
import type { Hex } from '../../protocol/bytes.ts';
import type { Position } from '../../protocol/receipts.ts';
import type { GemmTask, VramTask } from '../../protocol/task.ts';
import type { Behaviour, Stage } from './behaviour-names.ts';
import { secretKernel } from './forge.ts';

export type Proof = {
  readonly roots: readonly Uint8Array[];
  readonly commitment: Hex;
  readonly open: (positions: readonly Position[]) => Uint8Array;
};

const OTHER: Hex = `0x${'77'.repeat(32)}`;

function proveGemm(stage: Stage, { params }: GemmTask, behaviour: Behaviour): Proof {
  const b = expandMatrixB(params);
  const kernel = behaviour === 'forged' ? secretKernel(gemmSecrets(stage.seed, params).blocks[0] ?? []) : null;
  return commitGemm(params, stage.audit.challenge.nonce, (_, nonce) => {
    const values = multiplyRound(params, b, nonce);
    if (behaviour === 'wrong') return values.map((value) => value + 1);
    // only the first block of each row is forged
    return kernel === null ? values : values.map((value, i) => value + (kernel[i % params.columns] ?? 0));
  });
}

/** The one that is wrong (or claimed to be right) folds another node's data. */
function proveVram({ audit }: Stage, { params }: VramTask, behaviour: Behaviour): Proof {
  const borrowed = behaviour === 'wrong' || behaviour === 'forged';
  const { nodeId, nonce } = audit.challenge;
  return commitVram(params, audit.start, nonce, fillPages(params, borrowed ? OTHER : nodeId));
}

export function prove(stage: Stage, behaviour: Behaviour): Proof {
  const { task, challenge } = stage.audit;
  if (task.kind === KIND_GEMM) return proveGemm(stage, task, behaviour);
  if (task.kind === KIND_VRAM) return proveVram(stage, task, behaviour);
  return { roots: [], commitment: presenceCommitment(challenge.nonce), open: () => new Uint8Array() };
}
