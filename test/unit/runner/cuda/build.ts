// Builds the stand-ins for NVIDIA's libraries: the kernels, unchanged, on a machine on a processor behind the driver's API, and a
// compiler that compiles nothing. Kept under .cache by a hash of everything that goes in.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { threadId } from 'node:worker_threads';
import { KERNEL_SOURCE } from '../../../../gpu-runners/backends/cuda/source.ts';

const here = join(import.meta.dirname, 'machine');
const cache = join(import.meta.dirname, '..', '..', '..', '..', '.cache', 'cuda');
const FILES = ['machine.h', 'run.h', 'kernels.h', 'machine.cpp', 'kernels.cpp', 'libcuda.cpp', 'libnvrtc.cpp'];
const FLAGS = ['-O1', '-std=c++17', '-shared', '-fPIC', '-fvisibility=hidden', '-w'];
const BUILD_TIMEOUT_MS = 120_000;

/** Whether a program is there and says its version. */
export function hasTool(name: string): boolean {
  return spawnSync(name, ['--version'], { stdio: 'ignore', timeout: 20_000 }).status === 0;
}

export const NO_COMPILER = 'there is no g++ on this machine';

function runTool(command: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: BUILD_TIMEOUT_MS });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-4000)));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${command} failed: ${errors}`));
    });
  });
}

export const hashOf = (...parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 24);

/** A folder under .cache/cuda for what these parts decide. */
export function cacheFolder(...parts: readonly string[]): string {
  const folder = join(cache, hashOf(...parts));
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Makes a file once: under a name of this thread's own first, so that two that build at the same time don't meet. */
async function once(path: string, make: (draft: string) => Promise<void>): Promise<void> {
  if (existsSync(path)) return;
  const draft = `${path}.${process.pid}-${threadId}`;
  await make(draft);
  renameSync(draft, path);
}

export type Machine = { readonly cuda: string; readonly nvrtc: string };

/**
 * The two libraries, with kernels for so many stages; `source` other than the kernels' own shows what the machine notices.
 * @param owner a name of its own for each test file: a library that is loaded twice is one, with one state
 */
export async function buildMachine(owner: string, stages: number, source: string = KERNEL_SOURCE): Promise<Machine> {
  const texts = FILES.map((name) => readFileSync(join(here, name), 'utf8'));
  const folder = cacheFolder(...texts, source, ...FLAGS);
  const kernels = join(folder, 'kernels.cu');
  await once(kernels, async (draft) => {
    writeFileSync(draft, source);
  });
  const cuda = join(folder, `libcuda-${stages}.so`);
  const nvrtc = join(folder, 'libnvrtc.so');
  const sources = ['kernels.cpp', 'machine.cpp', 'libcuda.cpp'].map((name) => join(here, name));
  const shared = [`-DASSAY_STAGES=${stages}`, `-I${folder}`, `-I${here}`];
  await Promise.all([
    once(cuda, (draft) => runTool('g++', [...FLAGS, ...shared, ...sources, '-o', draft])),
    once(nvrtc, (draft) => runTool('g++', [...FLAGS, join(here, 'libnvrtc.cpp'), '-o', draft])),
  ]);
  const own = { cuda: join(folder, `${owner}-${stages}-cuda.so`), nvrtc: join(folder, `${owner}-nvrtc.so`) };
  for (const [from, to] of [[cuda, own.cuda] as const, [nvrtc, own.nvrtc] as const]) {
    rmSync(to, { force: true }); // a new file: one that a process has loaded is not to be written into
    copyFileSync(from, to);
  }
  return own;
}
