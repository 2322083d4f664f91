// Kinds 1, 2 and 5 end to end, judged by protocol/; what a start must be; and that filled memory is given back on every path.
import { describe, expect, it, vi } from 'vitest';
import type { Backend } from '../../../gpu-runners/backends/backend.ts';
import { DeviceError, type Fill } from '../../../gpu-runners/backends/engine.ts';
import { START_GRACE_MS } from '../../../gpu-runners/limits.ts';
import { cachedRegistry } from '../../../gpu-runners/registry/registry.ts';
import type { Parts } from '../../../gpu-runners/server/parts.ts';
import type { Hex } from '../../../protocol/bytes.ts';
import { decodeCommitmentMessage, decodeOpeningMessage, decodeReadyMessage } from '../../../protocol/messages.ts';
import { audit } from './auditor.ts';
import {
  EPOCH,
  OTHER_KEY,
  PARAMS,
  VRAM,
  bytesOf,
  challengeFor,
  drawFor,
  memoryRegistry,
  post,
  problemOf,
  random32,
  startFor,
  testParts,
  withRunner,
} from './rig.ts';

vi.setConfig({ testTimeout: 60_000 }); // worker threads start slowly on a loaded machine

const POSITIONS = Array.from({ length: VRAM.openings }, (_, i) => ({ round: i % 2, leaf: i }));
const target = (url: string, { signer }: Parts) => ({ url, nodeId: signer.nodeId, publicKey: signer.publicKey });

/** A gauge or counter of /metrics. */
async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`assay_runner_${name} `))
      ?.split(' ')[1],
  );
}

/** Filled memory of this challenge, ready. */
async function ready(url: string, nodeId: Hex, deadline = Date.now() + 60_000, epoch = EPOCH): Promise<Hex> {
  const { body, challengeHash } = challengeFor(nodeId, { deadline, epoch }, VRAM);
  const response = await post(url, '/v1/challenges', body);
  expect(response.status).toBe(200);
  expect(decodeReadyMessage(await bytesOf(response))).toEqual({ challengeHash });
  return challengeHash;
}

async function allGiven(url: string): Promise<void> {
  await vi.waitFor(async () => {
    expect([await metric(url, 'fill_bytes'), await metric(url, 'waiting_fills'), await metric(url, 'locked')]).toEqual([0, 0, 0]);
  });
}

describe('each kind against the judge', () => {
  it.each([
    ['gemm-int8', PARAMS],
    ['vram-pass', VRAM],
    ['vram-pass with a short last group and one pass', { ...VRAM, pages: 65, passes: 1, openings: 3 }],
    ['presence', { region: 2 }],
  ])('%s', async (_name, params) => {
    const parts = testParts();
    await withRunner(parts, async (url) => {
      expect(await audit(target(url, parts), 20_000, 0, params)).toBe('none');
      expect(await audit(target(url, parts), 20_000, 0, params)).toBe('none');
      await allGiven(url);
      expect([await metric(url, 'proof_bytes'), await metric(url, 'waiting_commitments')]).toEqual([0, 0]);
    });
  });

  it('a class whose bandwidth is out of reach', async () => {
    const parts = testParts();
    const reason = await withRunner(parts, (url) => audit(target(url, parts), 20_000, Number.MAX_SAFE_INTEGER, VRAM));
    expect(reason).toBe('below_claim');
  });
});

