// Signing in with a wallet (EIP-4361): what becomes a key, and everything that does not. The keys are fresh in each test.
import { beforeEach, describe, expect, test } from 'vitest';
import { generatePrivateKey, privateKeyToAccount, type PrivateKeyAccount } from 'viem/accounts';
import { createSiweMessage } from 'viem/siwe';
import { newTenant, signInNonce, USUAL_SCOPES, type SignInNonce } from '../../../schema/api/accounts.ts';
import {
  AUDITS_PER_DAY,
  NEW_WALLETS_PER_HOUR,
  NONCE_SECONDS,
  SIGN_IN_KEYS_LIVE_MAX,
} from '../../../workers/services/accounts/limits.ts';
import { takeNewWallet, takeQuota } from '../../../workers/services/accounts/take-quota.ts';
import { refused } from '../support/ask.ts';
import { bindings, freshDatabase, siteAt, webPorts, type Site } from '../support/web-env.ts';

const NOW = 1_790_001_040_000;
const DAY_MS = 86_400_000;
const named = (nowMs: number, publicUrl: string | null = 'https://assay.test'): Site => {
  const { settings } = webPorts(nowMs);
  return siteAt(nowMs, { settings: { ...settings, publicUrl } });
};
const site = named(NOW);
const wallet = (): PrivateKeyAccount => privateKeyToAccount(generatePrivateKey());

type Fields = Parameters<typeof createSiweMessage>[0];

async function nonceOf(at: Site = site): Promise<SignInNonce> {
  const answer = await at.get('/v1/sign-in/nonce', { method: 'POST' });
  expect([answer.status, answer.headers.get('cache-control')]).toEqual([201, 'no-store']);
  return signInNonce.parse(await answer.json());
}

/** The message as the answer asks for it, but for what is changed. */
function messageOf(account: PrivateKeyAccount, said: SignInNonce, change: Partial<Fields> = {}): string {
  const { nonce, domain, uri, version, chainId, statement } = said;
  return createSiweMessage({
    ...{ address: account.address, nonce, domain, uri, version, chainId, statement, issuedAt: new Date(NOW) },
    ...change,
  });
}

const sent = (message: string, signature: string): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ message, signature }),
});

async function signedIn(account: PrivateKeyAccount, change: Partial<Fields> = {}, at: Site = site): Promise<RequestInit> {
  const message = messageOf(account, await nonceOf(at), change);
  return sent(message, await account.signMessage({ message }));
}

async function enter(account: PrivateKeyAccount, at: Site = site) {
  const answer = await at.get('/v1/sign-in', await signedIn(account, {}, at));
  expect([answer.status, answer.headers.get('cache-control')]).toEqual([201, 'no-store']);
  return newTenant.parse(await answer.json());
}

const count = (table: string) => bindings.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first<number>('n');

beforeEach(freshDatabase);

