// Doing orders: once each, whatever is delivered twice, lost, or cut off at any step; and nothing of it among what is counted.
import { beforeEach, describe, expect, test } from 'vitest';
import { onQueue } from '../../../workers/entries/queue.ts';
import {
  ASKS_KEPT_MS,
  BEGIN_MS_MAX,
  KEPT_MS,
  QUEUED_MS_MAX,
  RECORDS_KEPT_MS,
  RUN_MS_MAX,
} from '../../../workers/services/spots/limits.ts';
import { runSpot } from '../../../workers/services/spots/run-spot.ts';
import { tickSpots } from '../../../workers/services/spots/tick-spots.ts';
import { d1Accounts } from '../../../workers/adapters/d1-accounts.ts';
import { bindings, freshDatabase } from '../support/web-env.ts';
import { configured } from '../support/bindings.ts';
import { seedTenant } from '../support/tenants.ts';
import { NOW_MS, countedState, detailIn, endedAs, nodeId, objects, runnerWith, seedNodes, shopAt, store } from './support.ts';

beforeEach(async () => {
  await freshDatabase();
  await seedNodes();
});

async function ordered(index = 0, tenant = 'acme'): Promise<string> {
  return (await detailIn(await shopAt().order(await seedTenant(tenant), { node: nodeId(index) }))).id;
}

const tickAt = async (nowMs: number): Promise<string[]> => {
  const sent: string[] = [];
  await tickSpots({ store, objects, queue: { send: async (ids) => void sent.push(...ids) }, nowMs: () => nowMs });
  return sent;
};

const good = () => runnerWith(async (row, seed) => endedAs(row, seed));
class Crash extends Error {}

describe('once each', () => {
  test('a message delivered five times at once audits once', async () => {
    const id = await ordered();
    const { runner, asked } = good();
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => runSpot(runner, id)));
    expect(outcomes.toSorted()).toEqual(['ended', 'repeated', 'repeated', 'repeated', 'repeated']);
    expect(asked).toEqual([id]);
    expect(await runSpot(runner, id)).toBe('repeated');
    expect(asked).toEqual([id]);
  });

  test('a message of no order does nothing', async () => {
    const { runner, asked } = good();
    expect(await runSpot(runner, `spot_${'0'.repeat(32)}`)).toBe('gone');
    expect(asked).toEqual([]);
  });

  test('what no validator can do now waits; what is no order is dropped', async () => {
    const id = await ordered();
    const settled: string[] = [];
    const messages = [{ id }, { id: 'spot_x' }, { nothing: 1 }].map((body) => ({
      ...{ id: 'm', timestamp: new Date(), attempts: 1, body },
      ack: () => void settled.push('ack'),
      retry: () => void settled.push('retry'),
    }));
    const batch = { queue: 'assay-spots', messages, metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };
    await onQueue(configured, { ...batch, ackAll: () => undefined, retryAll: () => undefined }, async () => null);
    expect(settled).toEqual(['retry', 'ack', 'ack']);
    expect((await store.any(id))?.state).toBe('queued');
  });
});

