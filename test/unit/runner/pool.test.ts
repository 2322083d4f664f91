// Hosts that die: their own jobs and results fail, with a refusal; everything else goes on, and so do they after a while.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { commitGemm, multiplyRound } from '../../../protocol/challenges/gemm/prove.ts';
import { expandMatrixB } from '../../../protocol/challenges/gemm/matrix.ts';
import { commitVram, fillPages } from '../../../protocol/challenges/vram/prove.ts';
import { toHex } from '../../../protocol/bytes.ts';
import { cpuBackend } from '../../../gpu-runners/backends/cpu/index.ts';
import type { Backend } from '../../../gpu-runners/backends/backend.ts';
import { gemmMemory, vramMemory } from '../../../gpu-runners/backends/cpu/memory.ts';
import type { StartLane } from '../../../gpu-runners/backends/pool/lane.ts';
import type { ToHost } from '../../../gpu-runners/backends/pool/messages.ts';
import { createPool } from '../../../gpu-runners/backends/pool/pool.ts';
import { openPool } from '../../../gpu-runners/backends/pool/open.ts';
import { processLane } from '../../../gpu-runners/backends/pool/process-lane.ts';
import { restartDelayMs } from '../../../gpu-runners/backends/pool/slots.ts';
import { RESTART_MS_MAX, RESTART_MS_MIN } from '../../../gpu-runners/limits.ts';
import { audit } from './auditor.ts';
import { EPOCH, PARAMS, VRAM, challengeFor, post, problemOf, random32, startFor, testParts, withRunner } from './rig.ts';

vi.setConfig({ testTimeout: 60_000 }); // processes start slowly on a loaded machine

const DEADLY = { ...PARAMS, rows: 7 };
const CRASHING = new URL('./crashing-worker.ts', import.meta.url);
const lost: string[] = [];
const open: Backend[] = [];
afterEach(async () => {
  lost.length = 0;
  await Promise.all(open.splice(0).map((backend) => backend.close()));
});

async function fakeDevice(mode: string, more: { jobTimeoutMs?: number } = {}, openMs?: number): Promise<Backend> {
  const backend = await openPool(
    {
      ...more,
      name: 'webgpu',
      concurrency: 1,
      gemmMemory,
      vramMemory,
      start: processLane(new URL('./fake-device.ts', import.meta.url), [mode], 'webgpu'),
      onLost: (error, detail) => lost.push(`${error.message}: ${detail}`),
    },
    openMs,
  );
  open.push(backend);
  return backend;
}

/** The backend takes a job again. */
const again = (backend: Backend): Promise<void> =>
  vi.waitFor(async () => {
    (await backend.gemm(PARAMS, random32())).release();
  }, 20_000);

describe('a host that dies in the middle of a job', () => {
  it.each([
    [
      'a worker thread',
      () => Promise.resolve(cpuBackend(1, CRASHING, {}, (error) => lost.push(error.message))),
      'a worker thread ended',
    ],
    ['a child process', () => fakeDevice('well'), 'the webgpu process ended (SIGSEGV)'],
  ])('%s: the job is refused, /health says why, and the next one is done', async (_name, make, why) => {
    const honest = testParts();
    await honest.backend.close();
    const parts = { ...honest, backend: await make() };
    const { nodeId, publicKey } = parts.signer;
    await withRunner(parts, async (url) => {
      expect(await audit({ url, nodeId, publicKey }, 20_000)).toBe('none');
      expect(await problemOf(await post(url, '/v1/challenges', challengeFor(nodeId, {}, DEADLY).body))).toBe('503 device-lost');
      expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ queue: 0, lock: 'free', device: { lastError: why } });
      await vi.waitFor(async () => {
        expect(await audit({ url, nodeId, publicKey }, 20_000)).toBe('none');
      }, 20_000);
      expect(await audit({ url, nodeId, publicKey }, 20_000, 0, VRAM)).toBe('none');
      expect(lost.join()).toContain(why);
      expect(await (await fetch(`${url}/metrics`)).text()).toMatch(/assay_runner_device_losses_total 1\n/);
    });
  });

  it('takes its fill along: the start is refused, and its memory is given back', async () => {
    const honest = testParts();
    await honest.backend.close();
    const parts = { ...honest, backend: cpuBackend(1, CRASHING) };
    await withRunner(parts, async (url) => {
      const { body, challengeHash } = challengeFor(parts.signer.nodeId, {}, VRAM);
      expect((await post(url, '/v1/challenges', body)).status).toBe(200);
      const deadly = challengeFor(parts.signer.nodeId, { epoch: EPOCH + 1 }, DEADLY); // of another epoch: busy would be no excuse
      expect(await problemOf(await post(url, '/v1/challenges', deadly.body))).toBe('503 device-lost');
      expect(await problemOf(await post(url, '/v1/starts', startFor(challengeHash)))).toBe('503 device-lost');
      expect(await (await fetch(`${url}/metrics`)).text()).toMatch(/assay_runner_fill_bytes 0\n/);
    });
  });
});