describe('a wallet', () => {
  test('gets a tenant and a key for a day, from which lasting ones are made', async () => {
    const account = wallet();
    const { tenant, key } = await enter(account);
    expect(tenant.wallet).toBe(account.address.toLowerCase());
    expect(key).toMatchObject({ scopes: [...USUAL_SCOPES], origin: 'sign-in', expiresAtMs: NOW + DAY_MS });
    const headers = { authorization: `Bearer ${key.key}`, 'content-type': 'application/json' };
    const lasting = await site.get('/v1/keys', {
      method: 'POST',
      headers,
      body: JSON.stringify({ name: 'lasting', scopes: ['audits'] }),
    });
    expect([lasting.status, await lasting.json()]).toMatchObject([201, { expiresAtMs: null, origin: 'made' }]);
    expect((await siteAt(NOW + DAY_MS - 1).get('/v1/tenant', { headers })).status).toBe(200);
    expect((await siteAt(NOW + DAY_MS).get('/v1/tenant', { headers })).status).toBe(401);
  });

  test('comes back to the same tenant; another gets its own', async () => {
    const [account, other] = [wallet(), wallet()];
    const first = await enter(account);
    expect((await enter(account)).tenant).toEqual(first.tenant);
    expect((await enter(other)).tenant.tenant).not.toBe(first.tenant.tenant);
    expect(await count('tenants')).toBe(2);
  });

  test('that signs in several times at once for the first time gets one tenant', async () => {
    const account = wallet();
    const asks = await Promise.all(Array.from({ length: 8 }, () => signedIn(account)));
    const answers = await Promise.all(asks.map((init) => site.get('/v1/sign-in', init)));
    const tenants = await Promise.all(answers.map(async (answer) => newTenant.parse(await answer.json()).tenant.tenant));
    expect([new Set(tenants).size, await count('tenants'), await count('api_keys')]).toEqual([1, 1, 8]);
  });

  test('is never locked out: one sign-in too many takes the oldest back', async () => {
    const account = wallet();
    const keys: string[] = [];
    for (let i = 0; i <= SIGN_IN_KEYS_LIVE_MAX; i++) keys.push((await enter(account, named(NOW + i))).key.key);
    const works = await Promise.all(
      keys.map(async (key) => (await site.get('/v1/tenant', { headers: { authorization: `Bearer ${key}` } })).status),
    );
    expect(works).toEqual([401, ...Array<number>(SIGN_IN_KEYS_LIVE_MAX).fill(200)]);
  });

  test('that deletes its tenant and comes back has the same, with its day’s audits used', async () => {
    const account = wallet();
    const { tenant, key } = await enter(account);
    const take = () => takeQuota(webPorts(NOW), tenant.tenant, 'audits', AUDITS_PER_DAY);
    expect((await take()).ok).toBe(true);
    const headers = { authorization: `Bearer ${key.key}` };
    const path = `/v1/tenant?confirm=${tenant.tenant}`;
    expect((await site.get(path, { method: 'DELETE', headers })).status).toBe(204);
    expect([await count('tenants'), await count('api_keys')]).toEqual([0, 0]);
    expect((await enter(account)).tenant.tenant).toBe(tenant.tenant);
    expect(await take()).toMatchObject({ ok: false, code: 'over-quota' });
  });

  test('that is new waits when too many were within the hour; a known one does not', async () => {
    const account = wallet();
    await enter(account);
    for (let i = 1; i < NEW_WALLETS_PER_HOUR; i++) expect((await takeNewWallet(webPorts(NOW))).ok).toBe(true);
    const answer = await site.get('/v1/sign-in', await signedIn(wallet()));
    expect([answer.status, Number(answer.headers.get('retry-after')) > 0]).toEqual([429, true]);
    expect([await count('tenants'), (await enter(account)).tenant.wallet]).toEqual([1, account.address.toLowerCase()]);
    const later = named(NOW + 3_600_000);
    expect((await later.get('/v1/sign-in', await signedIn(wallet(), {}, later))).status).toBe(201);
  });

  test('may write times in other ways, and add resources and an end', async () => {
    const account = wallet();
    const said = await nonceOf();
    const resources = ['https://assay.test/v1/openapi.json'];
    const whole = messageOf(account, said, { expirationTime: new Date(NOW + 1_000), resources, requestId: 'r-1' });
    const message = whole.replace(/(Issued At: .*)\.\d{3}Z/, '$1+00:00');
    expect(message).not.toBe(whole);
    expect((await site.get('/v1/sign-in', sent(message, await account.signMessage({ message })))).status).toBe(201);
  });
});

describe('what is told to sign', () => {
  test('names the place that the operator names, whatever was asked', async () => {
    expect(await nonceOf()).toMatchObject({ domain: 'assay.test', uri: 'https://assay.test', chainId: 31337, version: '1' });
    const other = named(NOW, 'https://audits.example.org');
    expect(await nonceOf(other)).toMatchObject({ domain: 'audits.example.org', uri: 'https://audits.example.org' });
    const account = wallet();
    expect((await enter(account, other)).tenant.wallet).toBe(account.address.toLowerCase());
    const elsewhere = await signedIn(account, { domain: 'assay.test', uri: 'https://assay.test' }, other);
    expect(await refused(other, '/v1/sign-in', elsewhere)).toMatchObject({ status: 400 });
  });

  test('without such a name nothing is, but on this machine: a stranger’s host is no name of ours', async () => {
    const nameless = named(NOW, null);
    const init = { method: 'POST' };
    expect(await refused(nameless, '/v1/sign-in/nonce', init)).toMatchObject({ status: 403, code: 'forbidden' });
    const account = wallet();
    const message = messageOf(account, await nonceOf());
    const body = sent(message, await account.signMessage({ message }));
    expect(await refused(nameless, '/v1/sign-in', body)).toMatchObject({ status: 403, code: 'forbidden' });
    expect(await count('tenants')).toBe(0);
    for (const host of ['127.0.0.1:8787', 'localhost:8787', '[::1]:8787']) {
      const answer = await nameless.app.request(new Request(`http://${host}/v1/sign-in/nonce`, init));
      expect(signInNonce.parse(await answer.json())).toMatchObject({ domain: host, uri: `http://${host}` });
    }
    for (const host of ['localhost.evil.test', '127.0.0.1.evil.test', '10.0.0.1']) {
      expect((await nameless.app.request(new Request(`http://${host}/v1/sign-in/nonce`, init))).status).toBe(403);
    }
  });

  test('has another nonce each time, each good for ten minutes', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => nonceOf()));
    expect(new Set(all.map(({ nonce }) => nonce)).size).toBe(20);
    expect(new Set(all.map(({ expiresAtMs }) => expiresAtMs))).toEqual(new Set([NOW + 1000 * NONCE_SECONDS]));
  });
});

