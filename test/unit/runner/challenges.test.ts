// What a runner must refuse (docs/protocol.md, section 8), each with its own reason and never with a signature.
import { describe, expect, it, vi } from 'vitest';
import type { Backend } from '../../../gpu-runners/backends/backend.ts';
import { cachedRegistry } from '../../../gpu-runners/registry/registry.ts';
import type { Parts } from '../../../gpu-runners/server/parts.ts';
import { decodeCommitmentMessage, decodeOpeningMessage, type CommitmentMessage } from '../../../protocol/messages.ts';
import { commitmentPayload, verifyReceipt, type Position } from '../../../protocol/receipts.ts';
import type { Challenge } from '../../../protocol/challenge.ts';
import {
  CLOCK,
  DOMAIN,
  EPOCH,
  OPERATOR,
  OTHER_KEY,
  OTHER_OPERATOR,
  PARAMS,
  bytesOf,
  challengeFor,
  drawFor,
  memoryRegistry,
  post,
  problemOf,
  random32,
  testParts,
  twoValidators,
  withRunner,
} from './rig.ts';

vi.setConfig({ testTimeout: 60_000 }); // worker threads start slowly on a loaded machine

const POSITIONS: Position[] = Array.from({ length: PARAMS.openings + 1 }, (_, i) => ({ round: i % 2, leaf: i }));

async function refusal(
  change: Partial<Challenge>,
  parts: Parts = testParts(),
  ...rest: [params?: typeof PARAMS, domain?: typeof DOMAIN | { chainId: number; registry: `0x${string}` }, key?: Uint8Array]
): Promise<string> {
  const sent = challengeFor(parts.signer.nodeId, change, ...rest);
  return withRunner(parts, async (url) => problemOf(await post(url, '/v1/challenges', sent.body)));
}

/** A backend whose jobs end when the test says so. */
function heldBackend(honest: Backend): { backend: Backend; finish: () => void; started: Promise<void> } {
  let finish = (): void => undefined;
  let start = (): void => undefined;
  const gate = new Promise<void>((resolve) => (finish = resolve));
  const started = new Promise<void>((resolve) => (start = resolve));
  const gemm: Backend['gemm'] = async (params, nonce) => {
    start();
    await gate;
    return honest.gemm(params, nonce);
  };
  return { backend: { ...honest, gemm }, finish, started };
}

async function committed(url: string, nodeId: `0x${string}`): Promise<CommitmentMessage> {
  const response = await post(url, '/v1/challenges', challengeFor(nodeId).body);
  expect(response.status).toBe(200);
  return decodeCommitmentMessage(await bytesOf(response));
}

