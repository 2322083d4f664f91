// Stopping: no new challenge, but what was committed to is opened; at most for the grace time.
import { describe, expect, it, vi } from 'vitest';
import { startRunner } from '../../../gpu-runners/server/runner.ts';
import { decodeCommitmentMessage } from '../../../protocol/messages.ts';
import { PARAMS, VRAM, bytesOf, challengeFor, drawFor, post, problemOf, startFor, testParts } from './rig.ts';

vi.setConfig({ testTimeout: 60_000 }); // worker threads start slowly on a loaded machine

const POSITIONS = Array.from({ length: PARAMS.openings + 1 }, (_, i) => ({ round: i % 2, leaf: i }));

describe('graceful stop', () => {
  it('finishes the running job, opens its commitment, refuses new ones, then closes', async () => {
    const honest = testParts();
    let [release, start] = [(): void => undefined, (): void => undefined];
    const gate = new Promise<void>((resolve) => (release = resolve));
    const started = new Promise<void>((resolve) => (start = resolve));
    const backend = {
      ...honest.backend,
      gemm: async (...args: Parameters<typeof honest.backend.gemm>) => {
        start();
        await gate;
        return honest.backend.gemm(...args);
      },
    };
    const runner = await startRunner({ ...honest, backend });
    const url = `http://127.0.0.1:${String(runner.port)}`;
    const { nodeId } = honest.signer;
    const running = post(url, '/v1/challenges', challengeFor(nodeId).body);
    await started;
    const stopped = runner.stop(20_000);
    expect(await problemOf(await post(url, '/v1/challenges', challengeFor(nodeId).body))).toBe('503 draining');
    expect(((await (await fetch(`${url}/health`)).json()) as { status: string }).status).toBe('draining');
    release();
    const { challengeHash, commitment } = decodeCommitmentMessage(await bytesOf(await running));
    expect((await post(url, '/v1/openings', drawFor(challengeHash, commitment, POSITIONS))).status).toBe(200);
    expect(await stopped).toBe(true);
    await expect(fetch(`${url}/health`)).rejects.toThrow();
  });

  it('starts what is filled, and opens it, and answers presence', async () => {
    const parts = testParts();
    const runner = await startRunner(parts);
    const url = `http://127.0.0.1:${String(runner.port)}`;
    const { nodeId } = parts.signer;
    const { body, challengeHash } = challengeFor(nodeId, {}, VRAM);
    expect((await post(url, '/v1/challenges', body)).status).toBe(200);
    const stopped = runner.stop(20_000);
    expect(await problemOf(await post(url, '/v1/challenges', challengeFor(nodeId, {}, VRAM).body))).toBe('503 draining');
    expect((await post(url, '/v1/challenges', challengeFor(nodeId, {}, { region: 0 }).body)).status).toBe(200);
    const { commitment } = decodeCommitmentMessage(await bytesOf(await post(url, '/v1/starts', startFor(challengeHash))));
    const positions = Array.from({ length: VRAM.openings }, (_, i) => ({ round: i % 2, leaf: i }));
    expect((await post(url, '/v1/openings', drawFor(challengeHash, commitment, positions))).status).toBe(200);
    expect(await stopped).toBe(true);
  });

  it('cuts off at the end of the grace time, and says so', async () => {
    const honest = testParts();
    let start = (): void => undefined;
    const started = new Promise<void>((resolve) => (start = resolve));
    const backend = {
      ...honest.backend,
      gemm: () => {
        start();
        return new Promise<never>(() => undefined);
      },
    };
    const runner = await startRunner({ ...honest, backend });
    const running = post(`http://127.0.0.1:${String(runner.port)}`, '/v1/challenges', challengeFor(honest.signer.nodeId).body);
    const cut = expect(running).rejects.toThrow();
    await started;
    expect(await runner.stop(20)).toBe(false);
    await cut;
  });

  it('stops at once when nothing runs', async () => {
    const runner = await startRunner(testParts());
    expect(await runner.stop(60_000)).toBe(true);
    expect(await runner.stop(60_000)).toBe(true);
  });
});