describe('starts', () => {
  it('are answered once, and by the signer of the challenge alone', async () => {
    const parts = testParts();
    await withRunner(parts, async (url) => {
      const hash = await ready(url, parts.signer.nodeId);
      const attempt = async (body: Uint8Array): Promise<string> => problemOf(await post(url, '/v1/starts', body));
      expect(await attempt(startFor(hash, random32(), OTHER_KEY))).toBe('403 wrong-signer');
      expect(await attempt(startFor(random32()))).toBe('404 unknown-fill');
      const signed = startFor(hash);
      expect(await attempt(signed.map((byte, i) => (i === 40 ? byte ^ 1 : byte)))).toBe('403 wrong-signer'); // of another start
      expect(await attempt(signed.subarray(0, -1))).toBe('400 malformed');
      expect(await attempt(new Uint8Array(300))).toBe('413 body-too-large');
      const both = await Promise.all([post(url, '/v1/starts', signed), post(url, '/v1/starts', startFor(hash))]);
      expect(both.map(({ status }) => status).sort()).toEqual([200, 404]);
      expect(await attempt(signed)).toBe('404 unknown-fill');
    });
  });

  it('of a kind without one are unknown, and so is an opening before the start', async () => {
    const parts = testParts();
    await withRunner(parts, async (url) => {
      const { body, challengeHash } = challengeFor(parts.signer.nodeId);
      expect((await post(url, '/v1/challenges', body)).status).toBe(200);
      expect(await problemOf(await post(url, '/v1/starts', startFor(challengeHash)))).toBe('404 unknown-fill');
      const hash = await ready(url, parts.signer.nodeId, undefined, EPOCH + 1);
      expect(await problemOf(await post(url, '/v1/openings', drawFor(hash, random32(), POSITIONS)))).toBe(
        '404 unknown-commitment',
      );
    });
  });
});

