// What a runner remembers: used nonces, the registry's answers, proofs that wait. All bounded, none forgotten early.
import { mkdtempSync, rmSync, appendFileSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  NONCES_MAX,
  OPENING_WINDOW_MS,
  PROOFS_MAX,
  DEADLINE_AHEAD_MS_MAX,
  DRAW_BYTES_MAX,
  REQUEST_BYTES_MAX,
  HTTP,
  NONCE_LINES_MAX,
  REGISTRY_RETRY_MS,
  REGISTRY_TTL_MS,
} from '../../../gpu-runners/limits.ts';
import { cachedRegistry, epochOf } from '../../../gpu-runners/registry/registry.ts';
import { createNonceMemory, nonceFile, type NonceMemory } from '../../../gpu-runners/server/nonces.ts';
import { createStore, type Store } from '../../../gpu-runners/server/store.ts';
import { createQueue } from '../../../gpu-runners/server/queue.ts';
import type { Sender } from '../../../gpu-runners/server/shares.ts';
import { ALONE, CLOCK, EPOCH, OPERATOR, VALIDATOR_KEY, memoryRegistry, noStore, random32 } from './rig.ts';
import { signerAddress } from '../../../protocol/signer.ts';

describe('nonces', () => {
  it('are refused the second time, also after a restart and a torn last line', () => {
    const directory = mkdtempSync(join(tmpdir(), 'assay-nonces-'));
    const [nonce, old] = [random32(), random32()];
    const before = createNonceMemory(nonceFile(directory), 1000);
    before.use(ALONE, nonce, 5000, 1000);
    before.use(ALONE, old, 2000, 1000);
    expect(() => {
      before.use(ALONE, nonce, 5000, 1000);
    }).toThrow('used before');
    appendFileSync(join(directory, 'nonces.log'), '5000 0xab');
    const after = createNonceMemory(nonceFile(directory), 3000);
    expect([after.used(nonce), after.used(old)]).toEqual([true, false]);
    expect(readFileSync(join(directory, 'nonces.log'), 'utf8')).toBe(`5000 ${nonce} ${OPERATOR}\n`);
    rmSync(directory, { recursive: true });
  });

  it('are never forgotten before their deadline: when full, new ones are refused', () => {
    const memory = createNonceMemory(noStore(), 0, 2);
    const [a, b, c] = [random32(), random32(), random32()];
    memory.use(ALONE, a, 100, 0);
    memory.use(ALONE, b, 200, 0);
    expect(() => {
      memory.use(ALONE, c, 300, 100);
    }).toThrow('Too many challenges');
    memory.use(ALONE, c, 300, 101);
    expect([memory.used(a), memory.used(b), memory.used(c)]).toEqual([false, true, true]);
  });

  it('limits fit together', () => {
    expect(DEADLINE_AHEAD_MS_MAX).toBeGreaterThan(OPENING_WINDOW_MS);
    expect(HTTP.jobIdleMs).toBeGreaterThan(DEADLINE_AHEAD_MS_MAX);
    expect(HTTP.socketIdleMs).toBeGreaterThan(HTTP.requestTimeoutMs);
    expect(HTTP.connectionsMax * (HTTP.headerBytesMax + DRAW_BYTES_MAX)).toBeLessThanOrEqual(REQUEST_BYTES_MAX);
    expect(HTTP.requestTimeoutMs).toBeGreaterThanOrEqual(HTTP.headersTimeoutMs);
    expect(NONCE_LINES_MAX).toBeGreaterThanOrEqual(2 * NONCES_MAX);
  });
});

describe('the share of one validator', () => {
  const [greedy, other]: [Sender, Sender] = [
    { operator: OPERATOR, isAlone: false },
    { operator: `0x${'0b'.repeat(20)}`, isAlone: false },
  ];

  it('is half of the places, rounded up, and all of them for the only one', async () => {
    const queue = createQueue(1, 4);
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const held = Array.from({ length: 3 }, () => queue.run(greedy, () => gate));
    await expect(queue.run(greedy, () => gate)).rejects.toMatchObject({ code: 'share-full', status: 503 });
    held.push(
      queue.run(other, () => gate),
      queue.run({ ...greedy, isAlone: true }, () => gate),
    );
    await expect(queue.run(other, () => gate)).rejects.toMatchObject({ code: 'queue-full' });
    release();
    await Promise.all(held);
    await queue.run(greedy, () => Promise.resolve());
    const alone = createQueue(1, 4);
    await Promise.all(Array.from({ length: 5 }, () => alone.run(ALONE, () => Promise.resolve())));
  });

  it('is half of the memory for results, but always one result', () => {
    const reserve = (proofs: Store<string>, sender: Sender, bytes: number) => (): unknown => proofs.reserve(sender, bytes);
    const store = (): Store<string> => createStore('unknown-commitment', { bytesMax: 100, countMax: PROOFS_MAX });
    const proofs = store();
    const free = proofs.reserve(greedy, 60);
    expect(reserve(proofs, greedy, 1)).toThrow('a share of this runner');
    expect(reserve(proofs, other, 41)).toThrow('Too many results');
    proofs.reserve(other, 40);
    free();
    free();
    proofs.reserve(greedy, 50);
    expect(reserve(store(), ALONE, 100)).not.toThrow();
  });

  it('is half of the nonces, also after a restart', () => {
    const directory = mkdtempSync(join(tmpdir(), 'assay-nonces-'));
    const use = (memory: NonceMemory, sender: Sender) => (): void => {
      memory.use(sender, random32(), 100, 0);
    };
    const before = createNonceMemory(nonceFile(directory), 0, 4);
    use(before, greedy)();
    use(before, greedy)();
    expect(use(before, greedy)).toThrow('a share of this runner');
    const after = createNonceMemory(nonceFile(directory), 0, 4);
    expect(use(after, greedy)).toThrow('a share of this runner');
    use(after, other)();
    after.use(greedy, random32(), 300, 101); // its first two have run out
    use(after, { ...greedy, isAlone: true })();
    rmSync(directory, { recursive: true });
  });
});

