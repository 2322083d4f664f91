// `assay runner`: what it makes of the runner's answer about this machine, and how it starts and ends the runner. Programs of the test
// stand for the runner's.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { classFacts, suggestClass } from '../../../cli/runner/class.ts';
import { detectDevices, type Detection } from '../../../cli/runner/detection.ts';
import { startRunner, withChoices } from '../../../cli/runner/start.ts';
import { networkClasses } from '../../../schema/classes/derive.ts';
import { assay } from './io.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-runner-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const program = (name: string, text: string): string => {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, text);
  return file;
};

type Chosen = Detection['choice'];
const detection = (
  backend: Chosen['backend'],
  kind: Chosen['device']['kind'],
  name: string,
  memoryMiB: number | null,
): Detection => ({ choice: { backend, device: { backend, kind, name, memoryMiB } }, words: ['Found:'] });

describe('the suggested class', () => {
  const cases: [string, Detection, string, RegExp][] = [
    ['of an H100 on CUDA', detection('cuda', 'hardware', 'NVIDIA H100 80GB HBM3', 81_079), 'h100-sxm', /NVIDIA H100 SXM5/],
    ['of a card behind WebGPU', detection('webgpu', 'hardware', 'NVIDIA GeForce RTX 4090', null), 'integrated', /matrix units/],
    ['of a Mac', detection('webgpu', 'hardware', 'Apple M4 Pro', null), 'apple-m4-pro', /20 GPU cores/],
    [
      'of a laptop’s card',
      detection('cuda', 'hardware', 'NVIDIA GeForce RTX 4090 Laptop GPU', 16_376),
      'integrated',
      /has 16,376 MiB/,
    ],
    ['of an unknown GPU', detection('cuda', 'hardware', 'NVIDIA T4', 15_000), 'integrated', /none is named after NVIDIA T4/],
    ['of a processor', detection('cpu', 'processor', 'AMD EPYC', 8_000), 'cpu', /processors/],
    ['of a driver on the processor', detection('webgpu', 'software', 'llvmpipe', 8_000), 'cpu', /processors/],
  ];
  it.each(cases)('%s', (_, found, name, because) => {
    const suggestion = suggestClass(found);
    expect([suggestion.name, suggestion.because]).toEqual([name, expect.stringMatching(because)]);
    expect(networkClasses.map((own) => own.name)).toContain(suggestion.name);
    expect(classFacts(suggestion.name)).toMatch(/^It asks for [\d.e+]+ [TG]ops or more .* [GM]B\/s or more\.$/);
  });

  it('of no policy is said to be none', () => {
    expect(classFacts('no-such')).toBe('It is not a class of the network policy.');
  });
});

describe('the runner’s answer', () => {
  it('is parsed, and devices keep their names', async () => {
    const wanted = detection('webgpu', 'hardware', 'Apple M4', null);
    const file = program('good', `console.log(process.argv[2] === 'detect' ? ${JSON.stringify(JSON.stringify(wanted))} : '');`);
    expect(await detectDevices(file)).toEqual(wanted);
  });

  it('that makes no sense, or is an error, ends with a sentence', async () => {
    for (const text of ['console.log("no JSON")', 'console.log("{}")', ''])
      await expect(detectDevices(program('odd', text))).rejects.toThrow('makes no sense');
    const failing = program('failing', 'process.stderr.write("Nothing can compute."); process.exit(1);');
    await expect(detectDevices(failing)).rejects.toThrow('could not look for devices: Nothing can compute.');
  });
});

describe('the runner as a child', () => {
  it('gets our choices only where the operator has made none', () => {
    const choices = { backend: 'cuda', class: 'l40s' };
    expect(withChoices(['--rpc', 'x'], {}, choices)).toEqual(['--rpc', 'x', '--backend', 'cuda', '--class', 'l40s']);
    expect(withChoices(['--backend=cpu'], { ASSAY_CLASS: 'cpu' }, choices)).toEqual(['--backend=cpu']);
    expect(withChoices(['--class', 'cpu'], { ASSAY_BACKEND: '' }, choices)).toEqual(['--class', 'cpu', '--backend', 'cuda']);
  });

  it('gets the flags, and its end is ours', async () => {
    const seen = join(folder, 'seen.json');
    const text = `import { writeFileSync } from 'node:fs';
      writeFileSync(${JSON.stringify(seen)}, JSON.stringify(process.argv.slice(2)));
      process.exit(process.argv.includes('--fail') ? 1 : 0);`;
    expect(await startRunner(['--backend', 'cpu'], program('ends', text))).toBe(0);
    expect(JSON.parse(readFileSync(seen, 'utf8'))).toEqual(['serve', '--backend', 'cpu']);
    expect(await startRunner(['--fail'], program('fails', text))).toBe(2);
    expect(process.listenerCount('SIGTERM')).toBe(0);
  });
});

it('has a page of help', async () => {
  const { code, out } = await assay(['help', 'runner']);
  expect([code, out]).toEqual([0, expect.stringContaining('Usage: npm run assay -- runner [--check]')]);
});
