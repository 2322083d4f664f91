// The CPU backend equals the reference prover bit for bit, whatever the shape, and serves openings while it computes.
import { afterAll, describe, expect, it, vi } from 'vitest';
import fc from 'fast-check';
import { newest } from '../../../gpu-runners/backends/cpu/cache.ts';
import { cpuBackend } from '../../../gpu-runners/backends/cpu/index.ts';
import { cpuEngine } from '../../../gpu-runners/backends/cpu/engine.ts';
import { HONEST, attentive, type FillWith } from '../../../gpu-runners/backends/cpu/provers.ts';
import { packMatrix } from '../../../gpu-runners/backends/cpu/matrix.ts';
import { toHex } from '../../../protocol/bytes.ts';
import { expandMatrixB } from '../../../protocol/challenges/gemm/matrix.ts';
import { leavesPerRound, type GemmParams } from '../../../protocol/challenges/gemm/params.ts';
import { commitGemm, multiplyRound } from '../../../protocol/challenges/gemm/prove.ts';
import { writePage } from '../../../protocol/challenges/vram/data.ts';
import { PAGE_WORDS, type VramParams } from '../../../protocol/challenges/vram/params.ts';
import { commitVram, fillPages } from '../../../protocol/challenges/vram/prove.ts';
import { PARAMS, VRAM, random32 } from './rig.ts';

vi.setConfig({ testTimeout: 60_000 }); // worker threads start slowly on a loaded machine

const key = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(toHex);
const shapes: fc.Arbitrary<GemmParams> = fc
  .record({
    rows: fc.integer({ min: 2, max: 21 }),
    columns: fc.constantFrom(256, 512, 768),
    depth: fc.constantFrom(64, 128, 192, 320),
    rounds: fc.integer({ min: 1, max: 3 }),
    matrixKey: key,
  })
  .map((shape) => ({ ...shape, openings: shape.rounds }));

const backend = cpuBackend(2);
afterAll(() => backend.close());

describe('the CPU backend', () => {
  it('multiplies as the reference does, for any shape, key and nonce', () => {
    fc.assert(
      fc.property(shapes, key, (params, nonce) => {
        const fast = packMatrix(params).multiply(nonce, params.rows, () => undefined);
        expect(fast).toEqual(multiplyRound(params, expandMatrixB(params), nonce));
      }),
      { numRuns: 40 },
    );
  });

  it('commits and opens as the reference does, through its worker threads', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, key, fc.nat(), async (params, nonce, pick) => {
        const b = expandMatrixB(params);
        const reference = commitGemm(params, nonce, (_round, current) => multiplyRound(params, b, current));
        const proof = await backend.gemm(params, nonce);
        const positions = Array.from({ length: params.rounds }, (_, round) => ({ round, leaf: pick % leavesPerRound(params) }));
        expect(proof.commitment).toBe(reference.commitment);
        expect(proof.roots.map(toHex)).toEqual(reference.roots.map(toHex));
        expect(toHex(await proof.open(positions))).toBe(toHex(reference.open(positions)));
        proof.release();
      }),
      { numRuns: 15 },
    );
  });

  it('opens an earlier proof while the same thread computes the next job', async () => {
    const alone = cpuBackend(1);
    const first = await alone.gemm(PARAMS, random32());
    const order: string[] = [];
    const big = { ...PARAMS, rows: 512, columns: 4096, depth: 1024, rounds: 4, openings: 4 };
    const next = alone.gemm(big, random32()).then(() => order.push('job'));
    await first.open([{ round: 0, leaf: 0 }]).then(() => order.push('opening'));
    await next;
    expect(order).toEqual(['opening', 'job']);
    await alone.close();
  });

  it('gives out nothing after the release, and fails running jobs when it is closed', async () => {
    const alone = cpuBackend(1);
    const proof = await alone.gemm(PARAMS, random32());
    proof.release();
    await expect(proof.open([{ round: 0, leaf: 0 }])).rejects.toThrow('no such proof');
    const running = alone.gemm({ ...PARAMS, rows: 4096, columns: 4096, depth: 4096 }, random32());
    const failed = expect(running).rejects.toThrow('was closed');
    await alone.close();
    await failed;
    await expect(alone.gemm(PARAMS, random32())).rejects.toThrow('is closed');
  });

  it('takes one job a thread and no more', async () => {
    const alone = cpuBackend(1);
    const running = alone.gemm(PARAMS, random32());
    await expect(alone.gemm(PARAMS, random32())).rejects.toThrow('no host of the cpu backend is free');
    await running;
    await alone.close();
  });

  it('keeps what is newest only', () => {
    const boxOf = newest(2, String, (input: number) => ({ input }));
    const first = boxOf(1);
    boxOf(2);
    expect(boxOf(1)).toBe(first);
    boxOf(3); // 2 was used longest ago
    expect(boxOf(1)).toBe(first);
    expect(boxOf(4)).toEqual({ input: 4 });
  });
});

