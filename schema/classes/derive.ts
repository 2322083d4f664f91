// A class's jobs from the figures of its device: pure and in whole numbers, so that everybody derives the same policy. The shares
// below are this project's assumptions, each with its reason; docs/classes.md says what follows from them.
import { JOB_AIM_MS } from '../../protocol/load.ts';
import type { GemmJob, GpuClass, VramJob } from '../../protocol/policy.ts';
import { CATALOGUE, type ArithmeticPath, type CatalogueDevice, type MemoryKind } from './catalogue.ts';

const PPM = 1_000_000n;
const MIB_PAGES = 1024n;

type Shares = {
  /** What a good kernel reaches with the making of A, the folds, the trees and the way to the validator: sets the job's size. */
  readonly expectedPpm: bigint;
  /** What nothing on this device exceeds: sets the least floor at which a device behind two identities fails. */
  readonly ceilingPpm: bigint;
  /** Pass floor on the proven rate. */
  readonly floorPpm: bigint;
};

/**
 * Of the path's dense rate. Matrix units: libraries reach 0.7 to 0.8 of it on large products without a commitment; making A (6 integer
 * operations a byte) and hashing leaves take shader time beside them. Above 0.9 no clock or power limit lets a device stay. Shader
 * lanes through WebGPU: a quarter is what plain kernels reach; native code may reach three times that, so the floor is no guard there.
 */
export const GEMM_SHARES: Readonly<Record<ArithmeticPath, Shares>> = {
  int8: { expectedPpm: 600_000n, ceilingPpm: 900_000n, floorPpm: 430_000n },
  bf16: { expectedPpm: 600_000n, ceilingPpm: 900_000n, floorPpm: 430_000n },
  fp32: { expectedPpm: 250_000n, ceilingPpm: 900_000n, floorPpm: 150_000n },
};

/**
 * Of the data sheet's bandwidth. Streaming reads reach 0.85 to 0.93 of it; between passes a tree of all groups is hashed. The ceiling is
 * above 1 for memory that its owner has overclocked. The devices of the integrated class differ too much for a guard.
 */
export const VRAM_SHARES: Readonly<Record<MemoryKind, Shares>> = {
  discrete: { expectedPpm: 800_000n, ceilingPpm: 1_100_000n, floorPpm: 530_000n },
  unified: { expectedPpm: 750_000n, ceilingPpm: 1_100_000n, floorPpm: 530_000n },
  integrated: { expectedPpm: 600_000n, ceilingPpm: 1_100_000n, floorPpm: 200_000n },
};

/**
 * Of the memory. A card keeps a tenth for its driver, the cache and the trees. Of unified memory a process gets two thirds to three
 * quarters, so that half leaves no room for a second identity. Shared memory of other machines is somebody's desktop.
 */
export const MEMORY_PPM: Readonly<Record<MemoryKind, bigint>> = { discrete: 900_000n, unified: 500_000n, integrated: 125_000n };

/** Sizes of the large and of the small profile: matrices of 64 MiB and more do not suit every WebGPU device. */
const GEMM_SIZES = {
  large: { columns: 4096, depth: 16_384, rounds: 64, openings: 64 },
  small: { columns: 2048, depth: 4096, rounds: 16, openings: 64 },
} as const;
const VRAM_SIZES = {
  large: { cacheRows: 131_072, parents: 128, openings: 128 },
  small: { cacheRows: 65_536, parents: 64, openings: 64 },
} as const;

/** M is a multiple of this, so that kernels need no ragged tile. */
const ROWS_STEP = 256n;

/**
 * Deadlines, milliseconds. The sum of the three of vram-pass keeps an audit's end within `schedule.settleSeconds`. A fill is bound by the
 * second-level cache and takes 2 to 7 s by estimate; nobody has measured it.
 */
const DEADLINES = { answer: 10_000, fill: 40_000, smallFill: 30_000 } as const;

/** 1 − f* in millionths, rounded down: the largest p with (p / 10⁶)^openings ≤ 1 / 100 (docs/protocol.md, section 9.6). */
export function proofPpmOf(openings: number): number {
  const k = BigInt(openings);
  const limit = PPM ** k;
  let [low, high] = [0n, PPM];
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (100n * middle ** k <= limit) low = middle;
    else high = middle;
  }
  return Number(low);
}

