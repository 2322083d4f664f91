// The processor as a device.
import { availableParallelism, cpus, totalmem } from 'node:os';
import type { Device } from '../engine.ts';

export function cpuDevice(): Device {
  const limit = process.constrainedMemory(); // of a container; a number too large for any machine where there is none
  const memoryBytes = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  const name = cpus()[0]?.model.trim() ?? '';
  return {
    name: name === '' ? 'CPU' : name,
    memoryBytes,
    driver: `WebAssembly SIMD, ${String(availableParallelism())} threads, Node ${process.versions.node}`,
  };
}
