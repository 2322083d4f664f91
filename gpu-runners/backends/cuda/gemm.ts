// Challenge kind 1 on the device: chunk by chunk, rows of A are made, multiplied and folded, their folds hashed; all rounds are queued
// one behind the other, each with the key that the device makes from the root before it. Nothing but nodes of the trees stays.
import type { Hex } from '../../../protocol/bytes.ts';
import { encodeOpenings, type Opening } from '../../../protocol/challenges/gemm/openings.ts';
import { LEAF_COLUMNS, checkGemmParams, leavesPerRound, type GemmParams } from '../../../protocol/challenges/gemm/params.ts';
import { gemmCommitment } from '../../../protocol/challenges/gemm/prove.ts';
import { ProtocolError } from '../../../protocol/errors.ts';
import { tag } from '../../../protocol/hash.ts';
import type { Position } from '../../../protocol/receipts.ts';
import type { Proof } from '../backend.ts';
import { GivenUpError, type IsGivenUp } from '../engine.ts';
import type { Pointer } from './driver.ts';
import { createAreas, createHold, createPace, type Areas, type Gpu, type Kernel } from './gpu.ts';
import {
  SUBTREE,
  blocksOf,
  chunkRows,
  foldsBytes,
  imageBytes,
  paddedRows,
  slabsOf,
  tileRows,
  type Limits,
  type Variant,
} from './layout.ts';
import type { Matrices } from './matrix.ts';
import { createRounds, headOf, type Rounds } from './rounds.ts';

const CHAIN_TAG = tag('assay/k1');
const THREADS = 256;
const HOPPER_THREADS = 384;
const DIGEST_BYTES = 16;
const FOLD_BYTES = 32;
/** Pieces that are queued of a job that may be given up: enough to keep the device at work, and over in a moment. */
const GIVEN_UP_DEPTH = 3;

/** How this device multiplies. */
export type Multiplier = {
  readonly variant: Variant;
  /** Dynamic shared memory of one block of threads. */
  readonly sharedBytes: number;
  readonly limits: Limits;
};

/** One piece of a round: rows from `row` on, with `rows` of them that count. */
export type Piece = { readonly row: number; readonly rows: number };

const suffix = (variant: Variant): 8 | 16 => (variant === 'bf16' ? 16 : 8);

/** The kernel that multiplies this way. */
export const kernelOf = (variant: Variant): Kernel => (variant === 'hopper' ? 'multiplyHopper' : `multiply${suffix(variant)}`);

/** Queues the rows' image. */
export function expandRows(gpu: Gpu, variant: Variant, params: GemmParams, image: Pointer, key: Pointer, piece: Piece): void {
  const slabs = slabsOf(params.depth, variant);
  const blocks = paddedRows(piece.rows, variant) * slabs * (variant === 'bf16' ? 1 : 2);
  const args = [image, key, piece.row, slabs, params.depth, blocks];
  gpu.launch(`expandA${suffix(variant)}`, Math.ceil(blocks / THREADS), THREADS, args);
}

/** Queues the product and the folds of rows whose image is there. */
export function multiplyRows(
  gpu: Gpu,
  { variant, sharedBytes }: Multiplier,
  params: GemmParams,
  at: { readonly a: Pointer; readonly b: Pointer; readonly folds: Pointer },
  rows: number,
): void {
  const [tiles, blocks] = [paddedRows(rows, variant) / tileRows(variant), blocksOf(params)];
  const args = [at.a, at.b, at.folds, slabsOf(params.depth, variant), tiles, blocks, rows];
  gpu.launch(kernelOf(variant), tiles * blocks, variant === 'hopper' ? HOPPER_THREADS : THREADS, args, sharedBytes);
}

/** The pieces of a round, in order. */
export function piecesOf(params: GemmParams, { variant, limits }: Multiplier): Piece[] {
  const step = chunkRows(params, variant, limits);
  return Array.from({ length: Math.ceil(params.rows / step) }, (_, i) => ({
    row: i * step,
    rows: Math.min(step, params.rows - i * step),
  }));
}

type Job = { readonly gpu: Gpu; readonly multiplier: Multiplier; readonly params: GemmParams; readonly rounds: Rounds };

async function runRounds(
  { gpu, multiplier, params, rounds }: Job,
  areas: Areas,
  b: Pointer,
  isGivenUp?: IsGivenUp,
): Promise<void> {
  const { variant, limits } = multiplier;
  const step = paddedRows(chunkRows(params, variant, limits), variant);
  const a = areas.take(imageBytes(step, params.depth, variant)).at;
  const folds = areas.take(foldsBytes(step, params)).at;
  const blocks = blocksOf(params);
  const pace = isGivenUp === undefined ? createPace(gpu) : createPace(gpu, GIVEN_UP_DEPTH);
  for (let round = 0; round < params.rounds; round++) {
    for (const piece of piecesOf(params, multiplier)) {
      const [first, count] = [piece.row * blocks, piece.rows * blocks];
      expandRows(gpu, variant, params, a, rounds.key(round), piece);
      multiplyRows(gpu, multiplier, params, { a, b, folds }, piece.rows);
      const args = [folds, rounds.key(round), 0, rounds.nodes(round, first / SUBTREE), first, count, blocks];
      gpu.launch('leafNodes', Math.ceil(count / SUBTREE), SUBTREE, args);
      await pace.step();
      if (isGivenUp?.() !== true) continue;
      await pace.finish(); // what is queued, a few pieces, still works with what is freed then
      throw new GivenUpError();
    }
    rounds.close(round);
  }
  await pace.finish();
}

