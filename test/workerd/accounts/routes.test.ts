// The routes of tenants and keys: what they make, what they refuse, and that no tenant reaches another's.
import { beforeEach, describe, expect, test } from 'vitest';
import { keyItem, keyList, newKey, newTenant, USUAL_SCOPES, whoAmI, type Scope } from '../../../schema/api/accounts.ts';
import { keyCursor } from '../../../schema/api/tenant-cursors.ts';
import { KEY_PATTERN } from '../../../workers/services/accounts/key-text.ts';
import { KEYS_LIVE_MAX } from '../../../workers/services/accounts/limits.ts';
import { refused } from '../support/ask.ts';
import { seedKey, seedTenant, type TestTenant } from '../support/tenants.ts';
import { bindings, freshDatabase, siteAt, webPorts, type Site } from '../support/web-env.ts';
import { accountPorts } from '../../../workers/compose/accounts.ts';

const NOW = 1_790_001_040_000;
const HOUR_MS = 3_600_000;
const ADMIN_KEY = 'the-operator-of-these-tests-0123456789';

/** With an operator's key, or without. */
function siteWith(adminKey: string | undefined, nowMs = NOW): Site {
  const env = { ...bindings };
  const accounts = accountPorts(adminKey === undefined ? env : { ...env, ADMIN_KEY: adminKey });
  return siteAt(nowMs, { accounts });
}
const site = siteAt(NOW);

const post = (body: unknown, headers: Readonly<Record<string, string>> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});
const remove = ({ headers }: TestTenant): RequestInit => ({ method: 'DELETE', headers });
const status = async (by: TestTenant, at = site): Promise<number> => (await at.get('/v1/tenant', { headers: by.headers })).status;

async function make(by: TestTenant, body: unknown, at = site) {
  const answer = await at.get('/v1/keys', post(body, by.headers));
  expect([answer.status, answer.headers.get('cache-control')]).toEqual([201, 'no-store']);
  return newKey.parse(await answer.json());
}
async function rotate(by: TestTenant, id: string, body: unknown = {}, at = site) {
  const answer = await at.get(`/v1/keys/${id}/rotate`, post(body, by.headers));
  expect(answer.status).toBe(201);
  return newKey.parse(await answer.json());
}
const holder = (by: TestTenant, key: string, keyId: string): TestTenant => ({
  ...{ tenant: by.tenant, key, keyId },
  headers: { authorization: `Bearer ${key}` },
});

beforeEach(freshDatabase);

describe('making a tenant', () => {
  const asked = { name: 'A scheduler of jobs' };

  test('the operator’s key makes one, with a key that works', async () => {
    const operated = siteWith(ADMIN_KEY);
    const answer = await operated.get('/v1/tenants', post(asked, { authorization: `Bearer ${ADMIN_KEY}` }));
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([201, 'no-store']);
    const { tenant, key } = newTenant.parse(await answer.json());
    expect(tenant).toMatchObject({
      ...asked,
      wallet: null,
      limits: { requestsPerMinute: 600, auditsPerDay: 100, endpointsMax: 20 },
    });
    expect(key).toMatchObject({ scopes: [...USUAL_SCOPES], state: 'live', expiresAtMs: null, prefix: `assay_${key.id}` });
    expect(key.key).toMatch(KEY_PATTERN);
    const me = await operated.get('/v1/tenant', { headers: { authorization: `Bearer ${key.key}` } });
    expect(whoAmI.parse(await me.json())).toEqual({ ...tenant, key: { id: key.id, scopes: key.scopes } });
  });

  test('scopes, limits and an end can be chosen', async () => {
    const body = { ...asked, scopes: ['sightings'], limits: { requestsPerMinute: 5 }, expiresInSeconds: 3600 };
    const answer = await siteWith(ADMIN_KEY).get('/v1/tenants', post(body, { authorization: `Bearer ${ADMIN_KEY}` }));
    const made = newTenant.parse(await answer.json());
    expect(made.key).toMatchObject({ scopes: ['sightings'], expiresAtMs: NOW + HOUR_MS });
    expect(made.tenant.limits).toEqual({ requestsPerMinute: 5, auditsPerDay: 100, endpointsMax: 20 });
  });

  test('without the operator’s key nothing is made', async () => {
    const other = await seedTenant('one');
    const wrong = [
      undefined,
      'Bearer',
      `Bearer ${ADMIN_KEY}x`,
      `Bearer ${ADMIN_KEY.slice(0, -1)}`,
      `Basic ${ADMIN_KEY}`,
      `Bearer ${other.key}`,
    ];
    for (const authorization of wrong) {
      const headers = authorization === undefined ? {} : { authorization };
      const answer = await refused(siteWith(ADMIN_KEY), '/v1/tenants', post(asked, headers));
      expect(answer).toMatchObject({ status: 401, code: 'unauthenticated' });
      expect(answer.detail).not.toContain(ADMIN_KEY.slice(0, 12));
    }
    expect(await bindings.DB.prepare('SELECT count(*) AS n FROM tenants').first('n')).toBe(1);
  });

  test('a deployment without one, or with a short one, says so', async () => {
    for (const adminKey of [undefined, '', 'x'.repeat(31), ` ${'x'.repeat(31)} `]) {
      const init = post(asked, { authorization: `Bearer ${adminKey ?? 'x'}` });
      const { status: code, detail } = await refused(siteWith(adminKey), '/v1/tenants', init);
      expect([code, detail.includes('ADMIN_KEY of 32 characters')]).toEqual([403, true]);
    }
    expect(
      (await siteWith('x'.repeat(32)).get('/v1/tenants', post(asked, { authorization: `Bearer ${'x'.repeat(32)}` }))).status,
    ).toBe(201);
  });

  test.each([
    {},
    { name: '' },
    { name: 'x'.repeat(81) },
    { name: 'a\nb' },
    { name: ' a' },
    { name: 'a', scopes: [] },
    { name: 'a', scopes: ['all'] },
    { name: 'a', scopes: ['read', 'read'] },
    { name: 'a', limits: { requestsPerMinute: -1 } },
    { name: 'a', limits: { other: 1 } },
    { name: 'a', expiresInSeconds: 59 },
    { name: 'a', expiresInSeconds: 1e9 },
    { name: 'a', extra: 1 },
  ])('refuses %j', async (body) => {
    const init = post(body, { authorization: `Bearer ${ADMIN_KEY}` });
    expect(await refused(siteWith(ADMIN_KEY), '/v1/tenants', init)).toMatchObject({ status: 400, code: 'bad-body' });
  });
});

