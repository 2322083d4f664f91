// The catalogue and what is derived from it: whole numbers within the protocol's bounds, the floors where docs/classes.md says they are,
// and the shipped policy equal to the derivation.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ZERO32 } from '../../../protocol/bytes.ts';
import { checkGemmParams, gemmOps } from '../../../protocol/challenges/gemm/params.ts';
import { checkVramParams, vramBytes } from '../../../protocol/challenges/vram/params.ts';
import { JOB_AIM_MS } from '../../../protocol/load.ts';
import { canonicalJson, type GpuClass, type VramJob } from '../../../protocol/policy.ts';
import { CATALOGUE, type CatalogueDevice } from '../../../schema/classes/catalogue.ts';
import {
  GEMM_SHARES,
  MEMORY_PPM,
  VRAM_SHARES,
  deriveClass,
  memoryPpmOf,
  networkClasses,
  proofPpmOf,
} from '../../../schema/classes/derive.ts';
import { fitClass } from '../../../schema/classes/fit.ts';
import { SOURCES } from '../../../schema/classes/sources.ts';
import { shippedPolicies } from '../../../schema/policy/shipped.ts';

const vramOf = ({ name, vram }: GpuClass): VramJob => {
  if (vram === null) throw new Error(`${name} has no vram-pass job`);
  return vram;
};
const derived = CATALOGUE.map((device) => {
  const own = deriveClass(device);
  return { name: device.name, device, own, gemm: own.gemm, vram: vramOf(own) };
});
const PPM = 1_000_000n;

describe('the shipped policy', () => {
  it('has the derived classes; mend: npm run assay -- classes --write schema/policy/network.json', () => {
    expect(shippedPolicies.find(({ name }) => name === 'network')?.classes).toEqual(networkClasses);
  });

  it.each(shippedPolicies)('$name: canonical text begins where contracts look', (policy) => {
    const text = canonicalJson(policy);
    expect(text.startsWith('{"beacon":{"freshnessRounds":')).toBe(true);
    expect(text.split('"schedule":{"auditsPerNodePerDay":').length).toBe(2);
    expect(text.split('{"auditsPerNodePerDay":').length).toBe(2);
  });
});

describe('proofPpm', () => {
  it('is floor(10⁶·0.01^(1/k)), exactly', () => {
    const exact = fc.integer({ min: 1, max: 1024 });
    fc.assert(
      fc.property(exact, (k) => {
        const p = BigInt(proofPpmOf(k));
        const limit = PPM ** BigInt(k);
        expect(100n * p ** BigInt(k) <= limit).toBe(true);
        expect(100n * (p + 1n) ** BigInt(k) > limit).toBe(true);
      }),
      { numRuns: 60 },
    );
    expect([32, 64, 128].map(proofPpmOf)).toEqual([865_964, 930_572, 964_661]);
    expect([32, 128].map(memoryPpmOf)).toEqual([838_902, 934_515]);
  });

  it('of every shipped job is that of its openings', () => {
    for (const { gemm, vram } of shippedPolicies.flatMap(({ classes }) => classes)) {
      expect(gemm.proofPpm).toBe(proofPpmOf(gemm.openings));
      if (vram !== null) expect(vram.proofPpm).toBe(memoryPpmOf(vram.openings));
    }
  });
});

describe('the catalogue', () => {
  it('names each class once, and nobody’s address instead of a document', () => {
    const names = networkClasses.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { url, publisher } of Object.values(SOURCES)) {
      expect(url === '' || url.startsWith('https://')).toBe(true);
      expect(publisher).not.toBe('');
    }
    for (const device of CATALOGUE) {
      for (const figure of [device.int8Gops, device.pathGops, device.memoryMiB, device.megabytesPerSecond]) {
        expect(figure === null || (Number.isSafeInteger(figure.value) && figure.value > 0)).toBe(true);
      }
      if (device.path === 'int8') expect(device.int8Gops).toEqual(device.pathGops);
      expect(device.matches.every((part) => part === part.toLowerCase() && part !== '')).toBe(true);
    }
  });
});

