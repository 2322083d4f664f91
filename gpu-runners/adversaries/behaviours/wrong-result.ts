// One value of every leaf is off by one: the least that can be wrong.
import { LEAF_COLUMNS } from '../../../protocol/challenges/gemm/params.ts';
import { commitGemm } from '../../../protocol/challenges/gemm/prove.ts';
import type { Prove } from '../../backends/cpu/provers.ts';

export const wrongResult: Prove = (params, nonce, compute) =>
  commitGemm(params, nonce, (round, current) => {
    const values = compute(round, current);
    for (let leaf = 0; leaf < values.length; leaf += LEAF_COLUMNS) values[leaf] = (values[leaf] ?? 0) + 1;
    return values;
  });