const memories: fc.Arbitrary<VramParams> = fc
  .record({
    pages: fc.integer({ min: 64, max: 300 }),
    cacheRows: fc.constantFrom(256, 512, 1024),
    parents: fc.integer({ min: 1, max: 40 }),
    passes: fc.integer({ min: 1, max: 3 }),
    perPass: fc.integer({ min: 1, max: 4 }),
    fillKey: key,
  })
  .map(({ perPass, ...shape }) => ({ ...shape, openings: shape.passes * perPass }));

describe('the CPU backend and memory', () => {
  it('fills, folds and opens as the reference does, for any shape, key, node, start and nonce', async () => {
    await fc.assert(
      fc.asyncProperty(memories, fc.tuple(key, key, key), fc.nat(), async (params, [nodeId, start, nonce], pick) => {
        const reference = commitVram(params, start, nonce, fillPages(params, nodeId));
        const fill = await backend.fill(params, nodeId);
        const proof = await fill.pass(start, nonce);
        const positions = Array.from({ length: params.passes }, (_, round) => ({ round, leaf: (pick + round) % params.pages }));
        expect(proof.commitment).toBe(reference.commitment);
        expect(proof.roots.map(toHex)).toEqual(reference.roots.map(toHex));
        expect(toHex(await proof.open(positions))).toBe(toHex(reference.open(positions)));
        fill.release();
      }),
      { numRuns: 25 },
    );
  });

  it('starts a fill once, and keeps nothing of it after its release', async () => {
    const fill = await backend.fill(VRAM, random32());
    const proof = await fill.pass(random32(), random32());
    await expect(fill.pass(random32(), random32())).rejects.toThrow('no such fill');
    await proof.open([{ round: 0, leaf: 0 }]);
    fill.release();
    await expect(proof.open([{ round: 0, leaf: 0 }])).rejects.toThrow('no such proof');
  });

  it('opens an earlier result while it fills and while it folds', async () => {
    const alone = cpuBackend(1);
    const first = await alone.gemm(PARAMS, random32());
    const order: string[] = [];
    const big = { ...VRAM, pages: 20_000, parents: 64, passes: 8 };
    const filling = alone.fill(big, random32()).finally(() => order.push('fill'));
    await first.open([{ round: 0, leaf: 0 }]).then(() => order.push('opening'));
    const fill = await filling;
    const passing = fill.pass(random32(), random32()).then(() => order.push('pass'));
    await first.open([{ round: 0, leaf: 1 }]).then(() => order.push('opening'));
    await passing;
    expect(order).toEqual(['opening', 'fill', 'opening', 'pass']);
    await alone.close();
  });

  it('another way of storing pages takes the place of the honest one, and gives the same proof if it is right', async () => {
    const stored = { ...VRAM, pages: 70 };
    const [node, start, nonce] = [random32(), random32(), random32()];
    const page = new Uint32Array(PAGE_WORDS);
    const afresh: FillWith = ({ params, cache, key: dataWords, between }) => {
      const source = attentive((index) => {
        writePage(page, 0, params, cache, dataWords, index);
        return page;
      }, between);
      return (startKey, nonceKey) => commitVram(params, startKey, nonceKey, source);
    };
    let looks = 0;
    const engine = cpuEngine({ ...HONEST, fill: afresh }, () => {
      looks++;
    });
    const fill = await engine.fill(stored, node);
    const proof = await fill.pass(start, nonce);
    expect(proof.commitment).toBe(commitVram(stored, start, nonce, fillPages(stored, node)).commitment);
    expect(looks).toBeGreaterThan(stored.passes);
  });
});
