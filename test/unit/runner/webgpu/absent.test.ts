// Where there is no GPU, no driver or no package, the operator gets one sentence that says so and names the mend.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasSwiftshader, swiftshaderEnv } from '../../../support/swiftshader.ts';
import type { Failure } from './child.ts';
import { startProcess } from './process.ts';

vi.setConfig({ testTimeout: 60_000 });

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assay-webgpu-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const SENTENCE = /^WebGPU found no GPU.*: install the GPU’s driver with Vulkan .*, or choose another backend\.$/s;

it.skipIf(process.platform !== 'linux')('finds no GPU where the driver cannot be loaded', async () => {
  writeFileSync(join(folder, 'libvulkan.so.1'), 'not a library\n'.repeat(100));
  const child = startProcess({ ...process.env, LD_LIBRARY_PATH: folder });
  try {
    const failure = await child.refusal({ ask: 'device', options: {} });
    expect(failure.code).toBe('absent');
    expect(failure.message).toMatch(SENTENCE);
  } finally {
    await child.stop();
  }
});

it.skipIf(!hasSwiftshader)('names the GPUs that there are where none has the wanted name', async () => {
  const child = startProcess(swiftshaderEnv());
  try {
    const failure = await child.refusal({ ask: 'device', options: { adapter: 'no such adapter' } });
    expect(failure.code).toBe('absent');
    expect(failure.message).toMatch(SENTENCE);
    expect(failure.message).toMatch(/no GPU named "no such adapter" .*SwiftShader Device/);
  } finally {
    await child.stop();
  }
});

it('says that the package is missing', async () => {
  const child = startProcess(process.env);
  try {
    const failure = await child.ask<Failure>({ ask: 'no package' });
    expect(failure.code).toBe('absent');
    expect(failure.message).toMatch(/^the package "webgpu" cannot be loaded .*: install the runner with its optional packages/);
  } finally {
    await child.stop();
  }
});
