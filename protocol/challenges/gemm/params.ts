// Parameters of one gemm-int8 job, their canonical bytes and their bounds. Both sides check the bounds before anything else.
import { Reader, concat, equal, fromHex, toHex, u32, type Hex } from '../../bytes.ts';
import { ProtocolError } from '../../errors.ts';
import { sha256, tag } from '../../hash.ts';
import type { GemmJob } from '../../policy.ts';

/** Columns of one leaf. */
export const LEAF_COLUMNS = 256;

export type GemmParams = {
  /** M: rows of A_t and C_t. */
  readonly rows: number;
  /** N: columns of B and C_t; a multiple of 256. */
  readonly columns: number;
  /** K: columns of A_t, rows of B; a multiple of 64. */
  readonly depth: number;
  /** R: chained rounds. */
  readonly rounds: number;
  /** k: openings a job, a multiple of R; the secretless leaf comes on top. */
  readonly openings: number;
  /** Key of B, the same for the whole epoch. */
  readonly matrixKey: Hex;
};

const TAG = tag('assay/k1/params');

/** The key of the epoch's matrix B. @param beacon the epoch beacon's randomness */
export function matrixKey(beacon: Hex): Hex {
  return toHex(sha256(tag('assay/k1/b'), fromHex(beacon, 32)));
}

export function gemmParams(job: GemmJob, beacon: Hex): GemmParams {
  const { rows, columns, depth, rounds, openings } = job;
  return { rows, columns, depth, rounds, openings, matrixKey: matrixKey(beacon) };
}

/** L: leaves of one round's tree. */
export function leavesPerRound(params: GemmParams): number {
  return params.rows * (params.columns / LEAF_COLUMNS);
}

/** W = 2·M·N·K·R, multiplications and additions. */
export function gemmOps(params: GemmParams): bigint {
  return 2n * BigInt(params.rows) * BigInt(params.columns) * BigInt(params.depth) * BigInt(params.rounds);
}

function within(value: number, min: number, max: number, step: number): boolean {
  return Number.isSafeInteger(value) && value >= min && value <= max && value % step === 0;
}

/** @throws ProtocolError out_of_range for parameters that no party may use */
export function checkGemmParams(params: GemmParams): GemmParams {
  const { rows, columns, depth, rounds, openings } = params;
  const sizes = within(rows, 1, 2 ** 24, 1) && within(columns, 256, 65_536, LEAF_COLUMNS) && within(depth, 64, 16_384, 64);
  if (!sizes || !within(rounds, 1, 256, 1) || !within(openings, rounds, 1024, rounds)) {
    throw new ProtocolError('out_of_range', 'gemm parameters outside of their bounds');
  }
  const leaves = leavesPerRound(params);
  if (openings / rounds >= leaves || leaves >= 2 ** 32)
    throw new ProtocolError('out_of_range', 'fewer leaves a round than openings');
  return params;
}

export function encodeGemmParams(params: GemmParams): Uint8Array {
  const { rows, columns, depth, rounds, openings } = checkGemmParams(params);
  return concat(TAG, u32(rows), u32(columns), u32(depth), u32(rounds), u32(openings), fromHex(params.matrixKey, 32));
}

export function decodeGemmParams(bytes: Uint8Array): GemmParams {
  const reader = new Reader(bytes);
  if (!equal(reader.bytes(TAG.length), TAG)) throw new ProtocolError('bad_form', 'not gemm parameters');
  const sizes = { rows: reader.u32(), columns: reader.u32(), depth: reader.u32(), rounds: reader.u32(), openings: reader.u32() };
  const params = { ...sizes, matrixKey: reader.hex(32) };
  reader.end();
  return checkGemmParams(params);
}
