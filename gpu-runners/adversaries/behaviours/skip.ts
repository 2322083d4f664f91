// Each leaf is skipped with the given probability, on its own; so k opened leaves miss the fraud with probability (1 − f)^k.
import { randomInt } from 'node:crypto';
import { LEAF_COLUMNS } from '../../../protocol/challenges/gemm/params.ts';
import { commitGemm } from '../../../protocol/challenges/gemm/prove.ts';
import type { Prove } from '../../backends/cpu/provers.ts';
import { plausibleValue } from './plausible.ts';

export function skip(share: number): Prove {
  return (params, nonce, compute) =>
    commitGemm(params, nonce, (round, current) => {
      const values = compute(round, current);
      for (let leaf = 0; leaf < values.length; leaf += LEAF_COLUMNS) {
        if (randomInt(1_000_000) < share * 1_000_000) {
          for (let c = leaf; c < leaf + LEAF_COLUMNS; c++) values[c] = plausibleValue(params.depth);
        }
      }
      return values;
    });
}
