// Which backend computes, and how large its jobs may be: what the operator chose, or what fits the device.
import type { Backend, BackendName } from './backends/backend.ts';
import { cpuBackend } from './backends/cpu/index.ts';
import type { DeviceError } from './backends/engine.ts';
import { DEVICE_URL } from './backends/pool/device-url.ts';
import { openPool } from './backends/pool/open.ts';
import { processLane } from './backends/pool/process-lane.ts';
import type { ChosenLimits } from './config.ts';
import { detectAndChoose } from './detect/auto.ts';
import {
  DEVICE_JOB_GOP_DEFAULT,
  FILL_MIB_DEFAULT,
  JOB_GOP_DEFAULT,
  JOB_MIB_DEFAULT,
  JOB_MIB_MAX,
  PROOF_MIB_DEFAULT,
  bytesOfMib,
} from './limits.ts';
import type { Log } from './log.ts';
import type { JobLimits } from './server/parts.ts';

const GIGA = 1_000_000_000n;
/** Times the class's largest job. */
const CLASS_WORK_ROOM = 2n;

/** What `--backend` means on this machine. @throws DeviceError when `auto` finds nothing that can compute */
export async function chosenBackend(chosen: BackendName | 'auto', log: Log): Promise<BackendName> {
  if (chosen !== 'auto') return chosen;
  const { choice } = await detectAndChoose();
  log('backend chosen', { backend: choice.backend, device: choice.device.name, why: choice.why });
  return choice.backend;
}

/** @throws DeviceError with a sentence for the operator when there is no such device, or it lacks what is needed */
export async function openBackend(name: BackendName, concurrency: number, log: Log): Promise<Backend> {
  const onLost = (error: DeviceError, detail: string): void => {
    log('device lost', { backend: name, error: error.message, code: error.code, ...(detail === '' ? {} : { detail }) });
  };
  if (name === 'cpu') return cpuBackend(concurrency, undefined, {}, onLost);
  const { gemmMemory, vramMemory } = await (name === 'cuda'
    ? import('./backends/cuda/memory.ts')
    : import('./backends/webgpu/memory.ts'));
  // One device, one job: two at a time would only share it.
  const start = processLane(DEVICE_URL, ['device', name], name);
  return openPool({ name, concurrency: 1, gemmMemory, vramMemory, start, onLost });
}

/** Work of one job in 10⁹ operations, unless the operator said otherwise: the class's largest with room for a larger policy. */
function usualGop(name: BackendName, classWork: bigint | null): number {
  if (classWork !== null) return Number((classWork * CLASS_WORK_ROOM + GIGA - 1n) / GIGA);
  return name === 'cpu' ? JOB_GOP_DEFAULT : DEVICE_JOB_GOP_DEFAULT;
}

/**
 * Chosen limits in bytes; a limit above what the device has is lowered to it, and said so.
 * @param classWork operations of the largest job of the node's class; null where nobody knows them
 */
export function limitsOf(chosen: ChosenLimits, { name, device }: Backend, log: Log, classWork: bigint | null): JobLimits {
  const mib = (of: number): number => Math.floor(of / 2 ** 20);
  const has = device.memoryBytes ?? bytesOfMib(JOB_MIB_MAX);
  const bytes = (flag: string, chosenMib: number | null, cpuDefaultMib: number): number => {
    const wanted = chosenMib === null ? (name === 'cpu' ? bytesOfMib(cpuDefaultMib) : has) : bytesOfMib(chosenMib);
    if (wanted > has && chosenMib !== null)
      log('limit lowered', { flag, mib: chosenMib, to: mib(has), why: 'the device has no more memory' });
    return Math.min(wanted, has);
  };
  const gop = chosen.jobGop ?? usualGop(name, classWork);
  const limits = {
    jobBytesMax: bytes('job-mib', chosen.jobMib, JOB_MIB_DEFAULT),
    proofBytesMax: bytes('proof-mib', chosen.proofMib, PROOF_MIB_DEFAULT),
    fillBytesMax: bytes('fill-mib', chosen.fillMib, FILL_MIB_DEFAULT),
  };
  const { jobBytesMax, proofBytesMax, fillBytesMax } = limits;
  log('limits', { jobMib: mib(jobBytesMax), proofMib: mib(proofBytesMax), fillMib: mib(fillBytesMax), jobGop: gop });
  return { ...limits, jobOpsMax: BigInt(gop) * GIGA };
}