describe('a device process', () => {
  it('computes what the reference does', async () => {
    const backend = await fakeDevice('leaky');
    expect(backend.device.name).toBe('a device of the tests');
    const [nonce, start, node] = [random32(), random32(), random32()];
    const b = expandMatrixB(PARAMS);
    const proof = await backend.gemm(PARAMS, nonce);
    const reference = commitGemm(PARAMS, nonce, (_round, current) => multiplyRound(PARAMS, b, current));
    expect(proof.commitment).toBe(reference.commitment);
    expect(toHex(await proof.open([{ round: 1, leaf: 3 }]))).toBe(toHex(reference.open([{ round: 1, leaf: 3 }])));
    const fill = await backend.fill(VRAM, node);
    const passed = await fill.pass(start, nonce);
    expect(passed.commitment).toBe(commitVram(VRAM, start, nonce, fillPages(VRAM, node)).commitment);
  });

  it('says what it printed last in the log, and no more than that its process ended to others', async () => {
    const backend = await fakeDevice('well');
    await expect(backend.gemm(DEADLY, random32())).rejects.toMatchObject({
      code: 'lost',
      message: 'the webgpu process ended (SIGSEGV)',
    });
    expect(lost).toEqual(['the webgpu process ended (SIGSEGV): Xid 79: GPU has fallen off the bus']);
    await again(backend);
  });

  it('is ended when a job has no end, and started again', async () => {
    const backend = await fakeDevice('well', { jobTimeoutMs: 2_000 });
    await expect(backend.gemm({ ...PARAMS, rows: 6 }, random32())).rejects.toThrow('no answer to "gemm" in 2 s');
    await again(backend);
  });

  it('that finds no device is said so at the start', async () => {
    await expect(fakeDevice('absent')).rejects.toMatchObject({ code: 'absent', message: 'There is no driver: install one.' });
    await expect(fakeDevice('silent', {}, 1_000)).rejects.toMatchObject({ code: 'lost' });
  });

  it('whose engine reports a lost device is started anew', async () => {
    const backend = cpuBackend(1, CRASHING);
    open.push(backend);
    await expect(backend.gemm({ ...PARAMS, rows: 6 }, random32())).rejects.toMatchObject({
      code: 'lost',
      message: 'the device fell off the bus',
    });
    expect(backend.state().lastError).toBe('the device fell off the bus');
    await again(backend);
    expect(backend.state().isReady).toBe(true);
  });
});

describe('a host that holds a fill', () => {
  type Job = Exclude<ToHost, { type: 'release' | 'open' }>;
  /** Two hosts whose jobs end when the test says so; what each was given, in order. */
  function twoHosts() {
    const given: Job[][] = [];
    const answers: (() => void)[][] = [];
    const start: StartLane = (events) => {
      const mine: Job[] = [];
      const finish: (() => void)[] = [];
      given.push(mine);
      answers.push(finish);
      return {
        send(message) {
          if (message.type === 'release' || message.type === 'open') return;
          const { id, type } = message;
          mine.push(message);
          finish.push(() => {
            events.message(
              type === 'fill' ? { type: 'filled', id } : { type: 'committed', id, roots: [], commitment: random32() },
            );
          });
        },
        end: () => Promise.resolve(),
      };
    };
    const backend = createPool({ name: 'cpu', concurrency: 2, device: null, gemmMemory, vramMemory, start });
    open.push(backend);
    /** Answers the host's oldest job. */
    const finish = (host: number): void => answers[host]?.shift()?.();
    const types = (): string[][] => given.map((jobs) => jobs.map(({ type }) => type));
    return { backend, finish, types };
  }

  it('gets no other job while another host is idle, until its pass', async () => {
    const { backend, finish, types } = twoHosts();
    const filling = backend.fill(VRAM, random32());
    finish(0);
    const fill = await filling;
    const product = backend.gemm(PARAMS, random32());
    expect(types()).toEqual([['fill'], ['gemm']]);
    const passing = fill.pass(random32(), random32());
    expect(types()).toEqual([['fill', 'pass'], ['gemm']]);
    finish(0);
    finish(1);
    await Promise.all([passing, product]);
    const next = backend.gemm(PARAMS, random32());
    finish(0);
    await next;
    expect(types()).toEqual([['fill', 'pass', 'gemm'], ['gemm']]);
  });

  it('is one like the others once the fill was dropped, and serves them when there is no other', async () => {
    const { backend, finish, types } = twoHosts();
    const filling = backend.fill(VRAM, random32());
    finish(0);
    const fill = await filling;
    const products = [backend.gemm(PARAMS, random32()), backend.gemm(PARAMS, random32())];
    expect(types()).toEqual([['fill', 'gemm'], ['gemm']]);
    finish(0);
    finish(1);
    await Promise.all(products);
    fill.release();
    fill.release();
    const last = backend.gemm(PARAMS, random32());
    finish(0);
    await last;
    expect(types()).toEqual([['fill', 'gemm', 'gemm'], ['gemm']]);
  });
});

it('pauses between starts grow, up to a minute', () => {
  expect([1, 2, 3, 4].map(restartDelayMs)).toEqual([0, RESTART_MS_MIN, 2 * RESTART_MS_MIN, 4 * RESTART_MS_MIN]);
  expect(restartDelayMs(100)).toBe(RESTART_MS_MAX);
});
