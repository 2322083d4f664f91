// The counter: exact under any number of requests at once, by tenant, by window, and with a word for when it is silent.
import { runDurableObjectAlarm } from 'cloudflare:test';
import { beforeEach, describe, expect, test } from 'vitest';
import { quotaObject } from '../../../workers/adapters/quota-object.ts';
import type { HoldAsk, QuotaAsk } from '../../../workers/services/accounts/ports.ts';
import { takeQuota } from '../../../workers/services/accounts/take-quota.ts';
import { seedTenant } from '../support/tenants.ts';
import { bindings, freshDatabase, webPorts } from '../support/web-env.ts';

const NOW = 1_790_001_000_000;
/** Patient: a thousand requests at once on a busy machine are no silent counter. */
const PATIENCE_MS = 60_000;
const quota = quotaObject(bindings.QUOTA, PATIENCE_MS);
const ask = (change: Partial<QuotaAsk> = {}): QuotaAsk => ({
  ...{ name: 'requests', limit: 10, windowMs: 60_000, amount: 1, nowMs: NOW },
  ...change,
});
const granted = (words: readonly { granted: boolean }[]): number => words.filter((word) => word.granted).length;

beforeEach(freshDatabase);

describe('a thousand at once', { timeout: PATIENCE_MS }, () => {
  test.each([0, 1, 337, 1_000])('of %i that there is room for, exactly so many get through', async (limit) => {
    const words = await Promise.all(Array.from({ length: 1_000 }, () => quota.take('one', ask({ limit }))));
    expect(granted(words)).toBe(limit);
    // Nobody was told the same place.
    const places = words.filter((word) => word.granted).map(({ used }) => used);
    expect(new Set(places).size).toBe(limit);
    expect((await quota.take('one', ask({ limit }))).granted).toBe(false);
  });

  test('audits of a tenant over its service', async () => {
    await seedTenant('one', undefined, { auditsPerDay: 100 });
    const { accounts, nowMs } = webPorts(NOW);
    const ports = { accounts: { ...accounts, quota }, nowMs };
    const taken = await Promise.all(Array.from({ length: 1_000 }, () => takeQuota(ports, 'one', 'audits', 1)));
    expect(taken.filter(({ ok }) => ok)).toHaveLength(100);
  });

  test('amounts above one never go beyond the limit', async () => {
    const words = await Promise.all(Array.from({ length: 100 }, () => quota.take('one', ask({ limit: 50, amount: 7 }))));
    expect(granted(words)).toBe(7);
  });
});

describe('what is counted apart', () => {
  test('tenants, and names', async () => {
    for (const [tenant, name] of [
      ['one', 'requests'],
      ['two', 'requests'],
      ['one', 'audits'],
    ] as const) {
      expect(await quota.take(tenant, ask({ name, limit: 1 }))).toMatchObject({ granted: true, used: 1 });
    }
  });

  test('windows, which begin at multiples of their length', async () => {
    const end = NOW - (NOW % 60_000) + 60_000;
    expect(await quota.take('one', ask({ limit: 1 }))).toEqual({ granted: true, used: 1, resetAtMs: end });
    expect(await quota.take('one', ask({ limit: 1, nowMs: end - 1 }))).toEqual({ granted: false, used: 1, resetAtMs: end });
    expect(await quota.take('one', ask({ limit: 1, nowMs: end }))).toEqual({ granted: true, used: 1, resetAtMs: end + 60_000 });
    // A caller whose clock is behind finds the window that has begun.
    expect(await quota.take('one', ask({ limit: 1, nowMs: end - 1 }))).toMatchObject({ granted: false, resetAtMs: end + 60_000 });
  });

  test('a clock that was a day ahead closes no window', async () => {
    await quota.take('one', ask({ limit: 1, nowMs: NOW + 86_400_000 }));
    expect(await quota.take('one', ask({ limit: 1 }))).toMatchObject({ granted: true, used: 1 });
    expect((await quota.take('one', ask({ limit: 1 }))).granted).toBe(false);
  });

  test('what is given back can be taken again, and nothing can be given beyond that', async () => {
    const take = (amount: number) => quota.take('one', ask({ limit: 2, amount }));
    expect([await take(1), await take(1), await take(1)].map((word) => word.granted)).toEqual([true, true, false]);
    expect(await take(-1)).toMatchObject({ granted: true, used: 1 });
    expect((await take(1)).granted).toBe(true);
    expect(await take(-9)).toMatchObject({ used: 0 });
  });

  test('of a tenant that is forgotten the day’s count stays until its window is over, then nothing', async () => {
    await quota.take('one', ask({ limit: 1 }));
    await quota.forget('one');
    expect((await quota.take('one', ask({ limit: 1 }))).granted).toBe(false);
    const object = bindings.QUOTA.get(bindings.QUOTA.idFromName('one'));
    expect(await runDurableObjectAlarm(object)).toBe(true);
    expect(await quota.take('one', ask({ limit: 1 }))).toMatchObject({ granted: true, used: 1 });
  });

  test('what is used since is kept when the alarm of a forgotten tenant comes', async () => {
    const nowMs = Date.now();
    await quota.forget('one');
    await quota.take('one', ask({ name: 'audits', windowMs: 86_400_000, limit: 1, nowMs }));
    const object = bindings.QUOTA.get(bindings.QUOTA.idFromName('one'));
    expect(await runDurableObjectAlarm(object)).toBe(true);
    expect((await quota.take('one', ask({ name: 'audits', windowMs: 86_400_000, limit: 1, nowMs }))).granted).toBe(false);
  });
});