describe('the cached registry', () => {
  const signer = signerAddress(VALIDATOR_KEY);

  it('reads an epoch once for any number of questions, and again when it is old', async () => {
    let [now, reads] = [0, 0];
    const source = memoryRegistry();
    const registry = cachedRegistry({ ...source, signersAt: (epoch) => (reads++, source.signersAt(epoch)) }, () => now);
    await Promise.all(Array.from({ length: 50 }, () => registry.operatorOf(random32().slice(0, 42) as `0x${string}`, EPOCH)));
    expect(await registry.operatorOf(signer, EPOCH)).toBe(OPERATOR);
    expect(reads).toBe(1);
    now = REGISTRY_TTL_MS;
    await registry.operatorOf(signer, EPOCH);
    expect(reads).toBe(2);
  });

  it('fails closed, asks no more than once a second, and recovers', async () => {
    let [now, reads, up] = [0, 0, false];
    const source = memoryRegistry();
    const registry = cachedRegistry(
      { ...source, signersAt: (epoch) => (reads++, up ? source.signersAt(epoch) : Promise.reject(new Error('down'))) },
      () => now,
    );
    for (let i = 0; i < 5; i++) await expect(registry.operatorOf(signer, EPOCH)).rejects.toThrow('cannot be read');
    expect(reads).toBe(1);
    [now, up] = [REGISTRY_RETRY_MS, true];
    expect(await registry.operatorOf(signer, EPOCH)).toBe(OPERATOR);
  });

  it('is warm for this epoch and the next before anybody asks', async () => {
    const asked: number[] = [];
    const source = memoryRegistry();
    const registry = cachedRegistry({ ...source, signersAt: (epoch) => (asked.push(epoch), source.signersAt(epoch)) }, Date.now);
    await registry.warm();
    await registry.operatorOf(signer, EPOCH);
    expect(asked).toEqual([EPOCH, EPOCH + 1]);
  });

  it('computes epochs from the clock of the contract', () => {
    expect(epochOf(CLOCK, CLOCK.genesis * 1000)).toBe(0);
    expect(epochOf(CLOCK, (CLOCK.genesis + 3600) * 1000 - 1)).toBe(0);
    expect(epochOf(CLOCK, (CLOCK.genesis + 3600) * 1000)).toBe(1);
    expect(epochOf(CLOCK, (CLOCK.genesis - 1) * 1000)).toBe(-1);
  });
});

describe('the queue', () => {
  it('runs so many at a time, in order, and refuses the rest', async () => {
    const queue = createQueue(1, 1);
    const order: number[] = [];
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const first = queue.run(ALONE, async () => {
      await gate;
      order.push(1);
    });
    const second = queue.run(ALONE, () => Promise.resolve(order.push(2)));
    await expect(queue.run(ALONE, () => Promise.resolve())).rejects.toThrow('full');
    expect(queue.depth()).toBe(2);
    expect(() => {
      queue.requirePlace(ALONE);
    }).toThrow('queue is full');
    release();
    await Promise.all([first, second, queue.idle()]);
    expect([order, queue.depth()]).toEqual([[1, 2], 0]);
  });

  it('keeps a reserved place for the second half of a job, unless it is the only one', async () => {
    const gate = (): { open: () => void; passed: Promise<void> } => {
      let release = (): void => undefined;
      const passed = new Promise<void>((resolve) => (release = resolve));
      return { open: release, passed };
    };
    for (const [concurrency, order] of [
      [2, ['one', 'pass', 'two']],
      [1, ['one', 'pass', 'two']],
    ] as const) {
      const queue = createQueue(concurrency, 4);
      const begun: string[] = [];
      const [one, pass, two] = [gate(), gate(), gate()];
      const giveBack = queue.reserve();
      const jobs = [
        queue.run(ALONE, () => (begun.push('one'), one.passed)),
        queue.run(ALONE, () => (begun.push('two'), two.passed)),
      ];
      await Promise.resolve();
      expect(begun).toEqual(['one']);
      const passing = queue.runNext(() => {
        begun.push('pass');
        giveBack();
        giveBack();
        return pass.passed;
      });
      await Promise.resolve();
      expect(begun).toEqual(concurrency === 2 ? ['one', 'pass'] : ['one']);
      one.open();
      await jobs[0];
      pass.open();
      await passing;
      two.open();
      await Promise.all([...jobs, queue.idle()]);
      expect([begun, queue.depth()]).toEqual([order, 0]);
    }
  });

  it('goes on after a job that failed', async () => {
    const queue = createQueue(1, 1);
    const failing = queue.run(ALONE, () => Promise.reject(new Error('no')));
    const next = queue.run(ALONE, () => Promise.resolve('yes'));
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('yes');
  });
});
