// Keys at the door: who gets in, what all others are told, and what headers say of the quota.
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { PROBLEMS } from '../../../schema/api/problems.ts';
import { network } from '../../../schema/api/network.ts';
import { freshKeyText, keyText, parseKeyText } from '../../../workers/services/accounts/key-text.ts';
import type { WebPorts } from '../../../workers/services/views/ports.ts';
import { httpApp, logError } from '../../../workers/entries/http.ts';
import { callerIn, requireScope } from '../../../workers/web/auth.ts';
import { json, refused } from '../support/ask.ts';
import { freshKey, seedKey, seedTenant } from '../support/tenants.ts';
import { bindings, freshDatabase, siteAt, webPorts, type Site } from '../support/web-env.ts';

const NOW = 1_790_001_040_000;
const DAY_MS = 86_400_000;

/** The site with one more route, which needs the scope `audits`. */
function guarded(nowMs = NOW, ports: Partial<WebPorts> = {}): Site {
  const site = siteAt(nowMs, ports);
  site.app.get('/v1/guarded', requireScope('audits'), (c) => c.json({ tenant: callerIn(c).tenant, key: callerIn(c).key }));
  return site;
}

const bearer = (text: string) => ({ headers: { authorization: `Bearer ${text}` } });

beforeEach(freshDatabase);

describe('a route that needs a scope', () => {
  test('lets a good key in, and says who it is and what is left', async () => {
    const { headers, keyId } = await seedTenant('one', ['audits']);
    const answer = await guarded().get('/v1/guarded', { headers });
    expect([answer.status, await answer.json()]).toEqual([200, { tenant: 'one', key: keyId }]);
    expect(answer.headers.get('ratelimit-policy')).toBe('"requests";q=600;w=60');
    expect(answer.headers.get('ratelimit')).toBe('"requests";r=599;t=20');
    expect(answer.headers.get('vary')).toMatch(/Authorization/);
  });

  test('takes one request, wherever the key is looked at', async () => {
    const { headers } = await seedTenant('one');
    const site = guarded();
    await site.get('/v1/guarded', { headers });
    expect((await site.get('/v1/network', { headers })).headers.get('ratelimit')).toMatch(/r=598/);
  });

  test('asks for a key where there is none', async () => {
    const answer = await guarded().get('/v1/guarded');
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="assay"']);
    expect(await answer.text()).toMatch(/unauthenticated.*docs\/accounts\.md/);
  });

  test('refuses a good key that lacks it', async () => {
    const { key } = await seedTenant('one', ['read', 'keys']);
    const site = guarded();
    expect(await refused(site, '/v1/guarded', bearer(key))).toMatchObject({ status: 403, code: 'forbidden' });
    const answer = await site.get('/v1/guarded', bearer(key));
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="assay", error="insufficient_scope", scope="audits"');
    expect(answer.headers.get('ratelimit')).toMatch(/r=598/);
  });
});