describe('keys', () => {
  test('are made, listed without their secrets, and stored as hashes only', async () => {
    const one = await seedTenant('one');
    const made = await make(one, { name: 'laptop', scopes: ['read'], expiresInSeconds: 3600 });
    const answer = await site.get('/v1/keys', { headers: one.headers });
    const text = await answer.text();
    const { items } = keyList.parse(JSON.parse(text));
    expect(items.map(({ id }) => id)).toEqual([made.id, one.keyId]);
    expect(items[0]).toMatchObject({ name: 'laptop', scopes: ['read'], lastUsedAtMs: null, expiresAtMs: NOW + HOUR_MS });
    expect(items[1]).toMatchObject({ lastUsedAtMs: NOW });
    const secret = KEY_PATTERN.exec(made.key)?.[2] ?? '';
    const { results } = await bindings.DB.prepare('SELECT * FROM api_keys').all();
    for (const said of [text, JSON.stringify(results)]) expect([secret.length, said.includes(secret)]).toEqual([43, false]);
  });

  test('can do what their maker can, and no more', async () => {
    const one = await seedTenant('one', ['read', 'keys']);
    expect(await make(one, { name: 'a', scopes: ['read', 'keys'] })).toMatchObject({ scopes: ['read', 'keys'] });
    for (const scopes of [['audits'], ['read', 'webhooks'], ['sightings']] as Scope[][]) {
      expect(await refused(site, '/v1/keys', post({ name: 'a', scopes }, one.headers))).toMatchObject({
        status: 403,
        code: 'forbidden',
      });
    }
    const wide = await seedKey('one', { scopes: ['audits', 'read'] });
    expect(await refused(site, `/v1/keys/${wide.keyId}/rotate`, post({}, one.headers))).toMatchObject({ status: 403 });
  });

  test('without the scope keys nothing about keys can be asked or done', async () => {
    const one = await seedTenant('one', ['read', 'audits', 'webhooks', 'sightings']);
    const asks: [string, RequestInit][] = [
      ['/v1/keys', { headers: one.headers }],
      ['/v1/keys', post({ name: 'a', scopes: ['read'] }, one.headers)],
      [`/v1/keys/${one.keyId}`, remove(one)],
      [`/v1/keys/${one.keyId}/rotate`, post({}, one.headers)],
      ['/v1/tenant?confirm=one', remove(one)],
    ];
    for (const [path, init] of asks) expect(await refused(site, path, init)).toMatchObject({ status: 403, code: 'forbidden' });
    expect(await status(one)).toBe(200);
  });

  test('end at once when revoked, for good, and twice is once', async () => {
    const one = await seedTenant('one');
    const made = await make(one, { name: 'a', scopes: ['keys', 'read'] });
    const other = holder(one, made.key, made.id);
    expect(await status(other)).toBe(200);
    const revoke = async (nowMs: number) =>
      keyItem.parse(await (await siteAt(nowMs).get(`/v1/keys/${made.id}`, remove(one))).json());
    expect(await revoke(NOW)).toMatchObject({ state: 'revoked', revokedAtMs: NOW });
    expect(await status(other)).toBe(401);
    expect(await revoke(NOW + 5)).toMatchObject({ revokedAtMs: NOW });
    expect(await refused(site, `/v1/keys/${made.id}/rotate`, post({}, one.headers))).toMatchObject({ status: 410, code: 'gone' });
  });

  test('a key may revoke itself', async () => {
    const one = await seedTenant('one');
    expect((await site.get(`/v1/keys/${one.keyId}`, remove(one))).status).toBe(200);
    expect(await status(one)).toBe(401);
  });

  test(`are ${String(KEYS_LIVE_MAX)} at most at a time, however many ask at once`, async () => {
    const one = await seedTenant('one', undefined, { requestsPerMinute: 1_000 });
    const answers = await Promise.all(
      Array.from({ length: KEYS_LIVE_MAX + 20 }, () => site.get('/v1/keys', post({ name: 'a', scopes: ['read'] }, one.headers))),
    );
    expect(answers.filter((answer) => answer.status === 201)).toHaveLength(KEYS_LIVE_MAX - 1);
    expect(answers.filter((answer) => answer.status === 409)).toHaveLength(21);
    await bindings.DB.prepare(
      "UPDATE api_keys SET revoked_at = 1 WHERE name = 'a' AND id IN (SELECT id FROM api_keys WHERE name = 'a' LIMIT 1)",
    ).run();
    expect((await site.get('/v1/keys', post({ name: 'b', scopes: ['read'] }, one.headers))).status).toBe(201);
    // What ended long ago is forgotten when a key is made.
    expect(await bindings.DB.prepare('SELECT count(*) AS n FROM api_keys WHERE revoked_at IS NOT NULL').first('n')).toBe(0);
  });
});

