// The first round is made up, and could have been prepared; it has a proper tree, so only the product check finds it.
import { commitGemm } from '../../../protocol/challenges/gemm/prove.ts';
import type { Prove } from '../../backends/cpu/provers.ts';
import { plausibleValue } from './plausible.ts';

export const garbageRoundValues: Prove = (params, nonce, compute) =>
  commitGemm(params, nonce, (round, current) =>
    round === 0 ? compute(round, current).map(() => plausibleValue(params.depth)) : compute(round, current),
  );