describe('cut off', () => {
  const states = async (id: string): Promise<string> => {
    const row = await store.any(id);
    return `${row?.state ?? 'gone'} ${row?.failure?.code ?? ''}`.trim();
  };

  test('before its message was sent: the tick sends it', async () => {
    const id = await ordered();
    expect(await tickAt(NOW_MS + QUEUED_MS_MAX)).toEqual([]);
    expect(await tickAt(NOW_MS + QUEUED_MS_MAX + 1)).toEqual([id]);
    const { runner, asked } = good();
    await runSpot(runner, id);
    expect(asked).toEqual([id]);
    expect(await tickAt(NOW_MS + 2 * QUEUED_MS_MAX)).toEqual([]);
  });

  test('never begun: it ends after ten minutes', async () => {
    const id = await ordered();
    await tickAt(NOW_MS + BEGIN_MS_MAX + 1);
    expect(await states(id)).toBe('failed not-begun');
    const { runner, asked } = good();
    expect(await runSpot(runner, id)).toBe('repeated');
    expect(asked).toEqual([]);
  });

  test('with the claim made and its answer lost: it is not audited by the next message', async () => {
    const id = await ordered();
    const claim: typeof store.claim = async (...args) => {
      await store.claim(...args);
      throw new Crash();
    };
    const { runner, asked } = runnerWith(async (row, seed) => endedAs(row, seed), { store: { ...store, claim } });
    await expect(runSpot(runner, id)).rejects.toThrow(Crash);
    expect(await runSpot(good().runner, id)).toBe('repeated');
    expect(asked).toEqual([]);
    await tickAt(NOW_MS + RUN_MS_MAX);
    expect(await states(id)).toBe('running');
    await tickAt(NOW_MS + RUN_MS_MAX + 2_000);
    expect(await states(id)).toBe('failed interrupted');
  });

  test.each(['intend', 'put', 'finish'] as const)(
    'at %s: it ends as interrupted, is not audited again, and leaves no object for ever',
    async (at) => {
      const id = await ordered();
      const crash = async (): Promise<never> => {
        throw new Crash();
      };
      const change = at === 'put' ? { objects: { ...objects, put: crash } } : { store: { ...store, [at]: crash } };
      const { runner, asked } = runnerWith(async (row, seed) => endedAs(row, seed), change);
      await expect(runSpot(runner, id)).rejects.toThrow(Crash);
      const again = good();
      expect(await runSpot(again.runner, id)).toBe('repeated');
      expect([asked, again.asked]).toEqual([[id], []]);
      await tickAt(NOW_MS + RUN_MS_MAX + 2_000);
      expect(await states(id)).toBe('failed interrupted');
      await tickAt(NOW_MS + KEPT_MS + RUN_MS_MAX);
      expect(await states(id)).toBe('gone');
      await tickAt(NOW_MS + KEPT_MS + RUN_MS_MAX);
      expect(await objects.get(id)).toBeNull();
      expect(await store.orphans(10)).toEqual([]);
    },
  );

  test('an end that comes after the tick’s changes nothing', async () => {
    const id = await ordered();
    const { runner } = runnerWith(async (row, seed) => {
      await tickAt(NOW_MS + RUN_MS_MAX + 2_000);
      return endedAs(row, seed);
    });
    await runSpot(runner, id);
    expect(await states(id)).toBe('failed interrupted');
  });

  test('a fault of ours ends it, with a reason that tells nothing of it', async () => {
    const id = await ordered();
    const { runner } = runnerWith(() => Promise.reject(new Error('https://rpc.example/secret')));
    expect(await runSpot(runner, id)).toBe('ended');
    expect(await states(id)).toBe('failed internal');
    expect(JSON.stringify(await store.any(id))).not.toContain('secret');
  });
});

test('a record is taken over for one order, and the tick forgets it and what was asked of nodes in their time', async () => {
  const hash = `0x${'ab'.repeat(32)}` as const;
  await ordered();
  const asks = () => bindings.DB.prepare('SELECT count(*) AS n FROM spot_asks').first<number>('n');
  const take = (id: string) => store.takeRecord(hash, id, NOW_MS);
  expect([await take('one'), await take('two'), await take('one')]).toEqual([true, false, true]);
  await tickAt(NOW_MS + ASKS_KEPT_MS);
  expect(await asks()).toBe(1);
  await tickAt(NOW_MS + ASKS_KEPT_MS + 1);
  expect([await asks(), await take('two')]).toEqual([0, false]);
  await tickAt(NOW_MS + RECORDS_KEPT_MS + 1);
  expect(await take('two')).toBe(true);
});

describe('apart', () => {
  test('nothing that is counted, scored or archived changes', async () => {
    const before = await countedState();
    expect(before).toContain('"epochs"');
    for (const index of [0, 3, 4]) {
      const id = await ordered(index, `tenant-${String(index)}`);
      const { runner } = runnerWith(async (row, seed) => endedAs(row, seed, index === 0 ? 'wrong_result' : 'none'));
      await runSpot(runner, id);
    }
    await tickAt(NOW_MS + 5_000);
    expect(await countedState()).toBe(before);
  });

  test('a forgotten tenant’s orders and transcripts are gone', async () => {
    const id = await ordered();
    await runSpot(good().runner, id);
    expect(await objects.get(id)).not.toBeNull();
    await d1Accounts(bindings.DB).forget('acme');
    expect(await store.any(id)).toBeNull();
    await tickAt(NOW_MS + 5_000);
    expect(await objects.get(id)).toBeNull();
  });

  test('no public route reads a transcript of somebody’s order', async () => {
    const id = await ordered();
    await runSpot(good().runner, id);
    const site = shopAt();
    for (const path of [`/v1/audits/${id}`, `/v1/transcripts/${id}`, `/spots/${id}`])
      expect((await site.get(path)).status).not.toBe(200);
  });
});
