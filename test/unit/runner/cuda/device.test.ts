// What the CUDA backend says when there is no driver, no device, no compiler, too little memory, or a device that is lost in the
// middle: a DeviceError with the mend in it, and never a crash. The driver is a stand-in (machine/) that fails when it is told to.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { cacheName, compileOptions } from '../../../../gpu-runners/backends/cuda/compile.ts';
import { openCuda, sharedBytes, stagesFor } from '../../../../gpu-runners/backends/cuda/index.ts';
import { toHex, u32, type Hex } from '../../../../protocol/bytes.ts';
import type { GemmParams } from '../../../../protocol/challenges/gemm/params.ts';
import type { VramParams } from '../../../../protocol/challenges/vram/params.ts';
import { sha256 } from '../../../../protocol/hash.ts';
import { NO_COMPILER, buildMachine, hasTool, type Machine } from './build.ts';
import { RIG_STAGES, createRig, type Rig } from './rig.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

const able = hasTool('g++');
if (!able) console.log(`cuda device: skipped, ${NO_COMPILER}`);
const KEY: Hex = toHex(sha256(u32(1)));
const GEMM: GemmParams = { rows: 300, columns: 256, depth: 64, rounds: 2, openings: 2, matrixKey: KEY };
const VRAM: VramParams = { pages: 2000, cacheRows: 256, parents: 2, passes: 2, openings: 2, fillKey: KEY };
const NO_MEMORY = 2;
const ILLEGAL_ADDRESS = 700;

describe('without NVIDIA’s libraries', () => {
  it('a machine without a driver is told how to get one', async () => {
    const opened = openCuda({ libraries: { cuda: ['libcuda-that-is-not-there.so'] } });
    await expect(opened).rejects.toMatchObject({ name: 'DeviceError', code: 'absent' });
    await expect(opened).rejects.toThrow(/NVIDIA driver .*install it.*--gpus all/);
  });

  it('a library that is no driver is said to be too old', async () => {
    const opened = openCuda({ libraries: { cuda: ['libc.so.6'] } });
    await expect(opened).rejects.toMatchObject({ code: 'absent' });
    await expect(opened).rejects.toThrow('update the NVIDIA driver');
  });
});

describe('what kernels are compiled for', () => {
  it('names Hopper’s own instructions, and leaves other devices theirs', () => {
    expect(compileOptions({ capability: 90, stages: 4 })).toContain('--gpu-architecture=sm_90a');
    expect(compileOptions({ capability: 89, stages: 2 })).toContain('--gpu-architecture=sm_89');
    expect(cacheName({ capability: 90, stages: 4 }, '13.0')).not.toBe(cacheName({ capability: 90, stages: 3 }, '13.0'));
    expect(cacheName({ capability: 90, stages: 4 }, '13.0')).not.toBe(cacheName({ capability: 90, stages: 4 }, '12.9'));
  });

  it.each([
    [232_448, 4], // Hopper and data-centre Blackwell: 227 KiB
    [166_912, 3], // Ampere: 163 KiB
    [101_376, 2], // Ada and consumer Blackwell: 99 KiB
    [65_536, 1], // Turing: too little
  ])('fits its stages into %i bytes of shared memory', (bytes, stages) => {
    expect(stagesFor(bytes)).toBe(stages);
    expect(sharedBytes('int8', stages)).toBeLessThanOrEqual(bytes);
    expect(sharedBytes('bf16', stages)).toBeLessThanOrEqual(bytes);
  });
});

