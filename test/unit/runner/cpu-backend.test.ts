// The CPU backend equals the reference prover bit for bit, whatever the shape, and serves openings while it computes.
import { afterAll, describe, expect, it, vi } from 'vitest';
import fc from 'fast-check';
import { createMatrixCache } from '../../../gpu-runners/backends/cpu/cache.ts';
import { cpuBackend } from '../../../gpu-runners/backends/cpu/index.ts';
import { packMatrix } from '../../../gpu-runners/backends/cpu/matrix.ts';
import { toHex } from '../../../protocol/bytes.ts';
import { expandMatrixB } from '../../../protocol/challenges/gemm/matrix.ts';
import { leavesPerRound, type GemmParams } from '../../../protocol/challenges/gemm/params.ts';
import { commitGemm, multiplyRound } from '../../../protocol/challenges/gemm/prove.ts';
import { PARAMS, random32 } from './rig.ts';

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
        const proof = await backend.commit(params, nonce);
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
    const first = await alone.commit(PARAMS, random32());
    const order: string[] = [];
    const big = { ...PARAMS, rows: 512, columns: 4096, depth: 1024, rounds: 4, openings: 4 };
    const next = alone.commit(big, random32()).then(() => order.push('job'));
    await first.open([{ round: 0, leaf: 0 }]).then(() => order.push('opening'));
    await next;
    expect(order).toEqual(['opening', 'job']);
    await alone.close();
  });

  it('gives out nothing after the release, and fails running jobs when it is closed', async () => {
    const alone = cpuBackend(1);
    const proof = await alone.commit(PARAMS, random32());
    proof.release();
    await expect(proof.open([{ round: 0, leaf: 0 }])).rejects.toThrow('no such proof');
    const running = alone.commit({ ...PARAMS, rows: 4096, columns: 4096, depth: 4096 }, random32());
    const failed = expect(running).rejects.toThrow('ended');
    await alone.close();
    await failed;
    await expect(alone.commit(PARAMS, random32())).rejects.toThrow('no worker thread');
  });

  it('takes one job a thread and no more', async () => {
    const alone = cpuBackend(1);
    const running = alone.commit(PARAMS, random32());
    await expect(alone.commit(PARAMS, random32())).rejects.toThrow('no worker thread is free');
    await running;
    await alone.close();
  });

  it('keeps the newest matrices only', () => {
    const matrixOf = createMatrixCache(2);
    const [a, b, c] = [1, 2, 3].map((i) => ({ ...PARAMS, matrixKey: toHex(new Uint8Array(32).fill(i)) }));
    if (a === undefined || b === undefined || c === undefined) throw new Error('three matrices');
    const first = matrixOf(a);
    matrixOf(b);
    expect(matrixOf(a)).toBe(first);
    matrixOf(c); // b was used longest ago
    expect(matrixOf(a)).toBe(first);
  });
});
