// The CUDA kernels and the engine around them equal the reference prover bit for bit, on a machine on a processor (machine/): the
// kernels' own source, with each instruction that C++ has no word for done as the PTX ISA describes it. `npm run campaign -- cuda`
// takes many shapes at random, other numbers of stages and broken kernels; here are a few shapes of each kind, the odd ones first.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import fc from 'fast-check';
import type { CudaEngine } from '../../../../gpu-runners/backends/cuda/index.ts';
import { commitOnGpu } from '../../../../gpu-runners/backends/cuda/gemm.ts';
import { createAreas } from '../../../../gpu-runners/backends/cuda/gpu.ts';
import { levelSizes, slabsOf, tileRows, type Variant } from '../../../../gpu-runners/backends/cuda/layout.ts';
import { createRounds, swapWords } from '../../../../gpu-runners/backends/cuda/rounds.ts';
import { KERNEL_SOURCE } from '../../../../gpu-runners/backends/cuda/source.ts';
import { concat, fromHex, toHex, u32, type Hex } from '../../../../protocol/bytes.ts';
import { expandMatrixB } from '../../../../protocol/challenges/gemm/matrix.ts';
import { leavesPerRound, type GemmParams } from '../../../../protocol/challenges/gemm/params.ts';
import { commitGemm, multiplyRound } from '../../../../protocol/challenges/gemm/prove.ts';
import { nextNonce } from '../../../../protocol/challenges/gemm/matrix.ts';
import { commitVram, fillPages } from '../../../../protocol/challenges/vram/prove.ts';
import type { VramParams } from '../../../../protocol/challenges/vram/params.ts';
import { sha256, tag } from '../../../../protocol/hash.ts';
import { buildRfc6962, rfc6962Path, rfc6962Root } from '../../../../protocol/trees/rfc6962.ts';
import { isCampaign } from '../../../simulation/scale.ts';
import { NO_COMPILER, buildMachine, hasTool } from './build.ts';
import { RIG_STAGES, createRig, type Rig } from './rig.ts';

vi.setConfig({ testTimeout: isCampaign ? 1_800_000 : 120_000, hookTimeout: 180_000 });

const able = hasTool('g++');
if (!able) console.log(`cuda engine: skipped, ${NO_COMPILER}`);
const VARIANTS: readonly Variant[] = ['int8', 'bf16', 'hopper'];
/** Of shared memory: as many as devices have room for (Ada 2, Ampere 3, Hopper 4), or those that are built for the other tests, too. */
const STAGES: readonly number[] = isCampaign ? [2, 3, 4] : [RIG_STAGES];
const PAIRS = VARIANTS.flatMap((variant) => STAGES.map((stages) => [variant, stages] as const));
/** @param count runs with shapes at random, besides the examples */
const runs = (count: number) => (isCampaign ? { numRuns: 20 * count } : { numRuns: count + 1, seed: 20_240_229 });

const key = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(toHex);
const gemmShapes: fc.Arbitrary<GemmParams> = fc
  .record({
    rows: fc.integer({ min: 2, max: 140 }),
    columns: fc.constantFrom(256, 512, 768),
    depth: fc.integer({ min: 1, max: 9 }).map((blocks) => 64 * blocks),
    rounds: fc.integer({ min: 1, max: 2 }),
    matrixKey: key,
  })
  .map((shape) => ({ ...shape, openings: shape.rounds }));
const vramShapes: fc.Arbitrary<VramParams> = fc
  .record({
    pages: fc.integer({ min: 64, max: 3000 }),
    cacheRows: fc.constantFrom(256, 1024),
    parents: fc.integer({ min: 1, max: 40 }),
    passes: fc.integer({ min: 1, max: 3 }),
    fillKey: key,
  })
  .map((shape) => ({ ...shape, openings: shape.passes }));

function reference(params: GemmParams, nonce: Hex): ReturnType<typeof commitGemm> {
  const b = expandMatrixB(params);
  return commitGemm(params, nonce, (_, current) => multiplyRound(params, b, current));
}

async function agrees(engine: CudaEngine, params: GemmParams, nonce: Hex, picks: readonly number[]): Promise<void> {
  const right = reference(params, nonce);
  const proof = await engine.gemm(params, nonce);
  expect(proof.roots.map(toHex)).toEqual(right.roots.map(toHex));
  expect(proof.commitment).toBe(right.commitment);
  const positions = picks.map((pick, i) => ({ round: i % params.rounds, leaf: pick % leavesPerRound(params) }));
  expect(toHex(await proof.open(positions))).toBe(toHex(right.open(positions)));
  proof.release();
}

