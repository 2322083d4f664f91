// Answers from a cache: the values of an earlier product, the folds of an earlier pass, under trees that are made anew for the present
// challenge, so that nothing but the values is old. The first answer is computed for a nonce of its own, as by a node that has been
// asked before, so the first audit of the process gets an old answer, too.
import { randomBytes } from 'node:crypto';
import { toHex } from '../../../protocol/bytes.ts';
import { encodeGemmParams } from '../../../protocol/challenges/gemm/params.ts';
import { commitGemm } from '../../../protocol/challenges/gemm/prove.ts';
import { passKey } from '../../../protocol/challenges/vram/fold.ts';
import { encodeVramParams, PAGE_WORDS } from '../../../protocol/challenges/vram/params.ts';
import { foldPass, openVram, vramCommitment, vramPassOf, type VramPass } from '../../../protocol/challenges/vram/prove.ts';
import { rfc6962Root } from '../../../protocol/trees/rfc6962.ts';
import { storePages, type FillWith, type Prove } from '../../backends/cpu/provers.ts';

const earlier = (): `0x${string}` => toHex(randomBytes(32));

export function cachedProduct(): Prove {
  const values = new Map<string, Int32Array>();
  return (params, nonce, compute) => {
    const key = toHex(encodeGemmParams(params));
    const old = values.get(key) ?? compute(0, earlier());
    values.set(key, old);
    return commitGemm(params, nonce, () => old);
  };
}

/** Of the pages nothing is kept; what the last pass over them gave is kept for good. */
export function cachedFill(): FillWith {
  const passes = new Map<string, Uint8Array>();
  return (job) => {
    const { params } = job;
    const key = toHex(encodeVramParams(params)) + job.key.join();
    const fold = (): Uint8Array => {
      const pages = storePages(job);
      return foldPass(params, earlier(), 0, (page) => pages.subarray(PAGE_WORDS * page, PAGE_WORDS * (page + 1))).folds;
    };
    const folds = passes.get(key) ?? fold();
    passes.set(key, folds);
    return (start, nonce) => {
      const made: VramPass[] = [];
      const roots: Uint8Array[] = [];
      for (let round = 0; round < params.passes; round++) {
        const pass = vramPassOf(params, passKey(start, nonce, round, roots[round - 1] ?? null), folds);
        made.push(pass);
        roots.push(rfc6962Root(pass.tree));
      }
      return { roots, commitment: vramCommitment(start, roots), open: (positions) => openVram(params, made, positions) };
    };
  };
}