describe('keys that are not good', () => {
  test('unknown, forged, revoked and expired ones are told the same, and so are those of a deleted tenant', async () => {
    const { key, tenant } = await seedTenant('one');
    const forged = freshKey(tenant).text;
    // The visible id of a good key with another secret, and a checksum that fits.
    const { id } = parseKeyText(key) ?? { id: '' };
    const { secret } = freshKeyText((bytes) => crypto.getRandomValues(new Uint8Array(bytes)));
    const stolenId = keyText({ id, secret });
    const revoked = await seedKey(tenant, { revokedAtMs: NOW - 1 });
    const expired = await seedKey(tenant, { expiresAtMs: NOW });
    const gone = await seedTenant('two');
    await webPorts(NOW).accounts.store.forget('two');

    const answers = await Promise.all(
      [forged, stolenId, revoked.key, expired.key, gone.key].map(async (text) => {
        const answer = await guarded().get('/v1/guarded', bearer(text));
        return [answer.status, answer.headers.get('www-authenticate'), answer.headers.get('ratelimit'), await answer.text()];
      }),
    );
    expect(answers[0]?.slice(0, 3)).toEqual([401, 'Bearer realm="assay", error="invalid_token"', null]);
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect((await guarded().get('/v1/guarded', bearer(key))).status).toBe(200);
  });

  test('a key is good until its end, and not a millisecond longer', async () => {
    await seedTenant('one');
    const { key } = await seedKey('one', { expiresAtMs: NOW });
    expect((await guarded(NOW - 1).get('/v1/guarded', bearer(key))).status).toBe(200);
    expect((await guarded(NOW).get('/v1/guarded', bearer(key))).status).toBe(401);
  });

  test('a mistyped one is told so, from its text alone', async () => {
    const { key } = await seedTenant('one');
    const other = key.at(-1) === 'a' ? 'b' : 'a';
    for (const text of [key.slice(0, -1) + other, key.slice(0, -1), `${key}0`, 'hunter2', key.toLowerCase()]) {
      const { status, detail } = await refused(guarded(), '/v1/guarded', bearer(text));
      expect([status, detail]).toEqual([401, expect.stringContaining('checksum')]);
      expect(detail).not.toContain(text);
    }
  });

  test('whatever else stands in the header is refused, and never repeated', async () => {
    const { key } = await seedTenant('one');
    const headers = [
      '',
      'Bearer',
      'Bearer ',
      key,
      `Basic ${btoa(`x:${key}`)}`,
      `Bearer ${key} ${key}`,
      `Bearer ${'A'.repeat(600)}`,
    ];
    for (const authorization of headers) {
      const { status, detail } = await refused(guarded(), '/v1/guarded', { headers: { authorization } });
      expect([authorization, status]).toEqual([authorization, 401]);
      expect(detail).not.toContain(key.slice(6, 20));
    }
  });

  test('the scheme’s name may be spelt in any case', async () => {
    const { key } = await seedTenant('one');
    expect((await guarded().get('/v1/guarded', { headers: { authorization: `bearer ${key}` } })).status).toBe(200);
  });
});

describe('public reads', () => {
  const nowhere = '/v1/nodes';

  test('need no key, and tell anonymous callers of no quota', async () => {
    const answer = await siteAt(NOW).get(nowhere);
    expect([answer.status, answer.headers.get('ratelimit'), answer.headers.get('vary')]).toEqual([200, null, null]);
    expect(answer.headers.get('cache-control')).toMatch(/^public/);
  });

  test('count a key that is given, and keep its answer out of shared caches', async () => {
    const { key } = await seedTenant('one', ['read'], { requestsPerMinute: 7 });
    const answer = await siteAt(NOW).get(nowhere, bearer(key));
    expect([answer.status, answer.headers.get('ratelimit')]).toEqual([200, '"requests";r=6;t=20']);
    expect(answer.headers.get('ratelimit-policy')).toBe('"requests";q=7;w=60');
    expect(answer.headers.get('cache-control')).toMatch(/^private, max-age/);
    expect(answer.headers.get('vary')).toBe('Authorization');
    expect(await json(siteAt(NOW), '/v1/network', network)).toBeDefined();
  });

  test('refuse a key that is not good', async () => {
    expect(await refused(siteAt(NOW), nowhere, bearer('assay_nothing'))).toMatchObject({ status: 401 });
  });

  test('keep the headers where a handler made its own Response', async () => {
    const { key } = await seedTenant('one');
    const site = siteAt(NOW);
    site.app.get('/v1/own-response', () => new Response('x', { headers: { 'cache-control': 'public, max-age=9' } }));
    const answer = await site.get('/v1/own-response', bearer(key));
    expect([answer.headers.get('ratelimit'), answer.headers.get('cache-control')]).toEqual([
      '"requests";r=599;t=20',
      'private, max-age=9',
    ]);
  });
});