describe('rotation', () => {
  test('leaves both keys good for the overlap, and then the successor alone', async () => {
    const one = await seedTenant('one', ['read', 'keys']);
    const next = await rotate(one, one.keyId, { overlapSeconds: 3600 });
    expect(next).toMatchObject({ scopes: ['read', 'keys'], expiresAtMs: null, state: 'live' });
    const successor = holder(one, next.key, next.id);
    for (const [at, old] of [
      [NOW, 200],
      [NOW + HOUR_MS - 1, 200],
      [NOW + HOUR_MS, 401],
    ] as const) {
      expect([await status(one, siteAt(at)), await status(successor, siteAt(at))]).toEqual([old, 200]);
    }
    const { items } = keyList.parse(await (await site.get('/v1/keys', { headers: successor.headers })).json());
    expect(items.find(({ id }) => id === one.keyId)).toMatchObject({ successor: next.id, expiresAtMs: NOW + HOUR_MS });
  });

  test('of 24 hours unless another overlap is asked for, and of none for one that leaked', async () => {
    const one = await seedTenant('one');
    const [usual, leaked] = [await seedKey('one'), await seedKey('one')];
    await rotate(one, usual.keyId);
    await rotate(one, leaked.keyId, { overlapSeconds: 0 });
    expect(await status(usual, siteAt(NOW + 24 * HOUR_MS - 1))).toBe(200);
    expect(await status(usual, siteAt(NOW + 24 * HOUR_MS))).toBe(401);
    expect(await status(leaked)).toBe(401);
  });

  test('never lengthens the old key’s life, and gives the new one as long a life', async () => {
    const one = await seedTenant('one');
    const brief = await make(one, { name: 'a', scopes: ['read'], expiresInSeconds: 3600 });
    const later = siteAt(NOW + HOUR_MS / 2);
    const next = await rotate(one, brief.id, {}, later);
    expect(next.expiresAtMs).toBe(NOW + HOUR_MS / 2 + HOUR_MS);
    expect(await status(holder(one, brief.key, brief.id), siteAt(NOW + HOUR_MS))).toBe(401);
    const [asked] = [await rotate(one, next.id, { expiresInSeconds: 60 }, later)];
    expect(asked.expiresAtMs).toBe(NOW + HOUR_MS / 2 + 60_000);
  });

  test('happens once a key, also when asked for many times at once', async () => {
    const one = await seedTenant('one');
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => site.get(`/v1/keys/${one.keyId}/rotate`, post({}, one.headers))),
    );
    expect(answers.map((answer) => answer.status).toSorted()).toEqual([201, ...Array<number>(19).fill(409)]);
    expect(await bindings.DB.prepare('SELECT count(*) AS n FROM api_keys').first('n')).toBe(2);
    const { detail } = await refused(site, `/v1/keys/${one.keyId}/rotate`, post({}, one.headers));
    expect(detail).toMatch(/rotated before\. Its successor is [0-9A-Za-z]{8}/);
  });

  test('is possible with as many live keys as there may be', async () => {
    const one = await seedTenant('one');
    for (let i = 1; i < KEYS_LIVE_MAX; i++) await seedKey('one');
    expect(await refused(site, '/v1/keys', post({ name: 'a', scopes: ['read'] }, one.headers))).toMatchObject({ status: 409 });
    await rotate(one, one.keyId);
  });

  test.each([{ overlapSeconds: -1 }, { overlapSeconds: 1e9 }, { overlapSeconds: 1.5 }, { scopes: ['read'] }, []])(
    'refuses %j',
    async (body) => {
      const one = await seedTenant('one');
      expect(await refused(site, `/v1/keys/${one.keyId}/rotate`, post(body, one.headers))).toMatchObject({ code: 'bad-body' });
    },
  );
});