/** Of one position: where its subtree's digests and its values will be. */
type Asked = { readonly position: Position; readonly leaves: number; readonly digests: Pointer; readonly values: Pointer };

/** Queues what one opening needs: the rows of its subtree once more, and its own values. */
function ask(job: Job, areas: Areas, at: { a: Pointer; b: Pointer; folds: Pointer }, position: Position): Asked {
  const { gpu, multiplier, params, rounds } = job;
  const blocks = blocksOf(params);
  const first = Math.floor(position.leaf / SUBTREE) * SUBTREE;
  const leaves = Math.min(SUBTREE, leavesPerRound(params) - first);
  const row = Math.floor(first / blocks);
  const rows = Math.floor((first + leaves - 1) / blocks) - row + 1;
  const key = rounds.key(position.round);
  const [digests, values, node] = [SUBTREE * DIGEST_BYTES, LEAF_COLUMNS * 4, 32].map((bytes) => areas.take(bytes).at);
  if (digests === undefined || values === undefined || node === undefined) throw new Error('unreachable');
  expandRows(gpu, multiplier.variant, params, at.a, key, { row, rows });
  multiplyRows(gpu, multiplier, params, at, rows);
  const own = at.folds + BigInt((first - row * blocks) * FOLD_BYTES);
  gpu.launch('leafNodes', 1, SUBTREE, [own, key, digests, node, first, leaves, blocks]);
  const [line, column] = [Math.floor(position.leaf / blocks) - row, position.leaf % blocks];
  const slabs = slabsOf(params.depth, multiplier.variant);
  gpu.launch(`values${suffix(multiplier.variant)}`, 1, LEAF_COLUMNS, [at.a, at.b, values, slabs, line, column]);
  return { position, leaves, digests, values };
}

function answer({ gpu, rounds }: Job, { position, leaves, digests, values }: Asked): Opening {
  const bytes = gpu.download(values, LEAF_COLUMNS * 4);
  const path = rounds.path(position.round, position.leaf, swapDigests(gpu.download(digests, leaves * DIGEST_BYTES)));
  return { position, values: new Int32Array(bytes.buffer), path };
}

const swapDigests = (bytes: Uint8Array): Uint8Array => bytes.map((_, i) => bytes[i ^ 3] ?? 0);

async function openLeaves(job: Job, b: Pointer, positions: readonly Position[]): Promise<Uint8Array> {
  const { gpu, params, multiplier } = job;
  const fits = ({ round, leaf }: Position): boolean => round < params.rounds && leaf < leavesPerRound(params);
  if (!positions.every(fits)) throw new ProtocolError('out_of_range', 'a position that the job does not have');
  const areas = createAreas(gpu);
  try {
    const rows = paddedRows(Math.min(SUBTREE, params.rows), multiplier.variant);
    const a = areas.take(imageBytes(rows, params.depth, multiplier.variant)).at;
    const folds = areas.take(foldsBytes(rows, params)).at;
    const pace = createPace(gpu);
    const asked: Asked[] = [];
    for (const position of positions) {
      asked.push(ask(job, areas, { a, b, folds }, position));
      await pace.step();
    }
    await pace.finish();
    return encodeOpenings(asked.map((one) => answer(job, one)));
  } finally {
    areas.free();
  }
}

/** @throws DeviceError memory, lost */
export async function commitOnGpu(
  gpu: Gpu,
  multiplier: Multiplier,
  matrices: Matrices,
  params: GemmParams,
  nonce: Hex,
  isGivenUp?: IsGivenUp,
): Promise<Proof> {
  checkGemmParams(params);
  const [kept, work] = [createAreas(gpu), createAreas(gpu)];
  const b = matrices.use(params);
  try {
    const rounds = createRounds(gpu, kept, params.rounds, leavesPerRound(params), headOf(CHAIN_TAG, nonce), nonce);
    const job: Job = { gpu, multiplier, params, rounds };
    await runRounds(job, work, b, isGivenUp);
    const roots = rounds.roots();
    const held = createHold(kept.free);
    return {
      roots,
      commitment: gemmCommitment(nonce, roots),
      open: (positions) =>
        held.during(async () => {
          const matrix = matrices.use(params);
          try {
            return await openLeaves(job, matrix, positions);
          } finally {
            matrices.leave(params);
          }
        }),
      release: held.release,
    };
  } catch (error) {
    kept.free();
    throw error;
  } finally {
    work.free();
    matrices.leave(params);
  }
}