describe('last use', () => {
  const lastUse = () => bindings.DB.prepare('SELECT last_used_at FROM api_keys').first<number>('last_used_at');

  test('is stored once a minute', async () => {
    const { key } = await seedTenant('one');
    const seen: (number | null)[] = [];
    for (const after of [0, 1, 59_999, 60_000, 60_001]) {
      await siteAt(NOW + after).get('/v1/nodes', bearer(key));
      seen.push(await lastUse());
    }
    expect(seen).toEqual([NOW, NOW, NOW, NOW + 60_000, NOW + 60_000]);
  });

  test('that cannot be stored keeps nobody out', async () => {
    const { key } = await seedTenant('one');
    const ports = webPorts(NOW);
    const used = () => Promise.reject(new Error('full'));
    const accounts = { ...ports.accounts, store: { ...ports.accounts.store, used } };
    expect((await guarded(NOW, { accounts }).get('/v1/guarded', bearer(key))).status).toBe(200);
    expect(await lastUse()).toBeNull();
  });
});

describe('over the quota', () => {
  test('is 429 with when to come back, until the next minute', async () => {
    const { key } = await seedTenant('one', ['read', 'audits'], { requestsPerMinute: 2 });
    for (const status of [200, 200, 429]) expect((await guarded().get('/v1/guarded', bearer(key))).status).toBe(status);
    const answer = await guarded().get('/v1/guarded', bearer(key));
    expect(PROBLEMS['over-quota'].status).toBe(answer.status);
    expect(answer.headers.get('retry-after')).toBe('20');
    expect(answer.headers.get('ratelimit')).toBe('"requests";r=0;t=20');
    expect(await answer.text()).toMatch(/over-quota.*2 requests a minute/);
    // Another tenant is not held up, and neither is this one a minute later.
    const other = await seedTenant('two');
    expect((await guarded().get('/v1/guarded', bearer(other.key))).status).toBe(200);
    expect((await guarded(NOW + 20_000).get('/v1/guarded', bearer(key))).status).toBe(200);
  });

  test('is the tenant’s, not the key’s', async () => {
    const first = await seedTenant('one', ['audits'], { requestsPerMinute: 1 });
    const second = await seedKey('one');
    expect((await guarded().get('/v1/guarded', bearer(first.key))).status).toBe(200);
    expect((await guarded().get('/v1/guarded', bearer(second.key))).status).toBe(429);
  });

  test('a counter that does not answer lets reads go on', async () => {
    const { key } = await seedTenant('one');
    const ports = webPorts(NOW + DAY_MS);
    const quota = { ...ports.accounts.quota, take: () => Promise.reject(new Error('unreachable')) };
    const answer = await guarded(NOW, { accounts: { ...ports.accounts, quota } }).get('/v1/guarded', bearer(key));
    expect([answer.status, answer.headers.get('ratelimit')]).toEqual([200, null]);
  });
});

test('a key is in no log and in no answer, whatever fails behind it', async () => {
  const { key, keyId } = await seedTenant('one');
  const ports = webPorts(NOW);
  const fail = (words: string) => Promise.reject(new Error(`D1_ERROR: ${words} ${key}`));
  const { store } = ports.accounts;
  const broken = [
    { ...store, keyById: fail },
    { ...store, used: fail, tenant: fail },
    { ...store, keys: () => fail('keys'), addKey: () => fail('addKey'), forget: fail },
  ];
  const log = (['log', 'info', 'warn', 'error', 'debug'] as const).map((name) =>
    vi.spyOn(console, name).mockImplementation(() => undefined),
  );
  const said: string[] = [];
  for (const its of broken) {
    const app = httpApp(() => ({ ...ports, accounts: { ...ports.accounts, store: its } }), logError);
    for (const [method, path] of [
      ['GET', '/v1/tenant'],
      ['GET', '/v1/keys'],
      ['DELETE', '/v1/tenant?confirm=one'],
      ['GET', `/v1/${key}`],
    ] as const) {
      const answer = await app.request(`https://assay.test${path}`, { method, headers: { authorization: `Bearer ${key}` } });
      said.push(await answer.text(), JSON.stringify([...answer.headers]));
    }
  }
  const logged = log.flatMap((spy) => spy.mock.calls.flat().map(String));
  vi.restoreAllMocks();
  expect(logged).toContain('http: Error');
  for (const text of [...said, ...logged]) expect(text).not.toContain(key.slice(6 + keyId.length, -6));
});