describe('filled memory', () => {
  it('is held until it was opened', async () => {
    const parts = testParts();
    await withRunner(parts, async (url) => {
      const hash = await ready(url, parts.signer.nodeId);
      expect([await metric(url, 'fill_bytes'), await metric(url, 'locked')]).toEqual([
        parts.backend.vramMemory(VRAM).proof + parts.backend.vramMemory(VRAM).job,
        1,
      ]);
      const { commitment } = decodeCommitmentMessage(await bytesOf(await post(url, '/v1/starts', startFor(hash))));
      expect(await problemOf(await post(url, '/v1/openings', drawFor(hash, commitment, POSITIONS.slice(1))))).toBe(
        '422 bad-positions',
      );
      const outside = [...POSITIONS.slice(1), { round: 0, leaf: VRAM.pages }];
      expect(await problemOf(await post(url, '/v1/openings', drawFor(hash, commitment, outside)))).toBe('422 bad-positions');
      expect(await metric(url, 'fill_bytes')).toBeGreaterThan(0);
      const opened = await post(url, '/v1/openings', drawFor(hash, commitment, POSITIONS));
      expect(decodeOpeningMessage(await bytesOf(opened)).commitment).toBe(commitment);
      await allGiven(url);
    });
  });

  it('is dropped when no start comes', async () => {
    let now = Date.now();
    const parts = testParts({ now: () => now });
    let released = 0;
    const backend: Backend = {
      ...parts.backend,
      async fill(params, nodeId) {
        const fill = await parts.backend.fill(params, nodeId);
        now += 60_000 + START_GRACE_MS - 200; // a fill that took nearly all the time that a start might come in, by this clock
        return {
          pass: (start, nonce) => fill.pass(start, nonce),
          release() {
            released++;
            fill.release();
          },
        };
      },
    };
    await withRunner({ ...parts, backend }, async (url) => {
      const deadline = now + 60_000;
      const hash = await ready(url, parts.signer.nodeId, deadline);
      expect(await metric(url, 'waiting_fills')).toBe(1);
      await vi.waitFor(async () => {
        expect(released).toBe(1);
        expect(await metric(url, 'fill_bytes')).toBe(0);
      }, 10_000);
      expect(await problemOf(await post(url, '/v1/starts', startFor(hash)))).toBe('404 unknown-fill');
      await allGiven(url);
    });
  });

  it('is kept for a start that comes at the deadline of a clock ten seconds behind', async () => {
    let now = Date.now();
    const deadline = now + 60_000;
    const parts = testParts({ now: () => now });
    const fill: Backend['fill'] = async (...args) => {
      now = deadline + 10_000;
      return parts.backend.fill(...args);
    };
    await withRunner({ ...parts, backend: { ...parts.backend, fill } }, async (url) => {
      const hash = await ready(url, parts.signer.nodeId, deadline);
      expect((await post(url, '/v1/starts', startFor(hash))).status).toBe(200);
    });
  });

  const failing =
    (error: Error, where: 'fill' | 'pass' | 'open') =>
    (honest: Backend): Backend => ({
      ...honest,
      fill: async (...args) => {
        if (where === 'fill') throw error;
        const fill = await honest.fill(...args);
        const pass: Fill['pass'] = async (start, nonce) => {
          if (where === 'pass') throw error;
          return { ...(await fill.pass(start, nonce)), open: () => Promise.reject(error) };
        };
        return { ...fill, pass };
      },
    });
  it.each([
    ['503 device-lost', new DeviceError('lost', 'a driver’s secret'), 'fill'],
    ['503 memory-full', new DeviceError('memory', 'a driver’s secret'), 'fill'],
    ['500 failed', new Error('a secret'), 'fill'],
    ['503 device-lost', new DeviceError('lost', 'a driver’s secret'), 'pass'],
    ['503 device-lost', new DeviceError('lost', 'a driver’s secret'), 'open'],
    ['500 failed', new Error('a secret'), 'open'],
  ] as const)('is given back after %s: %s, while it is asked to %s', async (problem, error, where) => {
    const honest = testParts();
    const parts = { ...honest, backend: failing(error, where)(honest.backend) };
    await withRunner(parts, async (url) => {
      const { body, challengeHash } = challengeFor(parts.signer.nodeId, {}, VRAM);
      let last = await post(url, '/v1/challenges', body);
      if (where !== 'fill') last = await post(url, '/v1/starts', startFor(challengeHash));
      if (where === 'open') {
        const { commitment } = decodeCommitmentMessage(await bytesOf(last));
        last = await post(url, '/v1/openings', drawFor(challengeHash, commitment, POSITIONS));
      }
      const text = await last.clone().text();
      expect(await problemOf(last)).toBe(problem);
      expect(text).not.toContain('secret');
      await allGiven(url);
      expect(await metric(url, 'proof_bytes')).toBe(0);
    });
  });

  it('is given back when the peer hangs up while it is filled', async () => {
    const honest = testParts();
    let finish = (): void => undefined;
    const gate = new Promise<void>((resolve) => (finish = resolve));
    let start = (): void => undefined;
    const started = new Promise<void>((resolve) => (start = resolve));
    const fill: Backend['fill'] = async (...args) => {
      start();
      await gate;
      return honest.backend.fill(...args);
    };
    const parts = { ...honest, backend: { ...honest.backend, fill } };
    await withRunner(parts, async (url) => {
      const abort = new AbortController();
      const cut = expect(
        post(url, '/v1/challenges', challengeFor(parts.signer.nodeId, {}, VRAM).body, abort.signal),
      ).rejects.toThrow();
      await started;
      expect(await metric(url, 'fill_bytes')).toBeGreaterThan(0);
      abort.abort();
      await cut;
      finish();
      await allGiven(url);
    });
  });

  it('of a second job waits for the first one’s, as long as its own deadline lets it', async () => {
    const parts = testParts();
    const one = parts.backend.vramMemory(VRAM);
    const settings = { ...parts.settings, fillBytesMax: one.job + one.proof };
    const { nodeId } = parts.signer;
    await withRunner({ ...parts, settings }, async (url) => {
      const first = await ready(url, nodeId);
      const hopeless = challengeFor(nodeId, { deadline: Date.now() + 300, epoch: EPOCH - 1 }, VRAM);
      expect(await problemOf(await post(url, '/v1/challenges', hopeless.body))).toBe('503 memory-full');
      const second = ready(url, nodeId, undefined, EPOCH + 1);
      const { commitment } = decodeCommitmentMessage(await bytesOf(await post(url, '/v1/starts', startFor(first))));
      expect((await post(url, '/v1/openings', drawFor(first, commitment, POSITIONS))).status).toBe(200);
      expect((await post(url, '/v1/starts', startFor(await second))).status).toBe(200);
    });
  });

  it('of a GPU is one: a product waits until what is filled leaves it room', async () => {
    const honest = testParts();
    const memory = { job: 60, proof: 0 };
    const backend: Backend = { ...honest.backend, name: 'cuda', gemmMemory: () => memory, vramMemory: () => memory };
    const parts = { ...honest, backend, settings: { ...honest.settings, fillBytesMax: 100, jobBytesMax: 100 } };
    const { nodeId } = parts.signer;
    await withRunner(parts, async (url) => {
      const filled = await ready(url, nodeId);
      const product = post(url, '/v1/challenges', challengeFor(nodeId, { epoch: EPOCH + 1 }).body);
      const { commitment } = decodeCommitmentMessage(await bytesOf(await post(url, '/v1/starts', startFor(filled))));
      expect(await metric(url, 'fill_bytes')).toBe(60);
      expect((await post(url, '/v1/openings', drawFor(filled, commitment, POSITIONS))).status).toBe(200);
      expect((await product).status).toBe(200);
      expect(await metric(url, 'fill_bytes')).toBe(60); // its own, until it is opened
    });
  });

  it('is not filled beyond what the operator gives', async () => {
    const parts = testParts();
    const one = parts.backend.vramMemory(VRAM);
    const bytes = one.job + one.proof;
    const settings = { ...parts.settings, fillBytesMax: bytes };
    await withRunner({ ...parts, settings }, async (url) => {
      const send = async (params: typeof VRAM): Promise<Response> =>
        post(url, '/v1/challenges', challengeFor(parts.signer.nodeId, {}, params).body);
      expect(await problemOf(await send({ ...VRAM, pages: VRAM.pages + 32 }))).toBe('422 unsupported');
    });
    const slow = testParts();
    await withRunner({ ...slow, settings: { ...slow.settings, jobOpsMax: 1000n } }, async (url) => {
      expect(await problemOf(await post(url, '/v1/challenges', challengeFor(slow.signer.nodeId, {}, VRAM).body))).toBe(
        '422 unsupported',
      );
    });
  });
});