describe.each(derived)('class $name', ({ device, own, gemm, vram }) => {
  it('keeps to the protocol’s bounds', () => {
    expect(checkGemmParams({ ...gemm, matrixKey: ZERO32 })).toMatchObject({ rows: gemm.rows });
    expect(checkVramParams({ ...vram, fillKey: ZERO32 })).toMatchObject({ pages: vram.pages });
    expect(gemm.rows % 256).toBe(0);
    expect(vram.fillDeadlineMs).toBeLessThanOrEqual(60_000);
    const numbers = [...Object.values(own.gemm), ...Object.values(vram)];
    expect(numbers.every((value) => Number.isSafeInteger(value) && value > 0)).toBe(true);
  });

  it('takes about two seconds at the expected rate', () => {
    const opsPerSecond = BigInt(device.pathGops.value) * 1_000n * GEMM_SHARES[device.path].expectedPpm;
    const productMs = Number((gemmOps({ ...gemm, matrixKey: ZERO32 }) * 1000n) / opsPerSecond);
    expect(Math.abs(productMs - JOB_AIM_MS)).toBeLessThan(0.02 * JOB_AIM_MS + 100);
    const readMs = Number((vramBytes(vram) * 1000n) / (BigInt(device.megabytesPerSecond.value) * PPM));
    expect(readMs).toBeLessThanOrEqual(Math.SQRT2 * JOB_AIM_MS + 1);
    if (vram.passes < vram.openings) expect(readMs).toBeGreaterThanOrEqual(JOB_AIM_MS / Math.SQRT2 - 1);
  });

  it('lets an honest device pass with a quarter to spare, long before the deadlines', () => {
    const product = GEMM_SHARES[device.path];
    const memory = VRAM_SHARES[device.memory];
    expect(Number(product.expectedPpm) * gemm.proofPpm).toBeGreaterThan(1.25 * Number(product.floorPpm * PPM));
    expect(Number(memory.expectedPpm) * vram.proofPpm).toBeGreaterThan(1.25 * Number(memory.floorPpm * PPM));
    expect(gemm.commitDeadlineMs).toBeGreaterThan(3 * JOB_AIM_MS);
    expect(vram.passDeadlineMs).toBeGreaterThan(3 * JOB_AIM_MS);
  });

  it('lets no device pass as two in a cohort', () => {
    /** What one of two identities proves of a device at its ceiling, by the formula of `measure`. */
    const half = (figure: bigint, ceilingPpm: bigint, proofPpm: number): bigint =>
      (figure * ceilingPpm * BigInt(proofPpm)) / (2n * PPM * PPM);
    const product = half(BigInt(device.pathGops.value) * 1_000_000_000n, GEMM_SHARES[device.path].ceilingPpm, gemm.proofPpm);
    const bytesPerSecond = BigInt(device.megabytesPerSecond.value) * PPM;
    const memory = half(bytesPerSecond, VRAM_SHARES[device.memory].ceilingPpm, vram.proofPpm);
    const byProduct = product < BigInt(gemm.floorOpsPerSecond);
    const byBandwidth = memory < BigInt(vram.floorBytesPerSecond);
    const byMemory = 2n * BigInt(vram.pages) * 1024n > BigInt(device.memoryMiB.value) * 1024n * 1024n;
    const expected = {
      discrete: [true, true, true],
      unified: [false, true, false],
      integrated: [false, false, false],
    }[device.memory];
    expect([byProduct, byBandwidth, byMemory]).toEqual(expected);
    expect(Number(MEMORY_PPM[device.memory])).toBeLessThanOrEqual(900_000);
  });
});

describe('the class of a device', () => {
  const cases: [string, number | null, string | null][] = [
    ['NVIDIA H100 80GB HBM3', 81_079, 'h100-sxm'],
    ['NVIDIA H100 PCIe', 81_079, 'h100-pcie'],
    ['NVIDIA A100-SXM4-40GB', 40_339, 'a100-40gb'],
    ['NVIDIA A100 80GB PCIe', 81_038, 'a100-80gb'],
    ['NVIDIA GeForce RTX 4090', 24_209, 'rtx-4090'],
    ['NVIDIA GeForce RTX 4090', null, 'rtx-4090'],
    ['Apple M4 Pro', null, 'apple-m4-pro'],
    ['Apple M4 Max', 131_072, 'apple-m4-max'],
    ['Apple M4 Max', 36_864, 'apple-m4-pro'],
    ['Apple M4', 16_384, 'apple-m4'],
    ['Apple M2', 16_384, 'integrated'],
    ['Intel(R) Iris(R) Xe Graphics (TGL GT2)', 15_872, 'integrated'],
    ['apple apple-m4-pro', null, 'apple-m4-pro'],
    ['nvidia nvidia-geforce-rtx-5090', null, 'rtx-5090'],
    ['intel intel-r-uhd-graphics-630-cfl-gt2-', null, 'integrated'],
    ['amd amd-radeon-780m-graphics-radv-phoenix-', null, 'integrated'],
    ['NVIDIA GB200', 189_471, 'b200'],
    ['NVIDIA H20', 97_871, null],
    ['google swiftshader-device-subzero- (software)', null, null],
    ['SwiftShader Device', 8_192, null],
  ];
  it.each(cases)('%s with %s MiB: %s', (name, memoryMiB, wanted) => {
    const fit = fitClass(name, memoryMiB);
    expect(fit.fits === 'name' ? fit.device.name : null).toBe(wanted);
  });

  it('says how much memory is missing', () => {
    expect(fitClass('NVIDIA GeForce RTX 4090 Laptop GPU', 16_376)).toMatchObject({ fits: 'memory', neededMiB: 24_072 });
    expect(fitClass('llvmpipe', null)).toEqual({ fits: 'unknown' });
  });

  it('of the catalogue’s own names is the entry itself', () => {
    for (const device of CATALOGUE) {
      for (const part of device.matches.slice(0, 1)) {
        const fit = fitClass(part, device.memoryMiB.value);
        const found: CatalogueDevice | null = fit.fits === 'name' ? fit.device : null;
        expect(found?.name).toBe(device.name);
      }
    }
  });
});
