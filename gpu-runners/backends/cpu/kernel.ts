// The inner product in WebAssembly SIMD, put together here byte by byte: 4 rows of A times panels of 8 columns of B, two steps of
// depth an instruction (`i32x4.dot_i16x8_s` multiplies 16-bit pairs and adds them into exact 32-bit lanes). Integer arithmetic
// mod 2³² is associative, so the order of the sums can't change a result.
//
// Memory, chosen by matrix.ts: A as [depth/2][4 rows][2] int16, B as panels of [depth/2][8 columns][2] int16, C as 4 rows of int32.

/** Rows that one call multiplies. */
export const KERNEL_ROWS = 4;
/** Columns of one panel of B. */
export const PANEL_COLUMNS = 8;

/** `multiply(a, b, c, aBytes, panels, cStride)`: byte offsets into the memory; C's row stride in bytes. */
export type Multiply = (a: number, b: number, c: number, aBytes: number, panels: number, cStride: number) => void;

const I32 = 0x7f;
const V128 = 0x7b;
const [A, B, C, A_BYTES, PANELS, STRIDE, AT, END, B_LOW, B_HIGH, A_PAIR, SUMS] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];

const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const constant = (value: number): number[] => [0x41, value]; // below 64: one LEB128 byte
const ADD = [0x6a];
const simd = (op: number, ...rest: number[]): number[] => (op < 0x80 ? [0xfd, op, ...rest] : [0xfd, op, 0x01, ...rest]);
const load = (offset: number): number[] => simd(0x00, 0, offset);
const loadSplat = (offset: number): number[] => simd(0x09, 0, offset);
const store = (offset: number): number[] => simd(0x0b, 0, offset);
const ZERO = simd(0x0c, ...new Array<number>(16).fill(0));
const ADD_LANES = simd(0xae);
const DOT = simd(0xba);
const advance = (local: number, by: number): number[] => [...get(local), ...constant(by), ...ADD, ...set(local)];
const loop = (...body: number[][]): number[] => [0x03, 0x40, ...body.flat(), 0x0b];
const REPEAT_IF = [0x0d, 0];
const rows = <T>(each: (row: number) => T): T[] => Array.from({ length: KERNEL_ROWS }, (_, row) => each(row));
const sum = (row: number, half: number): number => SUMS + 2 * row + half;

function accumulate(row: number): number[] {
  const half = (index: number, b: number): number[] => [
    ...get(sum(row, index)),
    ...get(A_PAIR),
    ...get(b),
    ...DOT,
    ...ADD_LANES,
    ...set(sum(row, index)),
  ];
  return [...get(AT), ...loadSplat(4 * row), ...set(A_PAIR), ...half(0, B_LOW), ...half(1, B_HIGH)];
}

function body(): number[] {
  const overDepth = loop(
    [...get(B), ...load(0), ...set(B_LOW), ...get(B), ...load(16), ...set(B_HIGH)],
    ...rows(accumulate),
    [...advance(AT, 16), ...advance(B, 32)],
    [...get(AT), ...get(END), 0x49, ...REPEAT_IF],
  );
  const writeRow = (row: number): number[] => [
    ...get(AT),
    ...get(sum(row, 0)),
    ...store(0),
    ...get(AT),
    ...get(sum(row, 1)),
    ...store(16),
    ...get(AT),
    ...get(STRIDE),
    ...ADD,
    ...set(AT),
  ];
  const overPanels = loop(
    ...rows((row) => [...ZERO, ...set(sum(row, 0)), ...ZERO, ...set(sum(row, 1))]),
    [...get(A), ...set(AT)],
    overDepth,
    [...get(C), ...set(AT)],
    ...rows(writeRow),
    advance(C, 32),
    [...get(PANELS), ...constant(1), 0x6b, 0x22, PANELS, ...REPEAT_IF],
  );
  const locals = [2, 2, I32, 3 + 2 * KERNEL_ROWS, V128];
  return [...locals, ...get(A), ...get(A_BYTES), ...ADD, ...set(END), ...overPanels, 0x0b];
}

function leb128(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb128(value >>> 7)];
}

const section = (id: number, bytes: readonly number[]): number[] => [id, ...leb128(bytes.length), ...bytes];

/** The module: imports a memory as `m.m`, exports the function as `f`. */
export function kernelBytes(): Uint8Array<ArrayBuffer> {
  const code = body();
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 6, I32, I32, I32, I32, I32, I32, 0]),
    ...section(2, [1, 1, 0x6d, 1, 0x6d, 2, 0, 0]),
    ...section(3, [1, 0]),
    ...section(7, [1, 1, 0x66, 0, 0]),
    ...section(10, [1, ...leb128(code.length), ...code]),
  ]);
}
