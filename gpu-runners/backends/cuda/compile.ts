// The kernels' source becomes machine code for one device (NVRTC, which comes with the CUDA toolkit or as a package of its own), once
// a version: the result is kept in a file named after everything that it depends on.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { DeviceError } from '../engine.ts';
import type { Foreign, Library, OpenLibrary } from './foreign.ts';
import { KERNEL_SOURCE } from './source.ts';

/** What the machine code is made for. */
export type Target = {
  /** Compute capability, as "8.0": 80. */
  readonly capability: number;
  /** Slabs in shared memory at a time. */
  readonly stages: number;
};

/** Names of the library: the newest majors first, and what a development package calls it. */
export const NVRTC_NAMES = ['libnvrtc.so.13', 'libnvrtc.so.12', 'libnvrtc.so.11.2', 'libnvrtc.so'];
const NO_NVRTC =
  'CUDA kernels are compiled on this machine, which needs libnvrtc: install NVIDIA’s package cuda-nvrtc of the driver’s CUDA version, or use an image that has it.';
/** A cubin of the kernels is some hundred kilobytes; a log of errors far less. */
const OUTPUT_BYTES_MAX = 64 * 2 ** 20;

/** Options of the compiler: Hopper's own instructions exist only under the name with an "a". */
export function compileOptions({ capability, stages }: Target): string[] {
  const arch = capability === 90 ? 'sm_90a' : `sm_${capability}`;
  return [`--gpu-architecture=${arch}`, '--std=c++17', `-DASSAY_STAGES=${stages}`];
}

/** What the machine code depends on, as a file's name. */
export function cacheName(target: Target, version: string): string {
  const content = JSON.stringify([version, compileOptions(target), KERNEL_SOURCE]);
  return `cuda-${createHash('sha256').update(content).digest('hex').slice(0, 32)}.cubin`;
}

type Compiler = Readonly<Record<'version' | 'create' | 'compile' | 'size' | 'code' | 'logSize' | 'log' | 'destroy', Foreign>>;

function bind(library: Library): Compiler {
  try {
    return {
      version: library.bind('int nvrtcVersion(_Out_ int *major, _Out_ int *minor)'),
      create: library.bind(
        'int nvrtcCreateProgram(_Out_ uint64_t *program, const char *source, const char *name, int count, uint64_t headers, uint64_t names)',
      ),
      compile: library.bind('int nvrtcCompileProgram(uint64_t program, int count, const char **options)'),
      size: library.bind('int nvrtcGetCUBINSize(uint64_t program, _Out_ uint64_t *bytes)'),
      code: library.bind('int nvrtcGetCUBIN(uint64_t program, void *to)'),
      logSize: library.bind('int nvrtcGetProgramLogSize(uint64_t program, _Out_ uint64_t *bytes)'),
      log: library.bind('int nvrtcGetProgramLog(uint64_t program, void *to)'),
      destroy: library.bind('int nvrtcDestroyProgram(uint64_t *program)'),
    };
  } catch {
    throw new DeviceError('absent', `${NO_NVRTC} The one that was found is older than CUDA 11.2.`);
  }
}

function bytesOf(size: Foreign, fill: Foreign, program: unknown): Uint8Array {
  const out: unknown[] = [null];
  if (size(program, out) !== 0) return new Uint8Array();
  const bytes = Number(out[0]);
  if (!(bytes > 0 && bytes <= OUTPUT_BYTES_MAX)) return new Uint8Array();
  const to = new Uint8Array(new ArrayBuffer(bytes));
  return fill(program, to) === 0 ? to : new Uint8Array();
}

function compile(compiler: Compiler, target: Target): Uint8Array {
  const program: unknown[] = [null];
  if (compiler.create(program, KERNEL_SOURCE, 'kernels.cu', 0, 0, 0) !== 0)
    throw new DeviceError('unfit', 'NVRTC did not take the kernels: see that its version fits the driver’s.');
  try {
    const options = compileOptions(target);
    const failed = compiler.compile(program[0], options.length, options) !== 0;
    const code = failed ? new Uint8Array() : bytesOf(compiler.size, compiler.code, program[0]);
    if (code.length > 0) return code;
    const log = new TextDecoder().decode(bytesOf(compiler.logSize, compiler.log, program[0]));
    const first = log.split('\n').find((line) => line.includes('error')) ?? log.split('\n')[0] ?? '';
    const arch = options[0] ?? '';
    throw new DeviceError(
      'unfit',
      `NVRTC can't compile for this device (${arch}): a newer NVRTC may be needed. ${first.replaceAll('\0', '').slice(0, 300)}`,
    );
  } finally {
    compiler.destroy(program);
  }
}

function cached(path: string): Uint8Array | null {
  try {
    const bytes = readFileSync(path);
    return bytes.length > 0 ? bytes : null;
  } catch {
    return null;
  }
}

/** Written under another name first: a runner that starts beside this one never reads half a file. */
function keep(folder: string, path: string, code: Uint8Array): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const draft = `${path}.${process.pid}`;
    writeFileSync(draft, code, { mode: 0o600 });
    renameSync(draft, path);
  } catch {
    // a folder that can't be written costs the seconds of a compilation at the next start, nothing else
  }
}

/**
 * Machine code of the kernels.
 * @param folder where results are kept; null keeps none
 * @throws DeviceError absent without NVRTC, unfit where it can't compile for the device
 */
export function kernelCode(open: OpenLibrary, names: readonly string[], target: Target, folder: string | null): Uint8Array {
  const library = open(names);
  if (library === null) throw new DeviceError('absent', NO_NVRTC);
  const compiler = bind(library);
  const [major, minor]: unknown[][] = [[null], [null]];
  compiler.version(major, minor);
  const version = `${String(major?.[0])}.${String(minor?.[0])}`;
  const path = folder === null ? null : join(folder, cacheName(target, version));
  const found = path === null ? null : cached(path);
  if (found !== null) return found;
  const code = compile(compiler, target);
  if (folder !== null && path !== null) keep(folder, path, code);
  return code;
}