describe('tenants are apart', () => {
  test('another’s keys are as if they were not there', async () => {
    const [one, two] = [await seedTenant('one'), await seedTenant('two')];
    for (const id of [two.keyId, '00000000']) {
      const asks: [string, RequestInit][] = [
        [`/v1/keys/${id}`, remove(one)],
        [`/v1/keys/${id}/rotate`, post({}, one.headers)],
      ];
      const answers = [];
      for (const [path, init] of asks) answers.push(await refused(site, path, init));
      expect(answers).toEqual(
        [0, 1].map(() => ({
          status: 404,
          code: 'not-found',
          detail: 'This tenant has no key with this id. GET /v1/keys lists its keys.',
        })),
      );
    }
    expect(await status(two)).toBe(200);
    const { items } = keyList.parse(await (await site.get('/v1/keys', { headers: one.headers })).json());
    expect(items.map(({ id }) => id)).toEqual([one.keyId]);
  });

  test('a list is walked page by page, and its cursors are nobody else’s', async () => {
    const [one, two] = [await seedTenant('one'), await seedTenant('two')];
    const mine = [one.keyId];
    for (let i = 0; i < 6; i++) mine.push((await seedKey('one', { createdAtMs: 1_790_000_000_000 + Math.floor(i / 2) })).keyId);
    for (let i = 0; i < 6; i++) await seedKey('two', { createdAtMs: 1_790_000_000_000 });
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const path = `/v1/keys?limit=2${cursor === null ? '' : `&cursor=${cursor}`}`;
      const page = keyList.parse(await (await site.get(path, { headers: one.headers })).json());
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.next;
      if (cursor !== null) {
        const other = await refused(site, `/v1/keys?limit=2&cursor=${cursor}`, { headers: two.headers });
        expect(other).toMatchObject({ status: 400, code: 'bad-cursor' });
      }
    } while (cursor !== null);
    expect(seen.toSorted()).toEqual(mine.toSorted());
  });

  test.each([
    '',
    'x',
    'bi4x',
    keyCursor.encode('two', { atMs: 5, id: 'x' }),
    `${keyCursor.encode('one', { atMs: 5, id: 'x' })}A`,
  ])('the cursor %j is refused', async (cursor) => {
    const one = await seedTenant('one');
    const answer = await refused(site, `/v1/keys?cursor=${cursor}`, { headers: one.headers });
    expect(answer).toMatchObject({ status: 400, code: 'bad-cursor' });
  });
});

describe('deleting a tenant', () => {
  test('asks for its id, and then leaves nothing of it but what the day’s counters say', async () => {
    const [one, two] = [await seedTenant('one'), await seedTenant('two')];
    for (const query of ['', '?confirm=', '?confirm=two', '?confirm=one&x=1']) {
      expect(await refused(site, `/v1/tenant${query}`, remove(one))).toMatchObject({ status: 400, code: 'bad-query' });
    }
    const answer = await site.get('/v1/tenant?confirm=one', remove(one));
    expect([answer.status, await answer.text()]).toEqual([204, '']);
    expect([await status(one), await status(two)]).toEqual([401, 200]);
    expect(await bindings.DB.prepare("SELECT count(*) AS n FROM api_keys WHERE tenant = 'one'").first('n')).toBe(0);
    const again = { name: 'requests', limit: 1, windowMs: 60_000, amount: 1, nowMs: NOW } as const;
    expect(await webPorts(NOW).accounts.quota.take('one', again)).toMatchObject({ granted: false });
  });
});
