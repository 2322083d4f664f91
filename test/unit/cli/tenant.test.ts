// `assay tenant` against an API on loopback that answers as the Worker does: what is sent, what is printed, and that no key is ever told but a
// new one, once. test/workerd/accounts holds the Worker's side against the same schemas.
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createKeyBody, createTenantBody, rotateKeyBody, type NewKey, type WhoAmI } from '../../../schema/api/accounts.ts';
import { assay } from './io.ts';

const NOW = 1_790_000_000_000;
const ID = '4fQ81vTz';
const OWN_KEY = `assay_${ID}_${'x'.repeat(49)}`;
const NEW_KEY = `assay_Zz81vT4f_${'y'.repeat(49)}`;
const ADMIN_KEY = 'an-operators-key-of-a-test-0123456789';

const limits = { requestsPerMinute: 600, auditsPerDay: 100, endpointsMax: 20 };
const tenant = { tenant: 'tnt_one', name: 'One', wallet: null, createdAtMs: NOW, limits };
const made: NewKey = {
  ...{ id: 'Zz81vT4f', prefix: 'assay_Zz81vT4f', name: 'laptop', scopes: ['read', 'keys'], state: 'live', origin: 'made' },
  ...{ createdAtMs: NOW, expiresAtMs: null, revokedAtMs: null, lastUsedAtMs: null, successor: null, key: NEW_KEY },
};
const { key: _key, ...item } = made;

type Asked = { readonly method: string; readonly path: string; readonly key: string; readonly body: unknown };
let asked: Asked[] = [];
/** What the next requests are answered. */
let answers: { status: number; body: unknown }[] = [];
let server: Server;
let api = '';

async function read(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text === '' ? null : (JSON.parse(text) as unknown);
}

