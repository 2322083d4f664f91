// One epoch's matrix B, packed for the kernel, and the multiplication with it. Packing costs about as much as a small job, so the
// last matrices are kept (cache.ts); the packed form is twice the size of B and nothing else of B is held.
import { chachaKey } from '../../../protocol/chacha.ts';
import { fromHex, type Hex } from '../../../protocol/bytes.ts';
import { rowOfA, segmentOfB } from '../../../protocol/challenges/gemm/matrix.ts';
import { LEAF_COLUMNS, type GemmParams } from '../../../protocol/challenges/gemm/params.ts';
import { KERNEL_ROWS, PANEL_COLUMNS, kernelBytes, type Multiply } from './kernel.ts';
import { Instance, Memory, Module } from './webassembly.ts';

const PAGE_BYTES = 65_536;

export type PackedMatrix = {
  /** C = A·B for A from this nonce; `between` is called every few milliseconds. Row-major rows × columns. */
  multiply(nonce: Hex, rows: number, between: () => void): Int32Array;
};

/** Bytes of the kernel's memory for these parameters. */
export function packedBytes({ columns, depth }: GemmParams): number {
  return 2 * depth * columns + KERNEL_ROWS * (2 * depth + 4 * columns);
}

/** Multiplications between two looks: milliseconds, on a slow processor tens of them. */
const PRODUCTS_PER_LOOK = 2 ** 25;
/** Rows of B between two looks: about a hundred microseconds. */
const ROWS_PER_LOOK = 64;

function packB(params: GemmParams, out: Int16Array, between: () => void): void {
  const key = chachaKey(fromHex(params.matrixKey, 32));
  const words = new Uint32Array(LEAF_COLUMNS / 4);
  const bytes = new Int8Array(words.buffer);
  const panel = params.depth * PANEL_COLUMNS;
  for (let block = 0; block < params.columns / LEAF_COLUMNS; block++) {
    const first = (block * LEAF_COLUMNS * panel) / PANEL_COLUMNS;
    for (let row = 0; row < params.depth; row++) {
      if (row % ROWS_PER_LOOK === 0) between();
      segmentOfB(words, key, row, block);
      const at = first + (row >> 1) * 2 * PANEL_COLUMNS + (row & 1);
      for (let c = 0; c < LEAF_COLUMNS; c++) out[at + (c >> 3) * panel + 2 * (c & 7)] = bytes[c] ?? 0;
    }
  }
}

/** Rows first … first+3 of A, interleaved; rows past the end are zero. */
function packA(out: Int16Array, key: Uint32Array, first: number, rows: number, depth: number): void {
  for (let r = 0; r < KERNEL_ROWS; r++) {
    const row = first + r < rows ? rowOfA(key, first + r, depth) : new Int8Array(depth);
    for (let k = 0; k < depth; k++) out[(k >> 1) * 2 * KERNEL_ROWS + 2 * r + (k & 1)] = row[k] ?? 0;
  }
}

/** @param between called every few rows; whatever it throws ends the work */
export function packMatrix(params: GemmParams, between: () => void = () => undefined): PackedMatrix {
  const { columns, depth } = params;
  const memory = new Memory({ initial: Math.ceil(packedBytes(params) / PAGE_BYTES) });
  const { exports } = new Instance(new Module(kernelBytes()), { m: { m: memory } });
  const kernel = exports['f'] as Multiply;
  const aAt = 2 * depth * columns;
  const cAt = aAt + 2 * KERNEL_ROWS * depth;
  const [panels, panelBytes] = [columns / PANEL_COLUMNS, 2 * PANEL_COLUMNS * depth];
  const step = Math.max(1, Math.floor(PRODUCTS_PER_LOOK / (KERNEL_ROWS * PANEL_COLUMNS * depth)));
  const a = new Int16Array(memory.buffer, aAt, KERNEL_ROWS * depth);
  const c = new Int32Array(memory.buffer, cAt, KERNEL_ROWS * columns);
  packB(params, new Int16Array(memory.buffer, 0, depth * columns), between);

  return {
    multiply(nonce, rows, between) {
      const key = chachaKey(fromHex(nonce, 32));
      const out = new Int32Array(rows * columns);
      for (let first = 0; first < rows; first += KERNEL_ROWS) {
        between();
        packA(a, key, first, rows, depth);
        for (let panel = 0; panel < panels; panel += step) {
          if (panel > 0) between();
          const count = Math.min(step, panels - panel);
          kernel(aAt, panel * panelBytes, cAt + 4 * PANEL_COLUMNS * panel, 2 * KERNEL_ROWS * depth, count, 4 * columns);
        }
        out.set(first + KERNEL_ROWS <= rows ? c : c.subarray(0, (rows - first) * columns), first * columns);
      }
      return out;
    },
  };
}
