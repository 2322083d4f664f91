// The entries: a batch of rechecks is routed by its queue, and a slot's tick has its share for health.
import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test';
import { beforeEach, describe, expect, test } from 'vitest';
import { healthContext } from '../../../workers/compose/health.ts';
import { onCron } from '../../../workers/entries/cron.ts';
import { onQueue } from '../../../workers/entries/queue.ts';
import { parseUpstreams } from '../../../workers/config.ts';
import { healthHook } from '../../../workers/services/health/hear.ts';
import { UPSTREAMS_MAX } from '../../../workers/services/health/limits.ts';
import type { NetworkContext } from '../../../workers/services/network/ports.ts';
import { bindings, configured } from '../support/bindings.ts';
import { addNodes } from '../support/ledger-rows.ts';
import { CLOCK, freshDatabase } from '../support/web-env.ts';
import { count, EPOCH, heardRow, NOW, rigOf } from './support.ts';

beforeEach(async () => {
  await freshDatabase();
  await addNodes([0, 1, 2].map((index) => ({ index })));
});

async function deliver(bodies: readonly unknown[], joined: boolean) {
  const messages = bodies.map((body, i) => ({ id: String(i), timestamp: new Date(NOW), attempts: 1, body }));
  const batch = createMessageBatch('assay-rechecks', messages);
  const context = createExecutionContext();
  // Who recalls no context has not joined; a context that knows no epoch can say nothing of any node.
  const ports = {
    clock: { nowMs: () => NOW, until: async () => undefined },
    ledger: { epoch: async () => null, nodes: async () => new Map() },
  };
  const recalled = { clock: CLOCK, ports } as never;
  await onQueue(configured, batch, async () => (joined ? recalled : null));
  return getQueueResult(batch, context);
}

describe('a batch of rechecks', () => {
  const ask = { node: 1, key: `${String(EPOCH)}/5/1`, step: 1 };

  test('is delivered again before the Worker has joined', async () => {
    expect(await deliver([ask], false)).toMatchObject({ retryBatch: { retry: true } });
  });

  test('drops what is no question or no longer due, and counts what comes to nothing', async () => {
    await healthHook(rigOf().context).heard(EPOCH, heardRow(1, 'timeout'));
    const strangers = [{ epoch: 1, slot: 0, chunk: 0 }, { ...ask, extra: 1 }, 'text', null, { ...ask, key: 'x'.repeat(65) }];
    const result = await deliver([...strangers, { ...ask, node: 2 }, { ...ask, step: 9 }, ask], true);
    expect(result.explicitAcks).toHaveLength(strangers.length + 3);
    const row = await bindings.DB.prepare(`SELECT machine ->> '$.ask.voids' AS voids FROM health_nodes`).first<number>('voids');
    expect(row).toBe(1);
    expect(await count('incidents')).toBe(0);
  });
});

test('a slot’s tick hears peers, and keeps the trouble of an own line for the operator until it is over', async () => {
  const rig = rigOf();
  const rows = Array.from({ length: 9 }, (_, i) => heardRow(i % 3, i < 4 ? 'timeout' : 'none', { draw: i }));
  await healthHook(rig.context).take({ epoch: EPOCH, slot: 5, chunk: 0 }, rows);
  const asked: number[] = [];
  const askPeers = async (nowMs: number) => {
    asked.push(nowMs);
    return [];
  };
  const health = { context: rig.context, input: { clock: CLOCK, askPeers } };
  // Before genesis, so that the network's own steps have nothing to do.
  const network = { clock: { ...CLOCK, genesis: 9_000_000_000 } } as unknown as NetworkContext;
  const at = (timeMs: number) => onCron(configured, timeMs, { join: async () => ({ validator: null, network, health }) });
  const codes = async () => (await bindings.DB.prepare('SELECT step, code FROM troubles').all()).results;
  expect(await at(NOW)).toMatchObject([{ step: 'line', code: 'unavailable' }]);
  expect(await codes()).toEqual([{ step: 'line', code: 'unavailable' }]);
  expect(await at(NOW + 9_000)).toEqual([]);
  expect(await codes()).toEqual([]);
  // Slots of three seconds: peers are asked in each third.
  for (const seconds of [12, 15, 18, 21, 24]) await at(NOW + 1000 * seconds);
  expect(asked).toHaveLength(2);
});

test('the composition’s own queue takes questions, and its store and its waker answer', async () => {
  const { ports, validator, role } = healthContext(configured, { role: 'validator' });
  expect([validator, role]).toEqual([configured.VALIDATOR_ADDRESS, 'validator']);
  await ports.queue.send([{ node: 1, key: 'k', step: 1, delaySeconds: 600 }]);
  await ports.wake();
  expect(await ports.store.unwell(-1, 10)).toEqual([]);
  expect(healthContext({ ...configured, ROLE: 'gateway' }, { role: 'gateway' }).validator).toBeNull();
});

const GOOD = { url: 'https://v', key: 'k', operator: `0x${'12'.repeat(20)}` };

describe('UPSTREAMS', () => {
  const parse = (UPSTREAMS: string) => parseUpstreams({ ...configured, UPSTREAMS });

  test('holds addresses and keys, or nothing', () => {
    expect(parse('')).toEqual([]);
    const operator = `0x${'Ab'.repeat(20)}`;
    const expected = { url: 'https://v.example', key: 'assay_x', operator: operator.toLowerCase() };
    expect(parse(JSON.stringify([{ url: 'https://v.example/', key: 'assay_x', operator }]))).toEqual([expected]);
  });

  const many = (count: number) =>
    JSON.stringify(Array.from({ length: count }, (_, i) => ({ ...GOOD, operator: `0x${String(i).padStart(40, '0')}` })));

  test('holds sixteen at most', () => {
    expect(parse(many(UPSTREAMS_MAX))).toHaveLength(16);
    expect(() => parse(many(UPSTREAMS_MAX + 1))).toThrow('UPSTREAMS must be a JSON list of at most 16');
  });

  test.each([
    ['{'],
    ['{}'],
    ['[1]'],
    [JSON.stringify([{ ...GOOD, url: 'ftp://v' }])],
    [JSON.stringify([{ ...GOOD, key: undefined }])],
    [JSON.stringify([{ ...GOOD, operator: undefined }])],
    [JSON.stringify([{ ...GOOD, operator: '0x12' }])],
    [JSON.stringify([GOOD, { ...GOOD, url: 'https://w' }])], // one operator, twice
    [JSON.stringify([{ ...GOOD, key: 'secret value' }])],
  ])('%s is refused without repeating it', (value) => {
    expect(() => parse(value)).toThrow('UPSTREAMS must be a JSON list');
    try {
      parse(value);
    } catch (error) {
      expect(String(error)).not.toContain('secret value');
    }
  });
});