describe.skipIf(!able)('a device that fails', () => {
  let machine: Machine;
  let rig: Rig;
  const folder = mkdtempSync(join(tmpdir(), 'assay-cuda-'));
  beforeAll(async () => {
    machine = await buildMachine('device', RIG_STAGES);
    rig = await createRig(machine, RIG_STAGES);
  });
  beforeEach(() => {
    rig.set('reset');
    rig.failCompiling(false);
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('is absent where the driver sees none, or not so many', async () => {
    rig.set('init', 100);
    await expect(rig.open()).rejects.toMatchObject({ code: 'absent' });
    await expect(rig.open()).rejects.toThrow('sees no device');
    rig.set('reset');
    rig.set('devices', 0);
    await expect(rig.open()).rejects.toThrow('sees no device of this number');
    rig.set('devices', 1);
    await expect(rig.open({ ordinal: 1 })).rejects.toMatchObject({ code: 'absent' });
  });

  it('is absent with the driver’s reason where it can’t start', async () => {
    rig.set('init', 803);
    await expect(rig.open()).rejects.toThrow('restart the machine');
    rig.set('init', 999);
    await expect(rig.open()).rejects.toThrow(/can't be used: cuInit failed with CUDA_ERROR_OTHER/);
  });

  it('is unfit where it is older than Ampere', async () => {
    rig.set('major', 7);
    rig.set('minor', 5);
    await expect(rig.open()).rejects.toMatchObject({ code: 'unfit' });
    await expect(rig.open()).rejects.toThrow('compute capability 7.5');
  });

  it('is absent without a compiler, and unfit where the compiler fails', async () => {
    const libraries = { cuda: [machine.cuda], nvrtc: ['libnvrtc-that-is-not-there.so'] };
    await expect(rig.open({ libraries })).rejects.toMatchObject({ code: 'absent' });
    await expect(rig.open({ libraries })).rejects.toThrow('install NVIDIA’s package cuda-nvrtc');
    rig.failCompiling(true);
    await expect(rig.open()).rejects.toMatchObject({ code: 'unfit' });
    await expect(rig.open()).rejects.toThrow('error: as asked');
  });

  it('compiles once and keeps the result, unless what it kept is empty', async () => {
    const options = { variant: 'int8', cacheFolder: folder } as const;
    const before = rig.compiled();
    await (await rig.open(options)).close();
    await (await rig.open(options)).close();
    expect(rig.compiled() - before).toBe(1);
    const [name] = readdirSync(folder);
    writeFileSync(join(folder, name ?? ''), '');
    await (await rig.open(options)).close();
    expect(rig.compiled() - before).toBe(2);
    await (await rig.open({ ...options, cacheFolder: join(folder, name ?? '') })).close(); // a folder that is none is no error
  });

  it('takes the fastest of what is right, and gives its device', async () => {
    // All are right on the machine; its clock says that they take the same time, so the first stays.
    rig.set('memory', 2 ** 33);
    const engine = await rig.open({ variant: 'int8' });
    expect(engine.device).toEqual({ name: 'A processor', memoryBytes: 2 ** 33, driver: 'CUDA 13.0' });
    expect(engine.multiplier.variant).toBe('int8');
    await engine.close();
    await engine.close();
    await expect(engine.gemm(GEMM, KEY)).rejects.toThrow('closed');
  });

  it('stops between chunks when its job is given up, frees what it took, and goes on', async () => {
    const engine = await rig.open({ variant: 'int8' });
    const large = { ...GEMM, rows: 1100 }; // five chunks a round
    (await engine.gemm(large, KEY)).release(); // its matrix stays
    const used = rig.get('used');
    let looks = 0;
    const given = engine.gemm(large, KEY, () => ++looks === 3);
    await expect(given).rejects.toThrow('given up');
    expect([looks, rig.get('used'), rig.fault()]).toEqual([3, used, '']);
    const right = await engine.gemm(large, KEY);
    expect(right.roots).toHaveLength(large.rounds);
    right.release();
    await engine.close();
  });

  it('says so when its memory is too small, frees what it took, and goes on with smaller jobs', async () => {
    const engine = await rig.open({ variant: 'int8' });
    rig.set('memory', rig.get('used') + 6_000_000);
    const before = rig.get('allocations');
    await expect(engine.fill(VRAM, KEY)).rejects.toMatchObject({ name: 'DeviceError', code: 'memory' });
    expect(rig.get('allocations')).toBe(before);
    const large = { ...GEMM, depth: 16_384 };
    await expect(engine.gemm(large, KEY)).rejects.toMatchObject({ code: 'memory' });
    engine.matrices.drop(0);
    expect(rig.get('allocations')).toBe(before);
    const fill = await engine.fill({ ...VRAM, pages: 100 }, KEY);
    expect((await fill.pass(KEY, KEY)).roots).toHaveLength(2);
    fill.release();
    expect(rig.get('events')).toBe(0);
    await engine.close();
  });

  it('is lost when a kernel fails in the middle of a job, and refuses everything afterwards', async () => {
    const engine = await rig.open({ variant: 'int8' });
    const proof = await engine.gemm(GEMM, KEY);
    rig.set('failAtLaunch', 5);
    await expect(engine.gemm(GEMM, KEY)).rejects.toMatchObject({ name: 'DeviceError', code: 'lost' });
    await expect(engine.gemm(GEMM, KEY)).rejects.toThrow('lost earlier');
    await expect(engine.fill(VRAM, KEY)).rejects.toMatchObject({ code: 'lost' });
    await expect(proof.open([{ round: 0, leaf: 0 }])).rejects.toMatchObject({ code: 'lost' });
    proof.release();
    await engine.close();
  });

  it('is lost when it fails while it fills, passes or opens', async () => {
    for (const launch of [1, 3, 5]) {
      const engine = await rig.open({ variant: 'int8' });
      rig.set('failWith', ILLEGAL_ADDRESS);
      rig.set('failAtLaunch', launch);
      const run = async (): Promise<void> => {
        const fill = await engine.fill(VRAM, KEY);
        const proof = await fill.pass(KEY, KEY);
        await proof.open([{ round: 0, leaf: 7 }]);
      };
      await expect(run()).rejects.toMatchObject({ code: 'lost' });
      await engine.close();
      rig.set('reset');
    }
  });

  it('is not lost by an allocation that fails', async () => {
    const engine = await rig.open({ variant: 'int8' });
    rig.set('failWith', NO_MEMORY);
    rig.set('memory', rig.get('used'));
    await expect(engine.fill(VRAM, KEY)).rejects.toMatchObject({ code: 'memory' });
    rig.set('reset');
    expect((await engine.gemm(GEMM, KEY)).roots).toHaveLength(2);
    await engine.close();
  });

  it('gives up a matrix that nobody uses before it says that memory is short', async () => {
    const engine = await rig.open({ variant: 'int8' });
    const wide = { ...GEMM, rows: 2, rounds: 1, openings: 1, columns: 1024, depth: 512 }; // 512 KiB of B
    (await engine.gemm(wide, KEY)).release();
    const before = rig.get('used');
    rig.set('memory', before + 2 ** 18);
    (await engine.gemm({ ...wide, matrixKey: toHex(sha256(u32(2))) }, KEY)).release();
    expect(rig.get('used')).toBe(before);
    await engine.close();
  });

  it('is waited for without holding up what else the thread does', async () => {
    const engine = await rig.open({ variant: 'int8' });
    rig.set('notReady', 70); // looks until an event has come: more than without a pause
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await engine.gemm(GEMM, KEY);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
    await engine.close();
  });
});
