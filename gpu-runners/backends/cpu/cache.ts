// The packed matrices of the newest epochs, least recently used out first.
import type { GemmParams } from '../../../protocol/challenges/gemm/params.ts';
import { MATRICES_MAX } from '../../limits.ts';
import { packMatrix, type PackedMatrix } from './matrix.ts';

export function createMatrixCache(max: number = MATRICES_MAX): (params: GemmParams) => PackedMatrix {
  const kept = new Map<string, PackedMatrix>();
  return (params) => {
    const key = `${params.matrixKey}/${String(params.columns)}/${String(params.depth)}`;
    const matrix = kept.get(key);
    kept.delete(key);
    const oldest = kept.keys().next().value;
    if (matrix === undefined && kept.size >= max && oldest !== undefined) kept.delete(oldest);
    const current = matrix ?? packMatrix(params);
    kept.set(key, current);
    return current;
  };
}
