// Looks for devices: each backend is asked to open one, and where it can't, the system is asked what there would have been. Everything
// that touches the machine is a probe, so that tests give their own.
import type { BackendName } from '../backends/backend.ts';
import type { Device } from '../backends/engine.ts';
import type { Found, FoundKind, Unusable, Usable } from './found.ts';
import type { GpuBackendName, Probes } from './probes.ts';
import { nvidiaNames, otherGpus } from './traces.ts';

const MIB = 2 ** 20;
/** Drivers that compute on the processor, by what they call their device. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|software/i;

export function kindOf(name: string): FoundKind {
  return SOFTWARE.test(name) ? 'software' : 'hardware';
}

function usable(backend: BackendName, kind: FoundKind, { name, memoryBytes, driver }: Device): Usable {
  const memoryMiB = memoryBytes === null ? null : Math.floor(memoryBytes / MIB);
  return { backend, kind, name, memoryMiB, driver };
}

/** What a lost device's own message leaves out. */
const LOST_MEND = 'Update its driver, or look into the system’s log for the device.';

/** Drivers and engines end their messages as they like. */
const sentence = (text: string): string => `${text.replaceAll(/\.: /g, '. ').replace(/\.+$/, '')}.`;

/** Apple's GPUs have the machine's memory; WebGPU tells of none. */
function withMemory(device: Device, machine: Device): Device {
  const isUnified = device.memoryBytes === null && /\bapple\b/i.test(device.name);
  return isUnified ? { ...device, memoryBytes: machine.memoryBytes } : device;
}

async function tryBackend(probes: Probes, backend: GpuBackendName): Promise<Usable | Unusable> {
  const answer = await probes.open(backend);
  if (answer.opened) return usable(backend, kindOf(answer.device.name), withMemory(answer.device, probes.processor.device));
  const seen = backend === 'cuda' ? await nvidiaNames(probes) : otherGpus(probes);
  const mend = answer.code === 'lost' ? ` ${LOST_MEND}` : '';
  return { backend, code: answer.code, problem: sentence(answer.message) + mend, seen };
}

function processor({ processor: { device, hasSimd } }: Probes): Usable | Unusable {
  if (hasSimd) return usable('cpu', 'processor', device);
  const problem = 'this processor or Node lacks WebAssembly SIMD, which the CPU backend is made of. Use Node 22.18 or newer.';
  return { backend: 'cpu', code: 'unfit', problem, seen: [device.name] };
}

/** One answer of each backend. Devices are opened one after the other: two backends at once could want the same one. */
export async function detect(probes: Probes): Promise<Found> {
  const answers: (Usable | Unusable)[] = [];
  for (const backend of ['cuda', 'webgpu'] as const) answers.push(await tryBackend(probes, backend));
  answers.push(processor(probes));
  return {
    usable: answers.filter((answer) => 'kind' in answer),
    unusable: answers.filter((answer) => 'problem' in answer),
  };
}