describe('what a tenant has at a time', () => {
  const hold = (id: string, change: Partial<HoldAsk> = {}) =>
    quota.hold('one', { id, place: 'a', perPlace: 2, perTenant: 3, untilMs: NOW + 10, nowMs: NOW, ...change });

  test('is bounded for each place and in all, exactly, also at once', async () => {
    const held = await Promise.all(['1', '2', '3', '4'].map((id) => hold(id)));
    expect(held.filter(Boolean)).toHaveLength(2);
    expect([await hold('5', { place: 'b' }), await hold('6', { place: 'b' })]).toEqual([true, false]);
    expect(await quota.hold('two', { id: '1', place: 'a', perPlace: 1, perTenant: 1, untilMs: NOW + 1, nowMs: NOW })).toBe(true);
  });

  test('is renewed by its id, given back, and over by itself', async () => {
    expect([await hold('1'), await hold('2'), await hold('3')]).toEqual([true, true, false]);
    expect(await hold('1', { nowMs: NOW + 9, untilMs: NOW + 19 })).toBe(true);
    await quota.release('one', '2');
    expect([await hold('3'), await hold('4')]).toEqual([true, false]);
    expect(await hold('4', { nowMs: NOW + 10, untilMs: NOW + 20 })).toBe(true);
    expect(await hold('5', { nowMs: NOW + 10, untilMs: NOW + 20 })).toBe(false);
  });
});

describe('takeQuota', () => {
  const silent = () => {
    const ports = webPorts(NOW);
    const take = () => Promise.reject(new Error('unreachable'));
    return { ...ports, accounts: { ...ports.accounts, quota: { ...ports.accounts.quota, take } } };
  };

  test('says what is left, by the tenant’s own limit', async () => {
    await seedTenant('one', undefined, { auditsPerDay: 3 });
    const left = async () => await takeQuota(webPorts(NOW), 'one', 'audits', 1);
    const midnight = 86_400 - ((NOW / 1000) % 86_400);
    const state = { name: 'audits', limit: 3, windowSeconds: 86_400, resetSeconds: midnight };
    expect(await left()).toEqual({ ok: true, value: { ...state, remaining: 2 } });
    await left();
    await left();
    expect(await left()).toMatchObject({ ok: false, code: 'over-quota', quota: { ...state, remaining: 0 } });
  });

  test('gives back', async () => {
    await seedTenant('one', undefined, { auditsPerDay: 1 });
    const take = (amount: number) => takeQuota(webPorts(NOW), 'one', 'audits', amount);
    expect([(await take(1)).ok, (await take(1)).ok, (await take(-1)).ok, (await take(1)).ok]).toEqual([true, false, true, true]);
  });

  test('without its counter refuses what costs others something, and lets reads go on', async () => {
    await seedTenant('one');
    expect(await takeQuota(silent(), 'one', 'audits', 1)).toMatchObject({ ok: false, code: 'unavailable', quota: null });
    expect(await takeQuota(silent(), 'one', 'requests', 1)).toEqual({ ok: true, value: null });
  });
});
