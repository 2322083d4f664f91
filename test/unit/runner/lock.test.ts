// One validator's timed job at a time: the other one is told, with an excuse that the judge accepts, and nobody keeps the lock.
import { describe, expect, it, vi } from 'vitest';
import { LOCK_BUDGET_MS, LOCK_MARGIN_MS, TIMED_AHEAD_MS_MAX } from '../../../gpu-runners/limits.ts';
import { cachedRegistry } from '../../../gpu-runners/registry/registry.ts';
import { createLock, type Lock, type LockJob, type Taken } from '../../../gpu-runners/server/lock.ts';
import type { Sender } from '../../../gpu-runners/server/shares.ts';
import { ZERO32, type Hex } from '../../../protocol/bytes.ts';
import { RIVAL_DEADLINE_MS_MAX, judgeBusy } from '../../../protocol/busy.ts';
import type { AuditCase } from '../../../protocol/judge.ts';
import { decodeCommitmentMessage, isBusy } from '../../../protocol/messages.ts';
import { audit, taskOf } from './auditor.ts';
import {
  DOMAIN,
  OPERATOR,
  OTHER_KEY,
  OTHER_OPERATOR,
  PARAMS,
  SIGNERS,
  VRAM,
  bytesOf,
  challengeFor,
  drawFor,
  post,
  problemOf,
  random32,
  startFor,
  testParts,
  twoValidators,
  withRunner,
  type AnyParams,
  type Sent,
} from './rig.ts';

vi.setConfig({ testTimeout: 60_000 }); // worker threads start slowly on a loaded machine

const [a, b]: [Sender, Sender] = [
  { operator: OPERATOR, isAlone: false },
  { operator: OTHER_OPERATOR, isAlone: false },
];
const jobUntil = (deadline: number): LockJob => ({ challengeHash: random32(), deadline, body: new Uint8Array() });
const take = async (lock: Lock, sender: Sender, deadline: number): Promise<Extract<Taken, { leave: unknown }>> => {
  const taken = await lock.take(sender, jobUntil(deadline), 0);
  if ('rival' in taken) throw new Error('the lock is held');
  return taken;
};
const isTurnedAway = async (lock: Lock, sender: Sender, deadline: number): Promise<boolean> =>
  'rival' in (await lock.take(sender, jobUntil(deadline), 0));

describe('the lock', () => {
  it('is one operator’s until all of its jobs have left', async () => {
    const lock = createLock(() => 0);
    const first = await take(lock, a, 60_000);
    const second = await take(lock, a, 70_000);
    expect([lock.holder(), await isTurnedAway(lock, b, 60_000)]).toEqual([OPERATOR, true]);
    first.leave();
    first.leave();
    expect(await isTurnedAway(lock, b, 60_000)).toBe(true);
    second.leave();
    expect(lock.holder()).toBeNull();
    expect(await isTurnedAway(lock, b, 60_000)).toBe(false);
  });

  it('shows the job with the most time left, and none whose deadline is near', async () => {
    let now = 0;
    const lock = createLock(() => now);
    await take(lock, a, 5_000);
    await take(lock, a, 9_000);
    await take(lock, a, 7_000);
    const taken = await lock.take(b, jobUntil(10_000), 0);
    expect('rival' in taken && taken.rival.deadline).toBe(9_000);
    now = 9_000 - LOCK_MARGIN_MS;
    expect(lock.holder()).toBeNull();
    const late = await take(lock, b, 60_000);
    expect(lock.holder()).toBe(OTHER_OPERATOR);
    late.leave();
  });

  it('a job that leaves after its time changes nothing for the next one', async () => {
    let now = 0;
    const lock = createLock(() => now);
    const old = await take(lock, a, 5_000);
    now = 5_000;
    await take(lock, b, 60_000);
    old.leave();
    expect(lock.holder()).toBe(OTHER_OPERATOR);
  });

  it('is waited for as long as the operator says', async () => {
    const lock = createLock(Date.now);
    const first = await take(lock, a, Date.now() + 60_000);
    const waiting = lock.take(b, jobUntil(Date.now() + 60_000), 30_000);
    setTimeout(first.leave, 20);
    expect('leave' in (await waiting)).toBe(true);
    expect('rival' in (await lock.take(a, jobUntil(Date.now() + 60_000), 20))).toBe(true);
  });

  it('is waited for until the clock frees it', async () => {
    const lock = createLock(Date.now);
    await take(lock, a, Date.now() + LOCK_MARGIN_MS + 50);
    expect('leave' in (await lock.take(b, jobUntil(Date.now() + 60_000), 30_000))).toBe(true);
  });

  it('cannot be kept: who kept others out for long is refused, and holds half of the time from then on', async () => {
    let now = 0;
    const lock = createLock(() => now);
    let [heldA, refusedA, heldB, turnedAwayB] = [0, 0, 0, 0];
    const step = 1_000;
    for (; now < 3_600_000; now += step) {
      // A's jobs overlap, as long as they are taken; B comes now and then with a short one.
      try {
        await take(lock, a, now + 2 * step + LOCK_MARGIN_MS);
      } catch (error) {
        if (error instanceof Error && error.message.includes('half')) refusedA++;
      }
      if (lock.holder() === OPERATOR) heldA++;
      if (now % (7 * step) !== 0) continue;
      if (await isTurnedAway(lock, b, now + step + LOCK_MARGIN_MS)) turnedAwayB++;
      else heldB++;
    }
    expect(refusedA).toBeGreaterThan(0);
    expect(heldA * step).toBeLessThan(0.6 * 3_600_000 + LOCK_BUDGET_MS);
    expect(heldB / (heldB + turnedAwayB)).toBeGreaterThan(0.3);
  });

  it('is never refused to who keeps nobody out, or is alone', async () => {
    let now = 0;
    for (const sender of [a, { ...a, isAlone: true }]) {
      const lock = createLock(() => now);
      for (let i = 0; i < 2_000; i++, now += 1_000) await take(lock, sender, now + 2_000);
      expect(lock.holder()).toBe(OPERATOR);
    }
  });

  it('limits fit together: what we show as an excuse is one', () => {
    expect(TIMED_AHEAD_MS_MAX).toBeLessThan(RIVAL_DEADLINE_MS_MAX);
  });
});

