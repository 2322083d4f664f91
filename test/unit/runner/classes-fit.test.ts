// The network's classes against the runner: each class's jobs fit into the memory of the device that it is named after, as the backends
// count it, and into what the runner admits by default.
import { describe, expect, it } from 'vitest';
import { gemmMemory as cpuGemm, vramMemory as cpuVram } from '../../../gpu-runners/backends/cpu/memory.ts';
import { gemmMemory as cudaGemm, vramMemory as cudaVram } from '../../../gpu-runners/backends/cuda/memory.ts';
import { gemmMemory as webGemm, vramMemory as webVram } from '../../../gpu-runners/backends/webgpu/memory.ts';
import {
  DEVICE_JOB_GOP_DEFAULT,
  FILL_MIB_DEFAULT,
  JOB_GOP_DEFAULT,
  JOB_MIB_DEFAULT,
  PROOF_MIB_DEFAULT,
  bytesOfMib,
} from '../../../gpu-runners/limits.ts';
import { ZERO32 } from '../../../protocol/bytes.ts';
import { gemmOps } from '../../../protocol/challenges/gemm/params.ts';
import { findClass } from '../../../protocol/policy.ts';
import { CATALOGUE } from '../../../schema/classes/catalogue.ts';
import { shippedPolicies } from '../../../schema/policy/shipped.ts';

const network = shippedPolicies.find(({ name }) => name === 'network');

function jobsOf(name: string) {
  const found = network === undefined ? undefined : findClass(network, name);
  if (found === undefined || found.vram === null) throw new Error(`no class ${name} with both jobs`);
  return { gemm: { ...found.gemm, matrixKey: ZERO32 }, vram: { ...found.vram, fillKey: ZERO32 } };
}
const gigaOps = (name: string): number => Number(gemmOps(jobsOf(name).gemm) / 1_000_000_000n);

describe.each(CATALOGUE)('class $name', ({ name, memory, memoryMiB }) => {
  const { gemm, vram } = jobsOf(name);
  it('leaves its device memory to spare while it is filled', () => {
    const [product, pages] = memory === 'discrete' ? [cudaGemm(gemm), cudaVram(vram)] : [webGemm(gemm), webVram(vram)];
    const most = Math.max(product.job + product.proof, pages.job, pages.proof);
    expect(most).toBeLessThan(0.95 * bytesOfMib(memoryMiB.value));
  });

  it('is work that a device’s runner admits by default', () => {
    expect(gigaOps(name)).toBeLessThan(DEVICE_JOB_GOP_DEFAULT);
  });
});

it('the class of processors is admitted by the CPU backend’s defaults', () => {
  const { gemm, vram } = jobsOf('cpu');
  const [product, pages] = [cpuGemm(gemm), cpuVram(vram)];
  expect(gigaOps('cpu')).toBeLessThan(JOB_GOP_DEFAULT);
  expect(Math.max(product.job, pages.job)).toBeLessThan(bytesOfMib(JOB_MIB_DEFAULT));
  expect(product.proof).toBeLessThan(bytesOfMib(PROOF_MIB_DEFAULT));
  expect(pages.proof).toBeLessThan(bytesOfMib(FILL_MIB_DEFAULT));
});
