// The engine on the CPU: computes in the thread that calls it, one job at a time, and calls `between` every few rows or pages so
// that its host can open an earlier result meanwhile.
import { dataKey, expandCache } from '../../../protocol/challenges/vram/data.ts';
import type { GemmParams } from '../../../protocol/challenges/gemm/params.ts';
import type { VramParams } from '../../../protocol/challenges/vram/params.ts';
import { CACHES_MAX, MATRICES_MAX } from '../../limits.ts';
import { GivenUpError } from '../engine.ts';
import type { Hosted } from '../pool/host.ts';
import { newest } from './cache.ts';
import { packMatrix, type PackedMatrix } from './matrix.ts';
import type { Provers } from './provers.ts';

const matrixKeyOf = ({ matrixKey, columns, depth }: GemmParams): string => `${matrixKey}/${String(columns)}/${String(depth)}`;
const cacheKeyOf = ({ fillKey, cacheRows }: VramParams): string => `${fillKey}/${String(cacheRows)}`;

export function cpuEngine(provers: Provers, between: () => void): Hosted {
  const matrixOf = newest(MATRICES_MAX, matrixKeyOf, (params: GemmParams) => packMatrix(params));
  // Of a job that may be given up: one place of its own, so that no such job's matrix pushes out one that scheduled jobs are timed with.
  let spare: { readonly key: string; readonly matrix: PackedMatrix } | null = null;
  const spareOf = (params: GemmParams, look: () => void): PackedMatrix => {
    const key = matrixKeyOf(params);
    const kept = matrixOf.peek(params) ?? (spare?.key === key ? spare.matrix : undefined);
    const matrix = kept ?? packMatrix(params, look);
    spare = { key, matrix };
    return matrix;
  };
  const cacheOf = newest(CACHES_MAX, cacheKeyOf, expandCache);
  return {
    gemm(params, nonce, isGivenUp) {
      const look = (): void => {
        between();
        if (isGivenUp?.() === true) throw new GivenUpError();
      };
      const matrix = isGivenUp === undefined ? matrixOf(params) : spareOf(params, look);
      const proof = provers.gemm(params, nonce, (_round, current) => matrix.multiply(current, params.rows, look));
      return { ...proof, release: () => undefined };
    },
    fill(params, nodeId) {
      const pass = provers.fill({ params, cache: cacheOf(params), key: dataKey(params, nodeId), between });
      return { pass: (start, nonce) => ({ ...pass(start, nonce), release: () => undefined }), release: () => undefined };
    },
  };
}