describe('refused', () => {
  const why = async (init: RequestInit, at: Site = site) => {
    const { status, detail } = await refused(at, '/v1/sign-in', init);
    expect([await count('tenants'), await count('api_keys')]).toEqual([0, 0]);
    return `${String(status)} ${detail}`;
  };
  const changes: [string, Partial<Fields>, RegExp][] = [
    ['another domain', { domain: 'evil.test' }, /^400 message: it is for another domain/],
    ['another port', { domain: 'assay.test:444' }, /another domain/],
    ['a URI elsewhere', { uri: 'https://evil.test/' }, /its URI is another place/],
    ['another chain', { chainId: 1 }, /for another chain\. Here it must say Chain ID 31337/],
    ['an expired message', { expirationTime: new Date(NOW) }, /has expired/],
    ['one that is not valid yet', { notBefore: new Date(NOW + 1) }, /not valid yet/],
    ['one from the future', { issuedAt: new Date(NOW + 600_000) }, /issued in the future/],
    ['a nonce that was never issued', { nonce: 'a'.repeat(22) }, /^401 The nonce is unknown/],
    ['a nonce of another form', { nonce: 'a'.repeat(8) }, /^401 The nonce is unknown/],
  ];
  test.each(changes)('%s', async (_, change, reason) => {
    expect(await why(await signedIn(wallet(), change))).toMatch(reason);
  });

  test('the same message a second time', async () => {
    const account = wallet();
    const init = await signedIn(account);
    expect((await site.get('/v1/sign-in', init)).status).toBe(201);
    expect(await refused(site, '/v1/sign-in', init)).toMatchObject({ status: 401, code: 'unauthenticated' });
    expect(await count('api_keys')).toBe(1);
  });

  test('the same message many times at once, but for one', async () => {
    const init = await signedIn(wallet());
    const answers = await Promise.all(Array.from({ length: 20 }, () => site.get('/v1/sign-in', { ...init })));
    expect(answers.map((answer) => answer.status).toSorted()).toEqual([201, ...Array<number>(19).fill(401)]);
  });

  test('a nonce ten minutes later', async () => {
    const init = await signedIn(wallet());
    expect(await why(init, named(NOW + 1000 * NONCE_SECONDS))).toMatch(/^401 The nonce/);
  });

  test('a nonce that another took the slot of', async () => {
    const init = await signedIn(wallet());
    await bindings.DB.prepare("UPDATE sign_in_nonces SET nonce = 'x'").run();
    expect(await why(init)).toMatch(/^401 The nonce/);
  });

  test('a signature by another wallet, of another message, or of none', async () => {
    const [account, other] = [wallet(), wallet()];
    const forged: ((message: string) => Promise<string>)[] = [
      (message) => other.signMessage({ message }),
      (message) => account.signMessage({ message: `${message} ` }),
      async () => `0x${'00'.repeat(65)}`,
      async () => `0x${'ff'.repeat(65)}`,
      async () => '0x00',
    ];
    for (const sign of forged) {
      const message = messageOf(account, await nonceOf());
      expect(await why(sent(message, await sign(message)))).toMatch(/^401 The signature is not by the address/);
    }
  });

  test('a contract wallet, with a sentence that says so', async () => {
    const account = wallet();
    const message = messageOf(account, await nonceOf());
    expect(await why(sent(message, `0x${'ab'.repeat(500)}`))).toMatch(/Contract wallets \(EIP-1271\) cannot sign in/);
  });

  test('a failed attempt uses the nonce up', async () => {
    const [account, other] = [wallet(), wallet()];
    const message = messageOf(account, await nonceOf());
    await why(sent(message, await other.signMessage({ message })));
    expect(await why(sent(message, await account.signMessage({ message })))).toMatch(/^401 The nonce/);
  });

  test('a message with anything in it that was not read', async () => {
    const account = wallet();
    const said = await nonceOf();
    const message = messageOf(account, said);
    const spoilt = [
      `${message}\nmore`,
      ` ${message}`,
      message.replace('\n\nURI', '\n\nURI: https://evil.test\n\nURI'),
      message.replace('Version: 1', 'Version: 2'),
      message.replace(account.address, account.address.toLowerCase()),
      message.replace(/Issued At: .*/, 'Issued At: yesterday'),
      message.replace('Chain ID: 31337', 'Chain ID: 031337'),
      message.replaceAll('\n', '\r\n'),
      'hello',
    ];
    for (const text of spoilt) {
      expect([text, await why(sent(text, await account.signMessage({ message: text })))]).toEqual([
        text,
        expect.stringMatching(/^400 message: not a message of EIP-4361/),
      ]);
    }
    // None of them used the nonce up.
    expect((await site.get('/v1/sign-in', sent(message, await account.signMessage({ message })))).status).toBe(201);
  });

  test.each([
    {},
    { message: 'x' },
    { message: '', signature: '0x00' },
    { message: 'x'.repeat(4_097), signature: '0x00' },
    { message: 'x', signature: '0xzz' },
  ])('the body %j', async (body) => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    expect(await refused(site, '/v1/sign-in', init)).toMatchObject({ status: 400, code: 'bad-body' });
  });
});

test('nonces are bounded in number, whatever is asked', async () => {
  const slots = (await Promise.all(Array.from({ length: 300 }, () => nonceOf()))).length;
  expect(slots).toBe(300);
  const { results } = await bindings.DB.prepare('SELECT slot FROM sign_in_nonces').all<{ slot: number }>();
  expect(Math.max(...results.map(({ slot }) => slot))).toBeLessThan(65_536);
  expect(new Set(results.map(({ slot }) => slot)).size).toBe(results.length);
});
