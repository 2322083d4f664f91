// The probes of the machine that this process runs on. Everything is bounded: files in bytes, programs in time and output. A device is
// opened as the runner itself would open it, in a process of its own: a driver that crashes or hangs takes nothing with it.
import { execFile } from 'node:child_process';
import { closeSync, openSync, readSync, readdirSync } from 'node:fs';
import type { Device } from '../backends/engine.ts';
import { DeviceError } from '../backends/engine.ts';
import { cpuDevice } from '../backends/cpu/device.ts';
import { Module } from '../backends/cpu/webassembly.ts';
import { DEVICE_URL } from '../backends/pool/device-url.ts';
import { openPool } from '../backends/pool/open.ts';
import { processLane } from '../backends/pool/process-lane.ts';
import type { GpuBackendName, Opened, Probes } from './probes.ts';

const TEXT_BYTES_MAX = 64 * 1024;
const NAMES_MAX = 256;
const PROGRAM_MS_MAX = 5_000;
const OUTPUT_BYTES_MAX = 1024 * 1024;

/** A module with one instruction of 128 bits: valid exactly where the CPU backend's kernel is. */
const SIMD_MODULE = [
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0],
  ...[10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11],
];

function hasSimd(): boolean {
  try {
    return new Module(new Uint8Array(SIMD_MODULE)) instanceof Object;
  } catch {
    return false;
  }
}

function readText(path: string): string | null {
  try {
    const file = openSync(path, 'r');
    try {
      const buffer = Buffer.alloc(TEXT_BYTES_MAX); // files of the kernel have no size to ask for
      return buffer.toString('utf8', 0, readSync(file, buffer, 0, TEXT_BYTES_MAX, 0));
    } finally {
      closeSync(file);
    }
  } catch {
    return null;
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path).slice(0, NAMES_MAX);
  } catch {
    return [];
  }
}

function run(program: string, args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    const options = { timeout: PROGRAM_MS_MAX, maxBuffer: OUTPUT_BYTES_MAX, killSignal: 'SIGKILL' } as const;
    execFile(program, [...args], options, (error, stdout) => {
      resolve(error === null ? stdout : null);
    });
  });
}

const NO_MEMORY = { job: 0, proof: 0 };

/** @throws DeviceError */
async function openDevice(backend: GpuBackendName): Promise<Device> {
  const pool = await openPool({
    name: backend,
    concurrency: 1,
    gemmMemory: () => NO_MEMORY,
    vramMemory: () => NO_MEMORY,
    start: processLane(DEVICE_URL, ['device', backend], backend),
  });
  const { device } = pool;
  await pool.close();
  return device;
}

async function open(backend: GpuBackendName, openWith: typeof openDevice): Promise<Opened> {
  try {
    return { opened: true, device: await openWith(backend) };
  } catch (error) {
    const message = error instanceof Error ? error.message : 'it could not be opened, and nothing says why';
    return { opened: false, code: error instanceof DeviceError ? error.code : 'unfit', message };
  }
}

/** @param openWith for tests */
export function machineProbes(openWith: typeof openDevice = openDevice): Probes {
  return {
    open: (backend) => open(backend, openWith),
    readText,
    list,
    run,
    processor: { device: cpuDevice(), hasSimd: hasSimd() },
  };
}