beforeAll(async () => {
  server = createServer((request, response) => {
    void read(request).then((body) => {
      asked.push({ method: request.method ?? '', path: request.url ?? '', key: request.headers.authorization ?? '', body });
      const { status, body: told } = answers.shift() ?? { status: 500, body: {} };
      response.writeHead(status, status === 302 ? { location: 'http://127.0.0.1:9/' } : {});
      response.end(told === null ? undefined : typeof told === 'string' ? told : JSON.stringify(told));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  api = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  [asked, answers] = [[], []];
});

const env = { ASSAY_API_KEY: OWN_KEY, ASSAY_ADMIN_KEY: ADMIN_KEY };
const run = (...words: string[]) => assay(['tenant', ...words, '--api', api], env);

describe('tenant create', () => {
  it('sends the operator’s key and prints the new one, alone on standard output', async () => {
    answers = [{ status: 201, body: { tenant, key: made } }];
    const { code, out, err } = await run(
      'create',
      '--name',
      'One',
      '--scopes',
      'read,keys',
      '--days',
      '2',
      '--audits-per-day',
      '7',
    );
    expect([code, out]).toEqual([0, NEW_KEY]);
    expect(err).toContain('shown this once');
    expect(asked).toMatchObject([{ method: 'POST', path: '/v1/tenants', key: `Bearer ${ADMIN_KEY}` }]);
    expect(createTenantBody.parse(asked[0]?.body)).toEqual({
      ...{ name: 'One', scopes: ['read', 'keys'], limits: { auditsPerDay: 7 }, expiresInSeconds: 172_800 },
    });
  });

  it('leaves out what was not said, and answers in JSON', async () => {
    answers = [{ status: 201, body: { tenant, key: made } }];
    const { code, out, err } = await run('create', '--name', 'One', '--json');
    expect([code, JSON.parse(out), err]).toEqual([0, { tenant, key: made }, '']);
    expect(asked[0]?.body).toEqual({ name: 'One', limits: {} });
  });
});

describe('tenant', () => {
  it('show says who it is', async () => {
    const me: WhoAmI = { ...tenant, key: { id: ID, scopes: ['read'] } };
    answers = [
      { status: 200, body: me },
      { status: 200, body: me },
    ];
    const { code, out } = await run('show');
    expect(code).toBe(0);
    for (const part of ['tnt_one  One', `assay_${ID}  read`, '600 requests a minute', '2026-09-21 14:13'])
      expect(out).toContain(part);
    expect(out).not.toContain(OWN_KEY.slice(-20));
    expect(JSON.parse((await run('show', '--json')).out)).toEqual(me);
    expect(asked[0]).toMatchObject({ method: 'GET', path: '/v1/tenant', key: `Bearer ${OWN_KEY}` });
  });

  it('keys walks every page', async () => {
    answers = [
      { status: 200, body: { items: [item], next: 'next_1' } },
      { status: 200, body: { items: [{ ...item, id: 'other000', state: 'revoked', revokedAtMs: NOW }], next: null } },
    ];
    const { code, out } = await run('keys');
    expect([code, asked.map(({ path }) => path)]).toEqual([0, ['/v1/keys?limit=100', '/v1/keys?limit=100&cursor=next_1']]);
    expect(out.split('\n')).toHaveLength(3);
    expect(out).toMatch(/Zz81vT4f +live +laptop +read,keys/);
    expect(out).toMatch(/other000 +revoked/);
  });

  it('keys ends with a list that has no end', async () => {
    answers = Array.from({ length: 100 }, () => ({ status: 200, body: { items: [item], next: 'again' } }));
    const { code, err } = await run('keys');
    expect([code, asked.length, err]).toEqual([2, 20, 'assay tenant: The API’s list of keys has no end. Check --api.']);
  });

  it('key makes one', async () => {
    answers = [{ status: 201, body: made }];
    expect(await run('key', '--name', 'laptop', '--scopes', 'read')).toMatchObject({ code: 0, out: NEW_KEY });
    expect(createKeyBody.parse(asked[0]?.body)).toEqual({ name: 'laptop', scopes: ['read'] });
  });

  it('rotate replaces the key in use, or another', async () => {
    answers = [
      { status: 201, body: made },
      { status: 201, body: made },
    ];
    expect(await run('rotate')).toMatchObject({ code: 0, out: NEW_KEY });
    expect(await run('rotate', '--key', 'assay_other000', '--overlap-hours', '0')).toMatchObject({ code: 0 });
    expect(asked.map(({ path }) => path)).toEqual([`/v1/keys/${ID}/rotate`, '/v1/keys/other000/rotate']);
    expect(asked.map(({ body }) => rotateKeyBody.parse(body).overlapSeconds)).toEqual([86_400, 0]);
  });

  it('revoke ends one', async () => {
    answers = [{ status: 200, body: { ...item, state: 'revoked', revokedAtMs: NOW } }];
    expect(await run('revoke', '--key', 'Zz81vT4f')).toMatchObject({ code: 0, out: 'assay_Zz81vT4f (laptop) is revoked.' });
    expect(asked[0]).toMatchObject({ method: 'DELETE', path: '/v1/keys/Zz81vT4f' });
  });

  it('delete names the tenant once more', async () => {
    answers = [{ status: 204, body: null }];
    expect(await run('delete', '--confirm', 'tnt_one')).toMatchObject({
      code: 0,
      out: expect.stringContaining('Tenant tnt_one') as string,
    });
    expect(asked[0]).toMatchObject({ method: 'DELETE', path: '/v1/tenant?confirm=tnt_one' });
  });
});

describe('what goes wrong', () => {
  const problem = {
    type: '/problems/forbidden',
    title: 'This key may not do that',
    status: 403,
    detail: 'It lacks the scope keys.',
  };
  it.each<[string, { status: number; body: unknown }, string]>([
    ['a refusal', { status: 403, body: problem }, 'This key may not do that. It lacks the scope keys.'],
    [
      'a gateway’s page',
      { status: 502, body: '<html>' },
      'The API answers /v1/keys with status 502. Check --api, or try again later.',
    ],
    [
      'another form',
      { status: 200, body: { items: 1 } },
      'The API’s answer to /v1/keys has another form than this version knows. Check --api, or update this tool.',
    ],
    [
      'no JSON',
      { status: 200, body: 'ok' },
      'The API’s answer to /v1/keys has another form than this version knows. Check --api, or update this tool.',
    ],
    ['a redirect', { status: 302, body: '' }, 'The API answers /v1/keys with status 302. Check --api, or try again later.'],
    [
      'a flood',
      { status: 200, body: ' '.repeat(1_100_000) },
      'The API’s answer to /v1/keys is longer than any of its answers is. Check --api.',
    ],
  ])('%s ends with 2 and a sentence', async (_, answer, sentence) => {
    answers = [answer];
    expect(await run('keys')).toEqual({ code: 2, out: '', err: `assay tenant: ${sentence}` });
    expect(asked).toHaveLength(1);
  });

  it('nobody listens', async () => {
    const ran = await assay(['tenant', 'show', '--api', 'http://127.0.0.1:9'], env);
    expect(ran).toEqual({
      code: 2,
      out: '',
      err: 'assay tenant: The API does not answer /v1/tenant. Check --api and the network.',
    });
  });

  const here = ['--api', 'http://127.0.0.1:9'];
  it.each<[string, string[], Record<string, string>, RegExp]>([
    ['no verb', [], env, /Say what to do: create, show, keys/],
    ['no such verb', ['make'], env, /There is no "make" for a tenant/],
    ['no API', ['show'], env, /--api is missing/],
    ['plain http to elsewhere', ['show', '--api', 'http://audits.example.org'], env, /--api must be https/],
    ['a query in --api', ['show', '--api', 'https://audits.example.org/?x'], env, /must not have a query/],
    ['a flag of another verb', ['show', '--name', 'x', ...here], env, /--name/],
    ['no name', ['create', ...here], env, /--name is missing/],
    ['no scopes', ['key', '--name', 'x', ...here], env, /--scopes is missing/],
    [
      'scopes that are none',
      ['key', '--name', 'x', '--scopes', 'read,all', ...here],
      env,
      /--scopes must be some of read, audits/,
    ],
    ['a scope twice', ['key', '--name', 'x', '--scopes', 'read,read', ...here], env, /each once/],
    ['a bad life', ['key', '--name', 'x', '--scopes', 'read', '--days', '0', ...here], env, /--days must be an integer/],
    ['a bad overlap', ['rotate', '--overlap-hours', '721', ...here], env, /--overlap-hours must be/],
    ['no id', ['revoke', ...here], env, /--key is missing/],
    ['no confirmation', ['delete', ...here], env, /--confirm is missing/],
    ['no key in the environment', ['show', ...here], {}, /ASSAY_API_KEY is not set/],
    ['no operator’s key', ['create', '--name', 'x', ...here], { ASSAY_API_KEY: OWN_KEY }, /ASSAY_ADMIN_KEY is not set/],
    ['a key that is no header', ['show', ...here], { ASSAY_API_KEY: 'se\ncret' }, /holds something that is no key/],
    ['a key of another service', ['rotate', ...here], { ASSAY_API_KEY: 'secret' }, /begin with assay_/],
    ['a whole key for an id', ['revoke', '--key', OWN_KEY, ...here], env, /Never give the whole key here/],
  ])('%s', async (_, words, its, reason) => {
    const { code, out, err } = await assay(['tenant', ...words], its);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(reason);
    for (const secret of [OWN_KEY.slice(-20), 'se\ncret', ADMIN_KEY]) expect(err).not.toContain(secret);
    expect(asked).toEqual([]);
  });

  it('help names every verb and both variables', async () => {
    const { code, out } = await assay(['help', 'tenant']);
    expect(code).toBe(0);
    for (const word of ['create', 'show', 'keys', 'key', 'rotate', 'revoke', 'delete', 'ASSAY_ADMIN_KEY', 'ASSAY_API_KEY'])
      expect(out).toContain(word);
  });
});
