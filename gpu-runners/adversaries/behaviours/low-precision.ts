// Products in arithmetic that is cheaper than what is asked for: both factors cut to their upper 7 or 4 bits, or exact factors whose sum
// is kept in half precision, as fast units of a GPU would.
import { chachaKey } from '../../../protocol/chacha.ts';
import { fromHex, type Hex } from '../../../protocol/bytes.ts';
import { expandMatrixB, rowOfA } from '../../../protocol/challenges/gemm/matrix.ts';
import type { GemmParams } from '../../../protocol/challenges/gemm/params.ts';
import { commitGemm } from '../../../protocol/challenges/gemm/prove.ts';
import type { Prove } from '../../backends/cpu/provers.ts';

type Sum = (row: Int8Array, b: Int8Array, columns: number, column: number) => number;

/** Nearest number with 11 significant bits; beyond half precision's largest, that one. */
function half(value: number): number {
  const size = Math.abs(value);
  if (size >= 65_504) return Math.sign(value) * 65_504;
  if (size < 2048) return value; // integers up to here are exact
  const step = 2 ** (Math.floor(Math.log2(size)) - 10);
  return Math.round(value / step) * step;
}

function multiplied(params: GemmParams, b: Int8Array, nonce: Hex, sum: Sum): Int32Array {
  const { rows, columns, depth } = params;
  const key = chachaKey(fromHex(nonce, 32));
  const out = new Int32Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    const row = rowOfA(key, i, depth);
    for (let c = 0; c < columns; c++) out[i * columns + c] = sum(row, b, columns, c);
  }
  return out;
}

function withSum(sum: Sum): Prove {
  let last: { readonly key: string; readonly b: Int8Array } | null = null;
  return (params, nonce) => {
    const key = `${params.matrixKey}/${String(params.columns)}/${String(params.depth)}`;
    const { b } = last?.key === key ? last : { b: expandMatrixB(params) };
    last = { key, b };
    return commitGemm(params, nonce, (_, current) => multiplied(params, b, current, sum));
  };
}

/** Both factors lose their lowest bits, and the sum is scaled back. */
export function inBits(bits: 7 | 4): Prove {
  const lost = 8 - bits;
  return withSum((row, b, columns, column) => {
    let sum = 0;
    for (let k = 0; k < row.length; k++) sum += ((row[k] ?? 0) >> lost) * ((b[k * columns + column] ?? 0) >> lost);
    return sum * 4 ** lost;
  });
}

export const inHalf: Prove = withSum((row, b, columns, column) => {
  let sum = 0;
  for (let k = 0; k < row.length; k++) sum = half(sum + (row[k] ?? 0) * (b[k * columns + column] ?? 0));
  return sum;
});
