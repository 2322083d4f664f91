// The kernels compile for every kind of device that they are meant for, and no thread's values spill into memory. Needs nvcc. The two
// that have instructions of their own here, the other ones with `npm run campaign -- cuda`.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { compileOptions } from '../../../../gpu-runners/backends/cuda/compile.ts';
import { KERNEL_SOURCE } from '../../../../gpu-runners/backends/cuda/source.ts';
import { isCampaign } from '../../../simulation/scale.ts';
import { cacheFolder, hasTool } from './build.ts';

const able = hasTool('nvcc');
if (!able) console.log('cuda kernels: skipped, there is no nvcc on this machine');
/** Compute capability and the stages that such a device has room for. */
const OLDEST = [80, 3] as const;
const HOPPER = [90, 4] as const;
const OTHERS = [
  [89, 2],
  [100, 4],
  [120, 2],
] as const;
const TARGETS = isCampaign ? [OLDEST, HOPPER, ...OTHERS] : [OLDEST, HOPPER];
const COMPILE_TIMEOUT_MS = 120_000;

/** nvcc's report, kept by everything that it depends on; its name for one target alone differs from NVRTC's. */
async function compileReport(capability: number, stages: number): Promise<string> {
  const [arch = '', ...options] = compileOptions({ capability, stages });
  const name = arch.replace('--gpu-architecture=sm_', '');
  const target = `-gencode=arch=compute_${name},code=sm_${name}`;
  const folder = cacheFolder(KERNEL_SOURCE, target, ...options);
  const report = join(folder, 'report.txt');
  if (existsSync(report)) return readFileSync(report, 'utf8');
  const source = join(folder, 'kernels.cu');
  writeFileSync(source, KERNEL_SOURCE);
  const args = ['-cubin', '-Xptxas', '-v', target, ...options, source, '-o', join(folder, 'kernels.cubin')];
  const child = spawn('nvcc', args, { timeout: COMPILE_TIMEOUT_MS, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  child.stdout.on('data', (part: Buffer) => (text += part.toString()));
  child.stderr.on('data', (part: Buffer) => (text += part.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(`nvcc failed for sm_${name}: ${text.slice(-2000)}`);
  writeFileSync(`${report}.${process.pid}`, text);
  renameSync(`${report}.${process.pid}`, report);
  return text;
}

/** Of each kernel: bytes that its threads spill. */
function spills(report: string): Map<string, number> {
  const found = report.matchAll(/Function properties for (\w+)\n.*?(\d+) bytes spill stores, (\d+) bytes spill loads/g);
  return new Map([...found].map(([, name = '', stores, loads]) => [name, Number(stores) + Number(loads)]));
}

describe.skipIf(!able)('the kernels', () => {
  it.concurrent.each(TARGETS)(
    'compile for compute capability %i without spills',
    async (capability, stages) => {
      const found = spills(await compileReport(capability, stages));
      expect(found.has('multiply8')).toBe(true);
      expect(found.has('multiplyHopper')).toBe(capability === 90);
      expect([...found].filter(([, bytes]) => bytes > 0)).toEqual([]);
    },
    2 * COMPILE_TIMEOUT_MS,
  );
});