describe.skipIf(!able).each(PAIRS)('products by %s in %i stages', (variant, stages) => {
  let rig: Rig;
  let engine: CudaEngine;
  beforeAll(async () => {
    rig = await createRig(await buildMachine('engine', stages), stages);
    engine = await rig.open({ variant });
  });
  afterAll(async () => {
    await engine.close();
    expect(rig.fault()).toBe('');
  });

  it('commit and open as the reference does, for any shape, key and nonce', async () => {
    const property = fc.asyncProperty(
      gemmShapes,
      key,
      fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
      (params, nonce, picks) => agrees(engine, params, nonce, picks),
    );
    // rows past a tile, half a slab at the end, an odd number of blocks of columns
    const odd = { rows: 131, columns: 768, depth: 320, rounds: 2, openings: 2, matrixKey: toHex(sha256(u32(9))) };
    await fc.assert(property, { ...runs(1), examples: [[odd, odd.matrixKey, [0, 392, 17]]] });
  });

  it('commit and open rounds of several chunks, whose last ends odd', async () => {
    const params = { rows: 600, columns: 256, depth: 64, rounds: 2, openings: 2, matrixKey: toHex(sha256(u32(1))) };
    await agrees(engine, params, toHex(sha256(u32(2))), [0, 255, 256, 511, 512, 599]);
  });

  it('stay exact where every product is the largest', async () => {
    const depth = 1600; // past three flushes of floating-point sums, and half a slab
    const [slabs, rows] = [slabsOf(depth, variant), tileRows(variant)];
    const { gpu, multiplier } = engine;
    const areas = createAreas(gpu);
    const image = (lines: number): bigint => {
      const area = areas.take(lines * slabs * 128);
      // −128 everywhere, as a byte or as bfloat16 (0xc300): the swizzle moves nothing that is all the same
      gpu.upload(
        area.at,
        new Uint8Array(area.bytes).map((_, i) => (variant !== 'bf16' ? 0x80 : i % 2 === 0 ? 0 : 0xc3)),
      );
      return area.at;
    };
    const [a, b, folds] = [image(rows), image(256), areas.take(rows * 32).at];
    const kernel = variant === 'hopper' ? 'multiplyHopper' : variant === 'int8' ? 'multiply8' : 'multiply16';
    gpu.launch(kernel, 1, variant === 'hopper' ? 384 : 256, [a, b, folds, slabs, 1, 1, rows], multiplier.sharedBytes);
    const words = new Uint32Array(gpu.download(folds, rows * 32).buffer);
    areas.free();
    const value = slabs * (variant === 'bf16' ? 64 : 128) * 2 ** 14;
    const lanes = Array.from({ length: 8 }, (_, lane) => {
      let state = Math.imul(0x9e3779b1, lane + 1);
      for (let i = 0; i < 32; i++) {
        const mixed = state ^ Math.imul(value, 0x85ebca77);
        state = Math.imul((mixed << 13) | (mixed >>> 19), 0x9e3779b1);
      }
      return state >>> 0;
    });
    expect(words).toEqual(Uint32Array.from({ length: rows * 8 }, (_, i) => lanes[i % 8] ?? 0));
  });
});