/** The same for memory: of 32 bits of a page's word one can be left out of what is kept (docs/protocol.md, section 19.5). */
export function memoryPpmOf(openings: number): number {
  return Math.floor((proofPpmOf(openings) * 31) / 32);
}

const share = (value: bigint, ppm: bigint): bigint => (value * ppm) / PPM;

function nearest(value: bigint, step: bigint): bigint {
  const steps = (value + step / 2n) / step;
  return step * (steps > 0n ? steps : 1n);
}

function gemmJob({ path, pathGops }: CatalogueDevice): GemmJob {
  const { expectedPpm, floorPpm } = GEMM_SHARES[path];
  const sizes = path === 'fp32' ? GEMM_SIZES.small : GEMM_SIZES.large;
  const opsPerSecond = BigInt(pathGops.value) * 1_000_000_000n;
  const opsPerRow = 2n * BigInt(sizes.columns) * BigInt(sizes.depth) * BigInt(sizes.rounds);
  const rows = (share(opsPerSecond, expectedPpm) * BigInt(JOB_AIM_MS)) / (1000n * opsPerRow);
  return {
    rows: Number(nearest(rows, ROWS_STEP)),
    ...sizes,
    proofPpm: proofPpmOf(sizes.openings),
    floorOpsPerSecond: Number(share(opsPerSecond, floorPpm)),
    commitDeadlineMs: DEADLINES.answer,
    openDeadlineMs: DEADLINES.answer,
  };
}

/** The power of two nearest to n/d on a logarithmic scale, at least 1: 2^j·√2 is where 2^j ends. */
function nearestPower(n: bigint, d: bigint): bigint {
  let power = 1n;
  while (n * n > 2n * power * power * d * d) power *= 2n;
  return power;
}

function vramJob({ memory, memoryMiB, megabytesPerSecond }: CatalogueDevice): VramJob {
  const sizes = memory === 'discrete' ? VRAM_SIZES.large : VRAM_SIZES.small;
  const pages = share(BigInt(memoryMiB.value) * MIB_PAGES, MEMORY_PPM[memory]);
  const bytesPerSecond = BigInt(megabytesPerSecond.value) * 1_000_000n;
  const passes = nearestPower(bytesPerSecond * BigInt(JOB_AIM_MS), 1000n * 1024n * pages);
  return {
    pages: Number(pages),
    ...sizes,
    passes: Math.min(Number(passes), sizes.openings),
    proofPpm: memoryPpmOf(sizes.openings),
    floorBytesPerSecond: Number(share(bytesPerSecond, VRAM_SHARES[memory].floorPpm)),
    fillDeadlineMs: memory === 'discrete' ? DEADLINES.fill : DEADLINES.smallFill,
    passDeadlineMs: DEADLINES.answer,
    openDeadlineMs: DEADLINES.answer,
  };
}

/**
 * The class of processors has no data sheet: its floors are what any machine passes, and what one proves is what `measure` says. The
 * product takes a current core a tenth of a second; 64 MiB are filled and read four times.
 */
const processors: GpuClass = {
  name: 'cpu',
  gemm: {
    rows: 64,
    columns: 1024,
    depth: 4096,
    rounds: 4,
    openings: 64,
    proofPpm: proofPpmOf(64),
    floorOpsPerSecond: 100_000_000,
    commitDeadlineMs: DEADLINES.answer,
    openDeadlineMs: DEADLINES.answer,
  },
  vram: {
    pages: 65_536,
    cacheRows: 4096,
    parents: 32,
    passes: 4,
    openings: 32,
    proofPpm: memoryPpmOf(32),
    floorBytesPerSecond: 30_000_000,
    fillDeadlineMs: DEADLINES.smallFill,
    passDeadlineMs: DEADLINES.answer,
    openDeadlineMs: DEADLINES.answer,
  },
};

export function deriveClass(device: CatalogueDevice): GpuClass {
  return { name: device.name, gemm: gemmJob(device), vram: vramJob(device) };
}

/** All classes of the network policy, in the catalogue's order, the processors' last. */
export const networkClasses: readonly GpuClass[] = [...CATALOGUE.map(deriveClass), processors];
