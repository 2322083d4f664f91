// Which backend computes, and what its jobs may take: chosen, or what fits the device, and never more than it has.
import { describe, expect, it } from 'vitest';
import { chosenBackend, limitsOf, openBackend } from '../../../gpu-runners/backend.ts';
import type { Backend } from '../../../gpu-runners/backends/backend.ts';
import { classWork } from '../../../gpu-runners/class-work.ts';
import { readConfig, requireNoWait, type ChosenLimits } from '../../../gpu-runners/config.ts';
import { DEVICE_JOB_GOP_DEFAULT, FILL_MIB_DEFAULT, JOB_GOP_DEFAULT, bytesOfMib } from '../../../gpu-runners/limits.ts';
import { ZERO32 } from '../../../protocol/bytes.ts';
import { gemmOps, gemmParams } from '../../../protocol/challenges/gemm/params.ts';
import { shippedPolicies } from '../../../schema/policy/shipped.ts';
import type { Log } from '../../../gpu-runners/log.ts';
import { DOMAIN, testParts } from './rig.ts';

const DEFAULTS: ChosenLimits = { jobMib: null, proofMib: null, fillMib: null, jobGop: null };
const fail = (): never => {
  throw new Error('no such class');
};
const silent: Log = () => undefined;
const flags = { rpc: 'http://127.0.0.1:1', registry: DOMAIN.registry, 'chain-id': '31337', class: 'demo' };

async function cpuWith(memoryMib: number | null): Promise<Backend> {
  const { backend } = testParts();
  await backend.close();
  return { ...backend, device: { ...backend.device, memoryBytes: memoryMib === null ? null : bytesOfMib(memoryMib) } };
}

describe('limits', () => {
  it('of a processor are modest, those of a GPU are its memory', async () => {
    const cpu = await cpuWith(100_000);
    expect(limitsOf(DEFAULTS, cpu, silent, null)).toMatchObject({
      fillBytesMax: bytesOfMib(FILL_MIB_DEFAULT),
      jobOpsMax: BigInt(JOB_GOP_DEFAULT) * 10n ** 9n,
    });
    const gpu: Backend = { ...cpu, name: 'cuda' };
    expect(limitsOf(DEFAULTS, gpu, silent, null)).toEqual({
      jobBytesMax: bytesOfMib(100_000),
      proofBytesMax: bytesOfMib(100_000),
      fillBytesMax: bytesOfMib(100_000),
      jobOpsMax: BigInt(DEVICE_JOB_GOP_DEFAULT) * 10n ** 9n,
    });
  });

  it('above what the device has are lowered, and the log says so', async () => {
    const said: unknown[] = [];
    const log: Log = (event, fields) => said.push({ event, ...fields });
    const { fillBytesMax } = limitsOf({ ...DEFAULTS, fillMib: 4096 }, await cpuWith(1024), log, null);
    expect(fillBytesMax).toBe(bytesOfMib(1024));
    expect(said).toContainEqual({
      event: 'limit lowered',
      flag: 'fill-mib',
      mib: 4096,
      to: 1024,
      why: 'the device has no more memory',
    });
    expect(said).toContainEqual({ event: 'limits', jobMib: 512, proofMib: 256, fillMib: 1024, jobGop: JOB_GOP_DEFAULT });
  });

  it('of the work are twice what the class is asked for, whatever a validator signs', async () => {
    const { classes } = shippedPolicies.find(({ name }) => name === 'network') ?? { classes: [] };
    const card = classes.find(({ name }) => name === 'h100-sxm');
    const work = classWork('h100-sxm');
    expect(work).toBe(gemmOps(gemmParams(card?.gemm ?? fail(), ZERO32)));
    const { jobOpsMax } = limitsOf(DEFAULTS, { ...(await cpuWith(null)), name: 'cuda' }, silent, work);
    expect(jobOpsMax >= 2n * (work ?? 0n) && jobOpsMax < 2n * (work ?? 0n) + 10n ** 9n).toBe(true);
    expect(limitsOf({ ...DEFAULTS, jobGop: 7 }, await cpuWith(null), silent, work).jobOpsMax).toBe(7n * 10n ** 9n);
    expect(classWork('nobody’s')).toBeNull();
  });

  it('are kept where the driver does not say how much there is', async () => {
    expect(limitsOf({ ...DEFAULTS, fillMib: 4096 }, await cpuWith(null), silent, null).fillBytesMax).toBe(bytesOfMib(4096));
  });
});

describe('the choice', () => {
  it('is the operator’s', async () => {
    for (const name of ['cpu', 'webgpu', 'cuda'] as const) {
      expect(readConfig({ ...flags, backend: name }).backend).toBe(name);
      expect(await chosenBackend(name, silent)).toBe(name);
    }
    expect(readConfig(flags)).toMatchObject({ backend: 'auto', limits: DEFAULTS, settings: { busyWaitMs: 0 } });
    expect(() => readConfig({ ...flags, 'fill-mib': '0' })).toThrow('--fill-mib is "0", but must be a whole number from 1');
  });

  it('of a GPU excludes a wait for the lock, which would count in what is measured', () => {
    const waiting = { ...flags, 'busy-wait-ms': '900' };
    for (const backend of ['webgpu', 'cuda'] as const) {
      expect(() => readConfig({ ...waiting, backend })).toThrow(`--busy-wait-ms is for --backend cpu: on ${backend} the wait`);
      expect(() => {
        requireNoWait(1, backend); // what `auto` took
      }).toThrow('--backend cpu');
      expect(readConfig({ ...flags, backend, 'busy-wait-ms': '0' }).settings.busyWaitMs).toBe(0);
    }
    for (const backend of ['auto', 'cpu']) expect(readConfig({ ...waiting, backend }).settings.busyWaitMs).toBe(900);
    requireNoWait(900, 'cpu');
  });

  it('of the processor is opened as such', async () => {
    const backend = await openBackend('cpu', 2, silent);
    expect([backend.name, backend.concurrency]).toEqual(['cpu', 2]);
    await backend.close();
  });
});