const parts = () => testParts({ registry: cachedRegistry(twoValidators(), Date.now) });
const fromOther = (nodeId: Hex, params: AnyParams = PARAMS): Sent =>
  challengeFor(nodeId, { validator: OTHER_OPERATOR }, params, DOMAIN, OTHER_KEY);

describe('two validators', () => {
  it.each([
    ['a product', PARAMS],
    ['filled memory', VRAM],
  ])('the second is told so, with a proof that holds, while %s is under way', async (_name, params) => {
    const runner = parts();
    const { nodeId, publicKey } = runner.signer;
    await withRunner(runner, async (url) => {
      const first = challengeFor(nodeId, {}, params);
      expect((await post(url, '/v1/challenges', first.body)).status).toBe(200);
      for (const other of [PARAMS, VRAM]) {
        const sent = fromOther(nodeId, other);
        const answer = await bytesOf(await post(url, '/v1/challenges', sent.body));
        const asked: AuditCase = {
          ...sent,
          domain: DOMAIN,
          task: taskOf(other, 0, 60_000),
          start: ZERO32,
          startedAt: Date.now(),
          publicKey,
        };
        expect(isBusy(answer)).toBe(true);
        expect(judgeBusy(asked, answer, (validator) => SIGNERS.get(validator))).toBe('busy');
        expect(await problemOf(await post(url, '/v1/challenges', sent.body))).toBe('409 nonce-used');
      }
      expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ lock: 'held' });
      expect(await audit({ url, nodeId, publicKey }, 20_000)).toBe('none'); // the first one's next
    });
  });

  it('presence is never busy', async () => {
    const runner = parts();
    await withRunner(runner, async (url) => {
      expect((await post(url, '/v1/challenges', challengeFor(runner.signer.nodeId).body)).status).toBe(200);
      const answer = await post(url, '/v1/challenges', fromOther(runner.signer.nodeId, { region: 0 }).body);
      expect(decodeCommitmentMessage(await bytesOf(answer)).roots).toEqual([]);
    });
  });

  it('the lock is free again once the first one’s job was opened, and when its work failed', async () => {
    const honest = parts();
    let fails = false;
    const gemm: typeof honest.backend.gemm = (...args) =>
      fails ? Promise.reject(new Error('no')) : honest.backend.gemm(...args);
    const runner = { ...honest, backend: { ...honest.backend, gemm } };
    const { nodeId, publicKey } = runner.signer;
    await withRunner(runner, async (url) => {
      expect(await audit({ url, nodeId, publicKey }, 20_000)).toBe('none');
      expect(await audit({ url, nodeId, publicKey }, 20_000, 0, VRAM)).toBe('none');
      fails = true;
      expect((await post(url, '/v1/challenges', challengeFor(nodeId).body)).status).toBe(500);
      fails = false;
      const sent = fromOther(nodeId);
      const { commitment } = decodeCommitmentMessage(await bytesOf(await post(url, '/v1/challenges', sent.body)));
      const positions = Array.from({ length: PARAMS.openings + 1 }, (_, i) => ({ round: i % 2, leaf: i }));
      const opened = await post(url, '/v1/openings', drawFor(sent.challengeHash, commitment, positions, OTHER_KEY));
      expect(opened.status).toBe(200);
    });
  });

  it('the second waits for the lock, where the operator lets it', async () => {
    const honest = parts();
    const runner = { ...honest, settings: { ...honest.settings, busyWaitMs: 900 } };
    const { nodeId } = runner.signer;
    await withRunner(runner, async (url) => {
      const { body, challengeHash } = challengeFor(nodeId, {}, VRAM);
      expect((await post(url, '/v1/challenges', body)).status).toBe(200);
      const second = post(url, '/v1/challenges', fromOther(nodeId).body);
      const { commitment } = decodeCommitmentMessage(await bytesOf(await post(url, '/v1/starts', startFor(challengeHash))));
      const positions = Array.from({ length: VRAM.openings }, (_, i) => ({ round: i % 2, leaf: i }));
      await post(url, '/v1/openings', drawFor(challengeHash, commitment, positions));
      expect(isBusy(await bytesOf(await second))).toBe(false);
    });
  });

  it('a job whose time is up keeps nobody out, and is still opened', async () => {
    const runner = parts();
    const { nodeId } = runner.signer;
    await withRunner(runner, async (url) => {
      const first = challengeFor(nodeId, { deadline: Date.now() + 3_000 });
      const { commitment } = decodeCommitmentMessage(await bytesOf(await post(url, '/v1/challenges', first.body)));
      await vi.waitFor(
        async () => {
          expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ lock: 'free' });
        },
        { timeout: 10_000, interval: 100 },
      );
      decodeCommitmentMessage(await bytesOf(await post(url, '/v1/challenges', fromOther(nodeId).body)));
      const positions = Array.from({ length: PARAMS.openings + 1 }, (_, i) => ({ round: i % 2, leaf: i }));
      expect((await post(url, '/v1/openings', drawFor(first.challengeHash, commitment, positions))).status).toBe(200);
    });
  });
});
