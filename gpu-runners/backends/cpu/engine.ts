// The engine on the CPU: computes in the thread that calls it, one job at a time, and calls `between` every few rows or pages so
// that its host can open an earlier result meanwhile.
import { dataKey, expandCache } from '../../../protocol/challenges/vram/data.ts';
import type { GemmParams } from '../../../protocol/challenges/gemm/params.ts';
import type { VramParams } from '../../../protocol/challenges/vram/params.ts';
import { CACHES_MAX, MATRICES_MAX } from '../../limits.ts';
import type { Hosted } from '../pool/host.ts';
import { newest } from './cache.ts';
import { packMatrix } from './matrix.ts';
import type { Provers } from './provers.ts';

const matrixKeyOf = ({ matrixKey, columns, depth }: GemmParams): string => `${matrixKey}/${String(columns)}/${String(depth)}`;
const cacheKeyOf = ({ fillKey, cacheRows }: VramParams): string => `${fillKey}/${String(cacheRows)}`;

export function cpuEngine(provers: Provers, between: () => void): Hosted {
  const matrixOf = newest(MATRICES_MAX, matrixKeyOf, packMatrix);
  const cacheOf = newest(CACHES_MAX, cacheKeyOf, expandCache);
  return {
    gemm(params, nonce) {
      const matrix = matrixOf(params);
      const proof = provers.gemm(params, nonce, (_round, current) => matrix.multiply(current, params.rows, between));
      return { ...proof, release: () => undefined };
    },
    fill(params, nodeId) {
      const pass = provers.fill({ params, cache: cacheOf(params), key: dataKey(params, nodeId), between });
      return { pass: (start, nonce) => ({ ...pass(start, nonce), release: () => undefined }), release: () => undefined };
    },
  };
}