describe('challenges that are refused', () => {
  it.each<[string, Partial<Challenge>]>([
    ['403 wrong-node', { nodeId: random32() }],
    ['422 unsupported', { kind: 2 }], // with the parameters of another kind
    ['422 unsupported', { kind: 5 }],
    ['422 unsupported', { kind: 3 }],
    ['410 deadline-passed', { deadline: Date.now() - 1 }],
    ['422 deadline-too-far', { deadline: Date.now() + 3_600_000 }],
    ['422 deadline-too-far', { deadline: Date.now() + 119_000 }], // its busy would not hold
    ['403 wrong-epoch', { epoch: EPOCH + 2 }],
    ['403 wrong-epoch', { epoch: EPOCH - 2 }],
    ['403 unknown-validator', { validator: `0x${'0b'.repeat(20)}` }],
  ])('%s', async (code, change) => {
    expect(await refusal(change)).toBe(code);
  });

  it('another chain, another registry, another signer', async () => {
    expect(await refusal({}, testParts(), PARAMS, { ...DOMAIN, chainId: 1 })).toBe('403 wrong-registry');
    expect(await refusal({}, testParts(), PARAMS, { ...DOMAIN, registry: `0x${'11'.repeat(20)}` })).toBe('403 wrong-registry');
    expect(await refusal({}, testParts(), PARAMS, DOMAIN, OTHER_KEY)).toBe('403 unknown-validator');
  });

  it('more work or memory than the operator allows', async () => {
    const parts = testParts();
    expect(await refusal({}, { ...parts, settings: { ...parts.settings, jobOpsMax: 1000n } })).toBe('422 unsupported');
    const small = testParts();
    expect(await refusal({}, { ...small, settings: { ...small.settings, jobBytesMax: 1000 } })).toBe('422 unsupported');
    const full = testParts();
    expect(await refusal({}, { ...full, settings: { ...full.settings, proofBytesMax: 1000 } })).toBe('503 memory-full');
  });

  it('a registry that cannot be read: 503, never an unchecked answer', async () => {
    const down = cachedRegistry(
      { ...memoryRegistry(), signersAt: () => Promise.reject(new Error('https://rpc.example/SECRET')) },
      Date.now,
    );
    const parts = testParts({ registry: down });
    await withRunner(parts, async (url) => {
      const response = await post(url, '/v1/challenges', challengeFor(parts.signer.nodeId).body);
      const text = await response.text();
      expect(response.status).toBe(503);
      expect(text).toContain('registry-unavailable');
      expect(text).not.toContain('SECRET');
    });
  });

  it('a tampered body, whatever byte is changed', async () => {
    const parts = testParts();
    await withRunner(parts, async (url) => {
      const { body } = challengeFor(parts.signer.nodeId);
      for (const at of [0, 1, 5, 40, 60, 90, 130, 170, 200, body.length - 1]) {
        const changed = Uint8Array.from(body, (byte, i) => (i === at ? byte ^ 0x40 : byte));
        expect((await post(url, '/v1/challenges', changed)).status).toBeGreaterThanOrEqual(400);
      }
    });
  });

  it('a nonce that was used, also while its first job still runs', async () => {
    const honest = testParts();
    const held = heldBackend(honest.backend);
    const parts = { ...honest, backend: held.backend };
    await withRunner(parts, async (url) => {
      const { body } = challengeFor(parts.signer.nodeId);
      const first = post(url, '/v1/challenges', body);
      await held.started;
      expect(await problemOf(await post(url, '/v1/challenges', body))).toBe('409 nonce-used');
      held.finish();
      expect((await first).status).toBe(200);
      expect(await problemOf(await post(url, '/v1/challenges', body))).toBe('409 nonce-used');
    });
  });

  it('beyond the queue', async () => {
    const honest = testParts();
    const held = heldBackend(honest.backend);
    const parts = { ...honest, backend: held.backend, settings: { ...honest.settings, queue: 0 } };
    await withRunner(parts, async (url) => {
      const first = post(url, '/v1/challenges', challengeFor(parts.signer.nodeId).body);
      await held.started;
      const refused = await post(url, '/v1/challenges', challengeFor(parts.signer.nodeId, { epoch: EPOCH + 1 }).body);
      expect(refused.headers.get('retry-after')).toBe('1');
      expect(refused.headers.get('content-type')).toBe('application/problem+json');
      expect(await problemOf(refused)).toBe('503 queue-full');
      const health = (await (await fetch(`${url}/health`)).json()) as Record<string, unknown>;
      expect(health).toMatchObject({
        status: 'ok',
        nodeId: parts.signer.nodeId,
        class: 'demo',
        queue: 1,
        capacity: 1,
        lock: 'held',
      });
      held.finish();
      expect((await first).status).toBe(200);
    });
  });

  it('a validator that holds its half of the places', async () => {
    const honest = testParts();
    const held = heldBackend(honest.backend);
    const registry = cachedRegistry(twoValidators(), Date.now);
    const parts = { ...honest, registry, backend: held.backend };
    const send = (epoch: number, url: string) => post(url, '/v1/challenges', challengeFor(parts.signer.nodeId, { epoch }).body);
    await withRunner(parts, async (url) => {
      const first = [send(EPOCH, url), send(EPOCH + 1, url)]; // of three places
      await vi.waitFor(async () => {
        expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ queue: 2, capacity: 3 });
      });
      const refused = await send(EPOCH - 1, url);
      expect(refused.headers.get('content-type')).toBe('application/problem+json');
      expect(await problemOf(refused)).toBe('503 share-full');
      held.finish();
      expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200]);
    });
  });

  it('a registered validator that the operator does not list; a listed one alone has all places', async () => {
    const registry = cachedRegistry(twoValidators(), Date.now);
    const honest = testParts({ registry });
    const listed = (operator: `0x${string}`): Parts => ({
      ...honest,
      settings: { ...honest.settings, validators: new Set([operator]), queue: 1 },
    });
    expect(await refusal({}, listed(OTHER_OPERATOR))).toBe('403 validator-not-listed');
    const unregistered = { validator: `0x${'0c'.repeat(20)}` } as const;
    expect(await refusal(unregistered, listed(unregistered.validator))).toBe('403 unknown-validator');
    const again = testParts({ registry });
    const held = heldBackend(again.backend);
    const settings = { ...again.settings, validators: new Set([OPERATOR]), queue: 1 };
    const parts = { ...again, settings, backend: held.backend };
    await withRunner(parts, async (url) => {
      const both = [EPOCH, EPOCH + 1].map((epoch) =>
        post(url, '/v1/challenges', challengeFor(parts.signer.nodeId, { epoch }).body),
      );
      await vi.waitFor(async () => {
        expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ queue: 2, capacity: 2 });
      });
      held.finish();
      expect((await Promise.all(both)).map(({ status }) => status)).toEqual([200, 200]);
    });
  });

  it('accepts one epoch of tolerance either way', async () => {
    for (const epoch of [EPOCH - 1, EPOCH + 1]) {
      const parts = testParts();
      const status = await withRunner(
        parts,
        async (url) => (await post(url, '/v1/challenges', challengeFor(parts.signer.nodeId, { epoch }).body)).status,
      );
      expect(status).toBe(200);
    }
    expect(CLOCK.slotSeconds * CLOCK.slotsPerEpoch).toBe(3600);
  });
});