describe.skipIf(!able)('the memory', () => {
  let rig: Rig;
  let engine: CudaEngine;
  beforeAll(async () => {
    rig = await createRig(await buildMachine('engine', RIG_STAGES), RIG_STAGES);
    engine = await rig.open({ variant: 'int8' });
  });
  afterAll(async () => {
    await engine.close();
    expect(rig.fault()).toBe('');
  });

  async function passes(params: VramParams, nodeId: Hex, nonce: Hex, picks: readonly number[]): Promise<void> {
    const start = toHex(sha256(fromHex(nonce)));
    const right = commitVram(params, start, nonce, fillPages(params, nodeId));
    const fill = await engine.fill(params, nodeId);
    const proof = await fill.pass(start, nonce);
    expect(proof.roots.map(toHex)).toEqual(right.roots.map(toHex));
    expect(proof.commitment).toBe(right.commitment);
    const positions = picks.map((pick, i) => ({ round: i % params.passes, leaf: pick % params.pages }));
    expect(toHex(await proof.open(positions))).toBe(toHex(right.open(positions)));
    await expect(fill.pass(start, nonce)).rejects.toThrow('once');
    fill.release();
    fill.release();
    await expect(proof.open(positions)).rejects.toThrow('released');
  }

  it('fills, folds and opens as the reference does, for any size, key and node', async () => {
    const property = fc.asyncProperty(vramShapes, key, key, fc.array(fc.nat(), { minLength: 1, maxLength: 4 }), passes);
    const odd = { pages: 2049, cacheRows: 1024, parents: 7, passes: 3, openings: 3, fillKey: toHex(sha256(u32(9))) };
    await fc.assert(property, { ...runs(3), examples: [[odd, odd.fillKey, toHex(sha256(u32(10))), [2048, 0, 1]]] });
  });

  it('does so in several launches a pass, whose last ends odd', async () => {
    const params = {
      pages: 8192 + 8192 + 45,
      cacheRows: 256,
      parents: 2,
      passes: 2,
      openings: 2,
      fillKey: toHex(sha256(u32(3))),
    };
    await passes(params, toHex(sha256(u32(4))), toHex(sha256(u32(5))), [0, 8191, 8192, 16_383, 16_384, 16_428]);
  });

  it('frees everything that jobs took', async () => {
    const before = rig.get('allocations');
    const params = { rows: 70, columns: 256, depth: 64, rounds: 1, openings: 1, matrixKey: toHex(sha256(u32(6))) };
    const proof = await engine.gemm(params, params.matrixKey);
    expect(rig.get('allocations')).toBeGreaterThan(before);
    const opening = proof.open([{ round: 0, leaf: 3 }]);
    proof.release(); // while it opens: what the opening reads stays until it is done
    await opening;
    engine.matrices.drop(0);
    expect(rig.get('allocations')).toBe(before);
    expect(engine.gpu.usage().now).toBe(0);
    await expect(proof.open([{ round: 0, leaf: 3 }])).rejects.toThrow('released');
  });

  it('refuses positions that a job does not have', async () => {
    const params = { rows: 70, columns: 256, depth: 64, rounds: 1, openings: 1, matrixKey: toHex(sha256(u32(6))) };
    const proof = await commitOnGpu(engine.gpu, engine.multiplier, engine.matrices, params, params.matrixKey);
    await expect(proof.open([{ round: 0, leaf: 70 }])).rejects.toThrow('does not have');
    await expect(proof.open([{ round: 1, leaf: 0 }])).rejects.toThrow('does not have');
    proof.release();
  });

  it('hashes leaves, builds trees and chains keys as the reference does, over many blocks of threads', () => {
    const { gpu } = engine;
    const [leaves, blocks] = [140_003, 3]; // 547 nodes of level 8: two blocks of threads for the levels above
    const nonce = toHex(sha256(u32(7)));
    const folds = new Uint32Array(leaves * 8).map((_, i) => Math.imul(i + 1, 0x9e3779b1));
    const areas = createAreas(gpu);
    const rounds = createRounds(gpu, areas, 1, leaves, concat(tag('assay/k1'), fromHex(nonce)), nonce);
    const [foldsAt, digestsAt] = [areas.take(folds.byteLength).at, areas.take(leaves * 16).at];
    gpu.upload(foldsAt, new Uint8Array(folds.buffer));
    const args = [foldsAt, rounds.key(0), digestsAt, rounds.nodes(0, 0), 0, leaves, blocks];
    gpu.launch('leafNodes', levelSizes(leaves)[0] ?? 0, 256, args);
    rounds.close(0);
    const digests = Array.from({ length: leaves }, (_, leaf) => {
      const lanes = Array.from({ length: 8 }, (__, lane) => u32(folds[leaf * 8 + lane] ?? 0));
      return sha256(tag('assay/k1/leaf'), fromHex(nonce), u32(Math.floor(leaf / blocks)), u32(leaf % blocks), ...lanes).slice(
        0,
        16,
      );
    });
    const tree = buildRfc6962(digests);
    expect(rounds.roots().map(toHex)).toEqual([toHex(rfc6962Root(tree))]);
    for (const leaf of [0, 255, 256, 70_001, 139_999, 140_002]) {
      const first = leaf - (leaf % 256);
      const count = Math.min(256, leaves - first);
      const own = swapWords(gpu.download(digestsAt + BigInt(16 * first), 16 * count));
      expect(rounds.path(0, leaf, own).map(toHex)).toEqual(rfc6962Path(tree, leaf).map(toHex));
    }
    expect(toHex(swapWords(gpu.download(rounds.key(1), 32)))).toBe(nextNonce(nonce, 0, rfc6962Root(tree)));
    areas.free();
  });
});

/** What was left out of the source, and what the machine makes of it. */
const FLAWS: readonly (readonly [string, Variant, string, string])[] = [
  ['a wait for a copy', 'int8', 'copyWait<ASSAY_STAGES - 2>();', ''],
  ['a barrier before a stage is loaded again', 'int8', 'synchronize(); // everybody', '// everybody'],
  ['a wait for a multiplication', 'hopper', 'groupWait<1>(sum); // the slab before', '// the slab before'],
  ['an arrival that frees a stage', 'hopper', 'barrierArrive(empty +', 'if (false) barrierArrive(empty +'],
];

describe.skipIf(!able || !isCampaign)('the machine notices', () => {
  it.each(FLAWS)('%s that is missing', async (_, variant, is, becomes) => {
    const source = KERNEL_SOURCE.replace(is, becomes);
    expect(source).not.toBe(KERNEL_SOURCE);
    const rig = await createRig(await buildMachine('flaw', 2, source), 2);
    const params = { rows: 150, columns: 768, depth: 576, rounds: 2, openings: 2, matrixKey: toHex(sha256(u32(8))) };
    const broken = async (): Promise<void> => {
      const engine = await rig.open({ variant });
      await agrees(engine, params, params.matrixKey, [0]);
    };
    await expect(broken()).rejects.toThrow(/wrong results|lost|expected/);
  });
});
