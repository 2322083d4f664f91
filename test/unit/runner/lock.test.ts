// One validator's timed job at a time: the other one is told, with an excuse that the judge accepts, and nobody keeps the lock.
import { describe, expect, it, vi } from 'vitest';
import {
  CLOCK_DIFFERENCE_MS,
  LOCK_BUDGET_MS,
  LOCK_SHARE,
  LOCK_OVERTIME_MS,
  START_GRACE_MS,
  TIMED_AHEAD_MS_MAX,
} from '../../../gpu-runners/limits.ts';
import type { Backend } from '../../../gpu-runners/backends/backend.ts';
import type { Fill } from '../../../gpu-runners/backends/engine.ts';
import { cachedRegistry } from '../../../gpu-runners/registry/registry.ts';
import type { Parts } from '../../../gpu-runners/server/parts.ts';
import { createLock, type Held, type Lock, type LockJob } from '../../../gpu-runners/server/lock.ts';
import type { Sender } from '../../../gpu-runners/server/shares.ts';
import { ZERO32, type Hex } from '../../../protocol/bytes.ts';
import { RIVAL_DEADLINE_MS_MAX, RIVAL_OVERTIME_MS_MAX, judgeBusy } from '../../../protocol/busy.ts';
import type { AuditCase } from '../../../protocol/judge.ts';
import { decodeCommitmentMessage, isBusy } from '../../../protocol/messages.ts';
import type { Reason } from '../../../protocol/verdict.ts';
import { audit, taskOf } from './auditor.ts';
import {
  DOMAIN,
  EPOCH,
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
const jobUntil = (deadline: number, epoch = EPOCH): LockJob => ({
  challengeHash: random32(),
  epoch,
  deadline,
  body: new Uint8Array(),
});
const take = async (lock: Lock, sender: Sender, deadline: number, epoch?: number): Promise<Held> => {
  const taken = await lock.take(sender, jobUntil(deadline, epoch), 0);
  if ('rival' in taken) throw new Error('the lock is held');
  return taken;
};
const isTurnedAway = async (lock: Lock, sender: Sender, deadline: number, epoch?: number): Promise<boolean> =>
  'rival' in (await lock.take(sender, jobUntil(deadline, epoch), 0));

describe('the lock', () => {
  it('is one job’s, whoever asks, until it has left', async () => {
    const lock = createLock(() => 0);
    const first = await take(lock, a, 60_000);
    for (const sender of [a, b]) expect(await isTurnedAway(lock, sender, 70_000)).toBe(true);
    first.leave();
    first.leave();
    expect(lock.isHeld()).toBe(false);
    const second = await take(lock, b, 60_000);
    first.leave();
    expect(await isTurnedAway(lock, a, 60_000)).toBe(true);
    second.leave();
    expect(await isTurnedAway(lock, b, 60_000)).toBe(false);
  });

  it('is joined by a challenge of another epoch, to which no rival would be an excuse', async () => {
    const lock = createLock(() => 0);
    const [old, young] = [jobUntil(60_000, EPOCH), jobUntil(50_000, EPOCH + 1)];
    const first = await lock.take(a, old, 0);
    const second = await lock.take(a, young, 0);
    if ('rival' in first || 'rival' in second) throw new Error('the lock is held');
    const third = await take(lock, b, 60_000, EPOCH - 1);
    expect(await lock.take(b, jobUntil(60_000, EPOCH), 0)).toEqual({ rival: old });
    expect(await lock.take(b, jobUntil(60_000, EPOCH + 1), 0)).toEqual({ rival: young });
    first.leave();
    expect([lock.rivalAt(EPOCH), lock.rivalAt(EPOCH + 1)]).toEqual([null, young]);
    second.leave();
    expect(lock.isHeld()).toBe(true);
    third.leave();
    expect(lock.isHeld()).toBe(false);
  });

  it('lasts beyond a deadline, and no longer than it is an excuse, or than the job says', async () => {
    let now = 0;
    const lock = createLock(() => now);
    await take(lock, a, 5_000);
    now = 5_000 + LOCK_OVERTIME_MS - 1;
    expect(await isTurnedAway(lock, b, now + 60_000)).toBe(true);
    now++;
    const second = await take(lock, b, 200_000);
    second.leaveBy(100_000);
    now = 99_999;
    expect(lock.isHeld()).toBe(true);
    now++;
    expect(lock.isHeld()).toBe(false);
    const late = await take(lock, b, 200_000);
    late.leaveBy(1);
    expect(lock.isHeld()).toBe(false);
  });

  it('a job that leaves after its time changes nothing for the next one', async () => {
    let now = 0;
    const lock = createLock(() => now);
    const old = await take(lock, a, 5_000);
    now = 5_000 + LOCK_OVERTIME_MS;
    await take(lock, b, 100_000);
    old.leave();
    expect(await isTurnedAway(lock, a, 100_000)).toBe(true);
  });

  it('is waited for as long as the operator says', async () => {
    const lock = createLock(Date.now);
    for (const sender of [a, b]) {
      const first = await take(lock, a, Date.now() + 60_000);
      const waiting = lock.take(sender, jobUntil(Date.now() + 60_000), 30_000);
      setTimeout(first.leave, 20);
      const second = await waiting;
      if ('rival' in second) throw new Error('the lock is held');
      expect('rival' in (await lock.take(sender, jobUntil(Date.now() + 60_000), 20))).toBe(true);
      second.leave();
    }
  });

  it('is waited for until the clock frees it', async () => {
    const lock = createLock(Date.now);
    await take(lock, a, Date.now() - LOCK_OVERTIME_MS + 50);
    expect('leave' in (await lock.take(b, jobUntil(Date.now() + 60_000), 30_000))).toBe(true);
  });

  it('limits fit together: what we show as an excuse is one, by clocks that differ', () => {
    expect(TIMED_AHEAD_MS_MAX + CLOCK_DIFFERENCE_MS).toBeLessThanOrEqual(RIVAL_DEADLINE_MS_MAX);
    expect(LOCK_OVERTIME_MS + CLOCK_DIFFERENCE_MS).toBeLessThanOrEqual(RIVAL_OVERTIME_MS_MAX);
    expect(START_GRACE_MS).toBeGreaterThan(CLOCK_DIFFERENCE_MS);
    expect(START_GRACE_MS).toBeLessThan(LOCK_OVERTIME_MS);
  });
});

describe('the share of the lock', () => {
  const [step, hours] = [500, 4 * 3_600_000];
  const refusal = (error: unknown): boolean => error instanceof Error && error.message.includes('a share of this runner');

  /** A tries all the time and keeps each job for so long, of these epochs in turn; B comes now and then with a short one. */
  async function contend(jobMs: number, epochs: readonly number[]) {
    let now = 0;
    const lock = createLock(() => now);
    const held: { leave: () => void; at: number; mine: boolean }[] = [];
    let [heldMs, refused, tries, taken] = [0, 0, 0, 0];
    const attempt = async (sender: Sender, forMs: number, epoch: number): Promise<boolean> => {
      const job = await lock.take(sender, jobUntil(now + forMs, epoch), 0);
      if ('rival' in job) return false;
      held.push({ leave: job.leave, at: now + forMs, mine: sender === a });
      return true;
    };
    for (; now < hours; now += step) {
      for (const done of held.filter(({ at }) => at <= now)) {
        done.leave();
        held.splice(held.indexOf(done), 1);
      }
      for (const epoch of epochs) {
        await attempt(a, jobMs, epoch).catch((error: unknown) => {
          if (!refusal(error)) throw error;
          refused++;
        });
      }
      if (held.some(({ mine }) => mine)) heldMs += step;
      if (now % (70 * step) !== 0) continue;
      tries++;
      if (await attempt(b, 2 * step, EPOCH)) taken++;
    }
    return { heldMs, refused, fractionOfB: taken / tries };
  }

  it.each([
    ['short jobs', 1_000, [EPOCH]],
    ['the longest jobs', TIMED_AHEAD_MS_MAX + LOCK_OVERTIME_MS, [EPOCH]],
    ['jobs of several epochs at once', 20_000, [EPOCH - 1, EPOCH, EPOCH + 1]],
  ])('is a small part of the time, and a budget, for who makes others stand back: %s', async (_name, jobMs, epochs) => {
    const { heldMs, refused, fractionOfB } = await contend(jobMs, epochs);
    expect(refused).toBeGreaterThan(0);
    expect(heldMs).toBeLessThanOrEqual(hours * LOCK_SHARE + 2 * LOCK_BUDGET_MS + jobMs);
    expect(fractionOfB).toBeGreaterThan(0.85);
  });

  it('is not asked about of who keeps nobody but itself out, or is alone', async () => {
    let now = 0;
    for (const sender of [a, { ...a, isAlone: true }]) {
      const lock = createLock(() => now);
      for (let i = 0; i < 2_000; i++, now += 1_000) {
        const job = await take(lock, sender, now + 2_000);
        expect(await isTurnedAway(lock, sender, now + 2_000)).toBe(true);
        now += 2_000;
        job.leave();
      }
    }
  });

  it('is never used up by who asks as often as policies do', async () => {
    let now = 0;
    const lock = createLock(() => now);
    for (const sender of [a, b, a, b].concat(...Array.from({ length: 200 }, () => [a, b]))) {
      const job = await take(lock, sender, now + 30_000);
      now += 20_000;
      expect(await isTurnedAway(lock, sender === a ? b : a, now + 30_000)).toBe(true);
      job.leave();
      now += 300_000; // the default policy: a few jobs an hour from all validators together
    }
    expect(lock.isHeld()).toBe(false);
  });
});

const parts = () => testParts({ registry: cachedRegistry(twoValidators(), Date.now) });
const POSITIONS = Array.from({ length: VRAM.openings }, (_, i) => ({ round: i % 2, leaf: i }));
const fromOther = (nodeId: Hex, params: AnyParams = PARAMS): Sent =>
  challengeFor(nodeId, { validator: OTHER_OPERATOR }, params, DOMAIN, OTHER_KEY);

/** What the judge says of an answer to a challenge that was sent just now. */
function judged({ signer }: Parts, sent: Sent, params: AnyParams, answer: Uint8Array, startedAt = Date.now()): Reason {
  const { publicKey } = signer;
  const asked: AuditCase = { ...sent, domain: DOMAIN, task: taskOf(params, 0, 60_000), start: ZERO32, startedAt, publicKey };
  return judgeBusy(asked, answer, (validator) => SIGNERS.get(validator));
}

describe('two jobs', () => {
  it.each([
    ['a product', PARAMS],
    ['filled memory', VRAM],
  ])('the second is told so, whoever asks, with a proof that holds, while %s is under way', async (_name, params) => {
    const runner = parts();
    const { nodeId, publicKey } = runner.signer;
    await withRunner(runner, async (url) => {
      const first = challengeFor(nodeId, {}, params);
      expect((await post(url, '/v1/challenges', first.body)).status).toBe(200);
      for (const other of [PARAMS, VRAM]) {
        for (const sent of [fromOther(nodeId, other), challengeFor(nodeId, {}, other)]) {
          const answer = await bytesOf(await post(url, '/v1/challenges', sent.body));
          expect([isBusy(answer), judged(runner, sent, other, answer)]).toEqual([true, 'busy']);
          expect(await problemOf(await post(url, '/v1/challenges', sent.body))).toBe('409 nonce-used');
        }
        expect(await audit({ url, nodeId, publicKey }, 20_000, 0, other)).toBe('busy'); // the first one's next
      }
      expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ lock: 'held' });
    });
  });

  it('of one validator: a product that comes while its memory is filled disturbs neither', async () => {
    const honest = parts();
    let [finish, start] = [(): void => undefined, (): void => undefined];
    const gate = new Promise<void>((resolve) => (finish = resolve));
    const started = new Promise<void>((resolve) => (start = resolve));
    const fill: Backend['fill'] = async (...args) => {
      start();
      await gate;
      return honest.backend.fill(...args);
    };
    const runner = { ...honest, backend: { ...honest.backend, fill } };
    const { nodeId, publicKey } = runner.signer;
    await withRunner(runner, async (url) => {
      const filling = audit({ url, nodeId, publicKey }, 20_000, 0, VRAM);
      await started;
      expect(await audit({ url, nodeId, publicKey }, 20_000)).toBe('busy');
      finish();
      expect(await filling).toBe('none');
      expect(await audit({ url, nodeId, publicKey }, 20_000)).toBe('none');
    });
  });

  it('of two epochs are both done, since busy would not hold', async () => {
    const runner = parts();
    const { nodeId } = runner.signer;
    await withRunner(runner, async (url) => {
      const { body, challengeHash } = challengeFor(nodeId, {}, VRAM);
      expect((await post(url, '/v1/challenges', body)).status).toBe(200);
      const change = { epoch: EPOCH + 1, validator: OTHER_OPERATOR };
      const sent = challengeFor(nodeId, change, PARAMS, DOMAIN, OTHER_KEY);
      const answer = await bytesOf(await post(url, '/v1/challenges', sent.body));
      expect(decodeCommitmentMessage(answer).challengeHash).toBe(sent.challengeHash);
      expect((await post(url, '/v1/starts', startFor(challengeHash))).status).toBe(200);
    });
  });

  it('the second is told so while the first one’s pass runs, and until it was opened, after its deadline too', async () => {
    let now = Date.now();
    const honest = { ...parts(), now: () => now };
    let [finish, start] = [(): void => undefined, (): void => undefined];
    const gate = new Promise<void>((resolve) => (finish = resolve));
    const started = new Promise<void>((resolve) => (start = resolve));
    const fill: Backend['fill'] = async (...args) => {
      const filled = await honest.backend.fill(...args);
      const pass: Fill['pass'] = async (...keys) => {
        start();
        await gate;
        return filled.pass(...keys);
      };
      return { ...filled, pass };
    };
    const runner = { ...honest, backend: { ...honest.backend, fill } };
    const { nodeId } = runner.signer;
    await withRunner(runner, async (url) => {
      const deadline = now + 60_000;
      const { body, challengeHash } = challengeFor(nodeId, { deadline }, VRAM);
      expect((await post(url, '/v1/challenges', body)).status).toBe(200);
      const attempt = async (): Promise<string> => {
        const sent = challengeFor(nodeId, { validator: OTHER_OPERATOR, deadline: now + 30_000 }, PARAMS, DOMAIN, OTHER_KEY);
        const answer = await bytesOf(await post(url, '/v1/challenges', sent.body));
        // By a clock that is as far behind ours as clocks may be.
        return isBusy(answer) ? judged(runner, sent, PARAMS, answer, now + CLOCK_DIFFERENCE_MS) : 'taken';
      };
      now = deadline + START_GRACE_MS; // a cohort with a silent member starts all others as late as this
      expect(await attempt()).toBe('busy');
      const passing = post(url, '/v1/starts', startFor(challengeHash));
      await started;
      expect(await attempt()).toBe('busy');
      finish();
      const { commitment } = decodeCommitmentMessage(await bytesOf(await passing));
      now = deadline + LOCK_OVERTIME_MS - 1;
      expect(await attempt()).toBe('busy');
      expect((await post(url, '/v1/openings', drawFor(challengeHash, commitment, POSITIONS))).status).toBe(200);
      expect(await attempt()).toBe('taken');
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
      await post(url, '/v1/openings', drawFor(challengeHash, commitment, POSITIONS));
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
