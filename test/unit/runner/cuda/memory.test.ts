// What jobs are said to need of the device's memory is what they take, and no more than they take by much.
import { beforeAll, describe, expect, it, vi } from 'vitest';
import fc from 'fast-check';
import { LIMITS, chunkRows, levelSizes, treeBytes } from '../../../../gpu-runners/backends/cuda/layout.ts';
import { gemmMemory, vramMemory } from '../../../../gpu-runners/backends/cuda/memory.ts';
import { toHex, u32, type Hex } from '../../../../protocol/bytes.ts';
import type { GemmParams } from '../../../../protocol/challenges/gemm/params.ts';
import { sha256 } from '../../../../protocol/hash.ts';
import { NO_COMPILER, buildMachine, hasTool } from './build.ts';
import { RIG_STAGES, createRig, type Rig } from './rig.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

const able = hasTool('g++');
if (!able) console.log(`cuda memory: skipped, ${NO_COMPILER}`);
const KEY: Hex = toHex(sha256(u32(1)));
const MIB = 2 ** 20;

describe('memory', () => {
  it('of the largest job of the network’s GPU class stays below two gigabytes, and its proof below 100 MiB', () => {
    const params: GemmParams = { rows: 262_144, columns: 4096, depth: 16_384, rounds: 64, openings: 64, matrixKey: KEY };
    const { job, proof } = gemmMemory(params);
    expect(job).toBeLessThan(2048 * MIB);
    expect(proof).toBeLessThan(100 * MIB);
  });

  it('never grows with the rows beyond a chunk, and a chunk begins at a subtree', () => {
    const shapes = fc.record({
      rows: fc.integer({ min: 1, max: 2 ** 24 }),
      columns: fc.integer({ min: 1, max: 256 }).map((blocks) => 256 * blocks),
      depth: fc.integer({ min: 1, max: 256 }).map((blocks) => 64 * blocks),
    });
    fc.assert(
      fc.property(shapes, fc.constantFrom('int8', 'bf16', 'hopper'), (shape, variant) => {
        const params = { ...shape, rounds: 1, openings: 1, matrixKey: KEY };
        const rows = chunkRows(params, variant);
        expect(rows % 256 === 0 || rows >= params.rows).toBe(true);
        expect(rows).toBeGreaterThan(0);
        expect(gemmMemory(params, variant).job).toBeLessThan(3072 * MIB);
      }),
    );
  });

  it('of a tree is that of its levels from the eighth on', () => {
    expect(levelSizes(1)).toEqual([1]);
    expect(levelSizes(256)).toEqual([1]);
    expect(levelSizes(257)).toEqual([2, 1]);
    expect(levelSizes(256 * 5)).toEqual([5, 3, 2, 1]);
    expect(treeBytes(256 * 5)).toBe(32 * 11);
  });
});

describe.skipIf(!able)('memory that jobs take', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await createRig(await buildMachine('memory', RIG_STAGES), RIG_STAGES);
  });

  it('of a gemm job and its opening is within what was said', async () => {
    const engine = await rig.open({ variant: 'bf16', limits: LIMITS });
    rig.set('reset'); // the peak begins here
    const params = { rows: 300, columns: 512, depth: 320, rounds: 2, openings: 4, matrixKey: KEY };
    const proof = await engine.gemm(params, KEY);
    const said = gemmMemory(params);
    await proof.open(Array.from({ length: 5 }, (_, i) => ({ round: i % 2, leaf: 7 * i })));
    expect(rig.get('peak')).toBeLessThanOrEqual(said.job + said.proof);
    proof.release();
    await engine.close();
  });

  it('of a fill is within what was said, and hardly less', async () => {
    const engine = await rig.open({ variant: 'int8', limits: LIMITS });
    rig.set('reset');
    const params = { pages: 20_000, cacheRows: 1024, parents: 1, passes: 2, openings: 4, fillKey: KEY };
    const fill = await engine.fill(params, KEY);
    const said = vramMemory(params);
    const proof = await fill.pass(KEY, KEY);
    expect(rig.get('used')).toBeLessThanOrEqual(said.proof);
    await proof.open([{ round: 1, leaf: 19_999 }]);
    expect(rig.get('peak')).toBeLessThanOrEqual(said.job + said.proof);
    expect(rig.get('peak')).toBeGreaterThan(0.7 * said.proof - 6 * MIB); // what small jobs are allowed on top
    fill.release();
    await engine.close();
  });
});