describe('openings', () => {
  it('opens once, and is signed over what was asked', async () => {
    const parts = testParts();
    await withRunner(parts, async (url) => {
      const { commitment, challengeHash, signature, nodeId } = await committed(url, parts.signer.nodeId);
      expect(verifyReceipt(parts.signer.publicKey, commitmentPayload(DOMAIN, nodeId, challengeHash, commitment), signature)).toBe(
        true,
      );
      const request = drawFor(challengeHash, commitment, POSITIONS);
      const opened = await post(url, '/v1/openings', request);
      expect(decodeOpeningMessage(await bytesOf(opened)).commitment).toBe(commitment);
      expect(await problemOf(await post(url, '/v1/openings', request))).toBe('404 unknown-commitment');
    });
  });

  it('two requests at the same moment get one answer', async () => {
    const parts = testParts();
    await withRunner(parts, async (url) => {
      const { commitment, challengeHash } = await committed(url, parts.signer.nodeId);
      const request = drawFor(challengeHash, commitment, POSITIONS);
      const both = await Promise.all([post(url, '/v1/openings', request), post(url, '/v1/openings', request)]);
      expect(both.map(({ status }) => status).sort()).toEqual([200, 404]);
    });
  });

  it('refuses other signers, positions and commitments without using the proof up', async () => {
    const parts = testParts();
    await withRunner(parts, async (url) => {
      const { commitment, challengeHash } = await committed(url, parts.signer.nodeId);
      const attempt = async (...args: Parameters<typeof drawFor>): Promise<string> =>
        problemOf(await post(url, '/v1/openings', drawFor(...args)));
      expect(await attempt(challengeHash, commitment, POSITIONS, OTHER_KEY)).toBe('403 wrong-signer');
      expect(await attempt(challengeHash, random32(), POSITIONS)).toBe('404 unknown-commitment');
      expect(await attempt(challengeHash, commitment, POSITIONS.slice(1))).toBe('422 bad-positions');
      expect(await attempt(challengeHash, commitment, [...POSITIONS.slice(1), { round: 2, leaf: 0 }])).toBe('422 bad-positions');
      expect(await attempt(challengeHash, commitment, [...POSITIONS.slice(1), { round: 0, leaf: 16 }])).toBe('422 bad-positions');
      expect((await post(url, '/v1/openings', drawFor(challengeHash, commitment, POSITIONS))).status).toBe(200);
    });
  });
});
