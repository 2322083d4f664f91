// However small the pieces, they cover the job and nothing twice; and what a job is said to take is at least what it allocates.
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { gemmMemory, vramMemory } from '../../../../gpu-runners/backends/webgpu/index.ts';
import { keptNodes, levelsOver, NODE_BYTES } from '../../../../gpu-runners/backends/webgpu/levels.ts';
import {
  BUDGET,
  SPAN_PAGES,
  chunkBytes,
  gemmPlan,
  passBytes,
  vramPlan,
  type Budget,
} from '../../../../gpu-runners/backends/webgpu/plan.ts';
import { leavesPerRound, type GemmParams } from '../../../../protocol/challenges/gemm/params.ts';
import type { VramParams } from '../../../../protocol/challenges/vram/params.ts';
import { buildRfc6962 } from '../../../../protocol/trees/rfc6962.ts';

const SHAPE = { openings: 64, matrixKey: `0x${'00'.repeat(32)}` } as const;
const budgets: fc.Arbitrary<Budget> = fc.oneof(
  fc.constant(BUDGET),
  fc.record({
    bufferBytes: fc.integer({ min: 1, max: 2 ** 30 }),
    chunkBytes: fc.integer({ min: 1, max: 2 ** 30 }),
    treeBytes: fc.integer({ min: 1, max: 2 ** 30 }),
  }),
);
const gemms: fc.Arbitrary<GemmParams> = fc
  .record({
    rows: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 2 ** 24 })),
    columns: fc.integer({ min: 1, max: 256 }).map((blocks) => 256 * blocks),
    depth: fc.integer({ min: 1, max: 256 }).map((blocks) => 64 * blocks),
    rounds: fc.integer({ min: 1, max: 256 }),
  })
  .map((shape) => ({ ...SHAPE, ...shape }));
const pages = fc.oneof(fc.integer({ min: 64, max: 10_000 }), fc.integer({ min: 64, max: 2 ** 28 }));

/** The least that WebGPU promises of any device, in bytes. */
const BINDING_BYTES = 2 ** 27;

describe('the plan of a job', () => {
  it('cuts B into slabs that cover it, and rows into chunks that begin where a kept node does', () => {
    fc.assert(
      fc.property(gemms, budgets, (params, budget) => {
        const { slabs, blocks, rowsPerChunk, skip, tile } = gemmPlan(params, budget);
        let next = 0;
        for (const slab of slabs) {
          expect(slab.firstBlock).toBe(next);
          expect(slab.blocks).toBeGreaterThan(0);
          next += slab.blocks;
        }
        expect(next).toBe(blocks);
        expect((rowsPerChunk * blocks) % 2 ** skip).toBe(0);
        expect(rowsPerChunk % tile.rows).toBe(0);
      }),
      { seed: 20_261_122 },
    );
  });

  it('keeps each buffer within what every device binds, but for B, memory and the trees of the very largest jobs', () => {
    fc.assert(
      fc.property(gemms, pages, (params, count) => {
        const plan = gemmPlan(params);
        const { a, c, nodes } = chunkBytes(params, plan);
        for (const bytes of [a, c, nodes]) expect(bytes).toBeLessThanOrEqual(BINDING_BYTES);
        const { folds, nodes: leaves, kept } = passBytes({ pages: count }, vramPlan({ pages: count }));
        for (const bytes of [folds, leaves, kept]) expect(bytes).toBeLessThanOrEqual(BINDING_BYTES);
        expect(NODE_BYTES * keptNodes(leavesPerRound(params), plan.skip)).toBeLessThanOrEqual(BUDGET.bufferBytes);
      }),
      { seed: 20_261_122 },
    );
  });

  it('cuts memory into whole spans, and folds each page in one batch', () => {
    fc.assert(
      fc.property(pages, budgets, (count, budget) => {
        // Very small buffers of a very large memory are many, and no device has them.
        fc.pre(count / Math.max(budget.bufferBytes / 1024, SPAN_PAGES) < 2_000);
        const { buffers, batches } = vramPlan({ pages: count }, budget);
        let next = 0;
        for (const { first, pages: own } of buffers) {
          expect(first).toBe(next);
          expect(first % SPAN_PAGES).toBe(0);
          next += own;
        }
        expect(next).toBe(count);
        expect(batches.flatMap((batch) => batch.buffers)).toEqual(buffers.map((_buffer, i) => i));
        for (const batch of batches) {
          const members = batch.buffers.map((i) => buffers[i]);
          expect(batch.pages.first).toBe(members[0]?.first);
          expect(batch.pages.pages).toBe(members.reduce((sum, member) => sum + (member?.pages ?? 0), 0));
        }
      }),
      { seed: 20_261_122 },
    );
  });

  it('has the levels of RFC 6962', () => {
    for (let leaves = 1; leaves < 70; leaves++) {
      const reference = buildRfc6962(Array.from({ length: leaves }, () => new Uint8Array(16))).levels;
      expect(levelsOver(leaves).map(({ count }) => count)).toEqual(reference.map((level) => level.length));
    }
  });

  it('takes what its classes take', () => {
    const h100: GemmParams = { ...SHAPE, rows: 262_144, columns: 4096, depth: 16_384, rounds: 64 };
    const { job, proof } = gemmMemory(h100);
    expect(gemmPlan(h100).skip).toBe(6); // 64 leaves again for each opening, or 16 GiB of trees
    expect(job).toBeLessThan(512 * 2 ** 20);
    expect(proof).toBeLessThan(300 * 2 ** 20);
    const params: VramParams = {
      pages: 75 * 2 ** 20,
      cacheRows: 2 ** 17,
      parents: 64,
      passes: 8,
      openings: 64,
      fillKey: SHAPE.matrixKey,
    };
    const memory = vramMemory(params);
    expect(memory.proof - 1024 * params.pages).toBeLessThan(128 * 2 ** 20); // folds and trees of 75 GiB
    expect(memory.job).toBeLessThan(16 * 2 ** 20); // the cache
  });
});