describe('presence', () => {
  it('is answered while a job computes and the queue is full', async () => {
    const honest = testParts();
    let finish = (): void => undefined;
    const gate = new Promise<void>((resolve) => (finish = resolve));
    let start = (): void => undefined;
    const started = new Promise<void>((resolve) => (start = resolve));
    const gemm: Backend['gemm'] = async (...args) => {
      start();
      await gate;
      return honest.backend.gemm(...args);
    };
    const parts = { ...honest, backend: { ...honest.backend, gemm }, settings: { ...honest.settings, queue: 0 } };
    await withRunner(parts, async (url) => {
      const running = post(url, '/v1/challenges', challengeFor(parts.signer.nodeId).body);
      await started;
      const another = challengeFor(parts.signer.nodeId, { epoch: EPOCH + 1 });
      expect(await problemOf(await post(url, '/v1/challenges', another.body))).toBe('503 queue-full');
      expect(await audit(target(url, parts), 5_000, 0, { region: 1 })).toBe('none');
      finish();
      expect((await running).status).toBe(200);
    });
  });

  it('is asked so often by one validator and no oftener, each nonce once', async () => {
    let now = Date.now();
    const parts = testParts({ now: () => now, registry: cachedRegistry(memoryRegistry(), () => now) });
    await withRunner(parts, async (url) => {
      const ask = async (): Promise<number> =>
        (await post(url, '/v1/challenges', challengeFor(parts.signer.nodeId, {}, { region: 0 }).body)).status;
      const statuses = await Promise.all(Array.from({ length: 31 }, ask));
      expect(statuses.filter((status) => status === 503)).toHaveLength(1);
      now += 1_000;
      const { body } = challengeFor(parts.signer.nodeId, {}, { region: 0 });
      expect((await post(url, '/v1/challenges', body)).status).toBe(200);
      now += 1_000;
      expect(await problemOf(await post(url, '/v1/challenges', body))).toBe('409 nonce-used');
    });
  });
});
