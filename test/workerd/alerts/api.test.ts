// The routes of webhooks: what makes, changes and ends endpoints, what leaks to nobody, and the log with its replays. Names are resolved by a
// double; nothing is sent.
import { beforeEach, describe, expect, test, vi } from 'vitest';
import {
  deliveryList,
  endpointItem,
  endpointList,
  endpointMade,
  eventList,
  publicKey,
  replayed,
} from '../../../schema/api/webhooks.ts';
import { guard } from '../../../workers/services/guard.ts';
import type { WebPorts } from '../../../workers/services/views/ports.ts';
import { json, refused } from '../support/ask.ts';
import { seedTenant } from '../support/tenants.ts';
import { bindings, freshDatabase, siteAt, webPorts, type Site } from '../support/web-env.ts';
import { all, downEvent, sealedEvent, store } from './rows.ts';

// A machine that does ten other things at once needs more than the usual five seconds.
vi.setConfig({ testTimeout: 60_000 });

const NOW = 1_790_001_040_000;
const NAMES: Record<string, string[]> = {
  'receiver.example': ['93.184.216.34'],
  'inside.example': ['10.0.0.7'],
  'hooks.slack.com': ['3.5.6.7'],
};
const ADDRESS = 'https://receiver.example/hooks/t0ken';
/** A path may be a password. */
const SHOWN = 'https://receiver.example/…';
let woken = 0;
let poked: string[] = [];

function site(change: Partial<WebPorts['alerts']> = {}, nowMs = NOW): Site {
  const { alerts } = webPorts(nowMs);
  const local: Partial<WebPorts['alerts']> = {
    check: (url) => guard(url, new Set(), async (host) => NAMES[host] ?? []),
    wake: async () => {
      woken++;
    },
    poke: async (endpoint) => {
      poked.push(endpoint);
    },
  };
  return siteAt(nowMs, { alerts: { ...alerts, ...local, ...change } });
}

type Headers = Record<string, string>;
const send = (headers: Headers, method: string, body?: unknown): RequestInit => ({
  method,
  headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
  ...(body === undefined ? {} : { body: JSON.stringify(body) }),
});
const get = async (headers: Headers, path: string): Promise<Response> => site().get(path, { headers });

async function make(headers: Headers, change: object = {}): Promise<{ id: string; secret: string | null; shown: string }> {
  const answer = await site().get('/v1/webhooks', send(headers, 'POST', { url: ADDRESS, ...change }));
  expect([answer.status, await answer.clone().text()]).toEqual([201, expect.any(String)]);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  const { endpoint, secret } = endpointMade.parse(await answer.json());
  return { id: endpoint.id, secret, shown: endpoint.url };
}

let one: Headers;
let two: Headers;

beforeEach(async () => {
  await freshDatabase();
  woken = 0;
  poked = [];
  one = (await seedTenant('one', ['webhooks'])).headers;
  two = (await seedTenant('two', ['webhooks'])).headers;
});

describe('an endpoint', () => {
  test('is made, its secret shown once and stored encrypted', async () => {
    const { id, secret } = await make(one, { types: ['node.down'], note: 'on call' });
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const shown = await get(one, `/v1/webhooks/${id}`);
    const text = await shown.text();
    expect(endpointItem.parse(JSON.parse(text))).toMatchObject({
      id,
      url: SHOWN,
      types: ['node.down'],
      scheme: 'v1',
      state: 'active',
    });
    expect(text).not.toContain('whsec_');
    const [row] = await all('SELECT * FROM webhook_endpoints');
    for (const hidden of [secret ?? 'none', 't0ken']) expect(JSON.stringify(row)).not.toContain(hidden);
    const alerts = webPorts(NOW).alerts;
    expect(await alerts.vault()?.open(id, String(row?.['sealed']))).toMatchObject({ secret, url: ADDRESS });
    await expect(alerts.vault()?.open('ep_other', String(row?.['sealed']))).rejects.toThrow('VAULT_KEY');
  });

  test('of Slack shows no path, one of PagerDuty keeps its key to itself', async () => {
    const slack = await make(one, { url: 'https://hooks.slack.com/services/T0/B0/sEcReT', format: 'slack' });
    expect([slack.shown, slack.secret]).toEqual(['https://hooks.slack.com/…', null]);
    NAMES['events.pagerduty.com'] = ['44.1.2.3'];
    const key = 'R0UT1NGk3yR0UT1NGk3yR0UT1NGk3y00';
    const answer = await site().get('/v1/webhooks', send(one, 'POST', { format: 'pagerduty', routingKey: key }));
    expect(answer.status).toBe(201);
    const shown = JSON.stringify(await all('SELECT * FROM webhook_endpoints')) + (await answer.text());
    for (const hidden of ['sEcReT', key]) expect(shown).not.toContain(hidden);
  });

  test.each([
    ['a private address', { url: 'https://10.0.0.1/' }, 'bad-body', /not a public address/],
    ['a name of a private address', { url: 'https://inside.example/' }, 'bad-body', /not public/],
    ['plain http', { url: 'http://receiver.example/' }, 'bad-body', /not https/],
    ['no address', { url: undefined }, 'bad-body', /address is needed/],
    ['PagerDuty without its key', { format: 'pagerduty' }, 'bad-body', /integration key/],
    ['a key for another format', { routingKey: 'a'.repeat(32) }, 'bad-body', /only PagerDuty/],
    ['an unknown type', { types: ['node.exploded'] }, 'bad-body', /types/],
    ['an unknown field', { colour: 'red' }, 'bad-body', /colour/],
    ['a malformed node', { nodes: ['0x12'] }, 'bad-body', /nodes/],
  ])('with %s is refused', async (_what, change, code, words) => {
    const problem = await refused(site(), '/v1/webhooks', send(one, 'POST', { url: ADDRESS, ...change }));
    expect(problem.code).toBe(code);
    expect(problem.detail).toMatch(words);
    expect(await all('SELECT count(*) AS n FROM webhook_endpoints')).toEqual([{ n: 0 }]);
  });

  test('cannot be made without a vault, and the refusal names the mend', async () => {
    const problem = await refused(site({ vault: () => null }), '/v1/webhooks', send(one, 'POST', { url: ADDRESS }));
    expect([problem.status, problem.code]).toEqual([503, 'misconfigured']);
    expect(problem.detail).toContain('VAULT_KEY');
  });

  test('beyond the quota is refused, however many ask at once', async () => {
    const asked = Array.from({ length: 24 }, () => site().get('/v1/webhooks', send(one, 'POST', { url: ADDRESS })));
    const answers = await Promise.all(asked);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([
      ...Array<number>(20).fill(201),
      ...Array<number>(4).fill(429),
    ]);
    await make(two); // another tenant has a quota of its own
  });

  test('is changed where something is said, and checked again', async () => {
    const { id } = await make(one, { types: ['node.down'], note: 'a' });
    const changed = await site().get(`/v1/webhooks/${id}`, send(one, 'PATCH', { note: 'b', url: 'https://receiver.example/2' }));
    expect(endpointItem.parse(await changed.json())).toMatchObject({
      note: 'b',
      types: ['node.down'],
      url: SHOWN,
    });
    const problem = await refused(site(), `/v1/webhooks/${id}`, send(one, 'PATCH', { url: 'https://[::1]/' }));
    expect(problem.code).toBe('bad-body');
    const [row] = await all<{ sealed: string }>('SELECT sealed FROM webhook_endpoints');
    expect(
      await webPorts(NOW)
        .alerts.vault()
        ?.open(id, row?.sealed ?? ''),
    ).toMatchObject({ url: 'https://receiver.example/2' });
  });

  test('keeps the old secret beside a new one for a day', async () => {
    const { id, secret } = await make(one);
    const rotated = await (
      await site().get(`/v1/webhooks/${id}/rotate`, send(one, 'POST'))
    ).json<{ secret: string; previousUntilMs: number }>();
    expect(rotated.secret).not.toBe(secret);
    expect(rotated.previousUntilMs).toBe(NOW + 86_400_000);
    const [row] = await all<{ sealed: string }>('SELECT sealed FROM webhook_endpoints');
    expect(
      await webPorts(NOW)
        .alerts.vault()
        ?.open(id, row?.sealed ?? ''),
    ).toMatchObject({ secret: rotated.secret, previous: { secret } });
    const keyless = await make(one, { scheme: 'v1a' });
    expect((await refused(site(), `/v1/webhooks/${keyless.id}/rotate`, send(one, 'POST'))).code).toBe('conflict');
  });

  test('is deleted with everything that it had', async () => {
    const { id } = await make(one);
    await store(downEvent(1, 'a'), downEvent(1, 'b', { to: id }));
    expect((await site().get(`/v1/webhooks/${id}`, send(one, 'DELETE'))).status).toBe(204);
    expect((await refused(site(), `/v1/webhooks/${id}`, { headers: one })).code).toBe('not-found');
    expect(await all('SELECT (SELECT count(*) FROM deliveries) AS d, (SELECT count(*) FROM events) AS e')).toEqual([
      { d: 0, e: 1 },
    ]);
  });
});

describe('tenants', () => {
  test('see nothing of one another, whatever they ask', async () => {
    const { id } = await make(one);
    await store(downEvent(1, 'a'));
    const event = downEvent(1, 'a').id;
    for (const [method, path] of [
      ...[
        ['GET', ''],
        ['DELETE', ''],
        ['POST', '/rotate'],
        ['POST', '/test'],
        ['POST', '/enable'],
        ['GET', '/deliveries'],
      ],
      ...[['POST', `/deliveries/${event}/replay`]],
    ] as const) {
      expect(await refused(site(), `/v1/webhooks/${id}${path}`, send(two, method))).toMatchObject({ code: 'not-found' });
    }
    expect(await refused(site(), `/v1/webhooks/${id}`, send(two, 'PATCH', { note: 'mine' }))).toMatchObject({
      code: 'not-found',
    });
    expect(await refused(site(), `/v1/webhooks/${id}/replay`, send(two, 'POST', { fromMs: 0, throughMs: NOW }))).toMatchObject({
      code: 'not-found',
    });
    expect(
      await json(
        site(),
        '/v1/webhooks',
        endpointList.refine(() => true),
      ).catch(() => 'refused'),
    ).toBe('refused'); // without a key
    expect(endpointList.parse(await (await get(two, '/v1/webhooks')).json()).items).toEqual([]);
  });

  test('cannot use one another’s cursors', async () => {
    const made = [await make(one), await make(one)];
    for (let i = 0; i < 2; i++) await store(downEvent(i, `incident-${String(i)}`));
    await make(two);
    const id = made[0]?.id ?? '';
    const lists = { endpoints: '/v1/webhooks', events: '/v1/events', deliveries: `/v1/webhooks/${id}/deliveries` };
    for (const path of Object.values(lists)) {
      const { next } = await (await get(one, `${path}?limit=1`)).json<{ next: string }>();
      expect(next).toEqual(expect.any(String));
      const other = path === lists.deliveries ? `/v1/webhooks/${made[1]?.id ?? ''}/deliveries` : path;
      const headers = path === lists.deliveries ? one : two;
      expect(await refused(site(), `${other}?cursor=${next}`, { headers })).toMatchObject({ code: 'bad-cursor' });
      expect((await get(one, `${path}?cursor=${next}`)).status).toBe(200);
    }
  });

  test('need the scope', async () => {
    const { headers } = await seedTenant('reader', ['read']);
    for (const path of ['/v1/webhooks', '/v1/events']) {
      expect(await refused(site(), path, { headers })).toMatchObject({ status: 403 });
      expect(await refused(site(), path)).toMatchObject({ status: 401 });
    }
  });

  test('that leave take everything of theirs along', async () => {
    const { id } = await make(one);
    await store(downEvent(1, 'a'), downEvent(1, 'b', { to: id }));
    await webPorts(NOW).accounts.store.forget('one');
    const counts =
      'SELECT (SELECT count(*) FROM webhook_endpoints) AS w, (SELECT count(*) FROM deliveries) AS d, (SELECT count(*) FROM events) AS e';
    expect(await all(counts)).toEqual([{ w: 0, d: 0, e: 1 }]);
  });
});

describe('what makes this Worker ask an address', () => {
  test('may be had so often an hour only, by tenant, and is refused where nobody counts', async () => {
    const { id } = await make(one);
    await store(downEvent(1, 'a'));
    const event = downEvent(1, 'a').id;
    const test = () => site().get(`/v1/webhooks/${id}/test`, send(one, 'POST'));
    const replay = () => site().get(`/v1/webhooks/${id}/deliveries/${event}/replay`, send(one, 'POST'));
    const range = () => site().get(`/v1/webhooks/${id}/replay`, send(one, 'POST', { fromMs: 0, throughMs: 1 }));
    const tests = await Promise.all(Array.from({ length: 33 }, test));
    expect(tests.filter(({ status }) => status === 202)).toHaveLength(30);
    const replays = await Promise.all(Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? replay() : range())));
    expect(replays.filter(({ status }) => status === 202)).toHaveLength(10);
    const over = await test();
    expect([over.status, over.headers.get('ratelimit')]).toEqual([429, expect.stringContaining('"tests";r=0')]);
    expect(Number(over.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await all("SELECT count(*) AS n FROM events WHERE type = 'endpoint.test'")).toEqual([{ n: 30 }]);
    const own = await make(two);
    expect((await site().get(`/v1/webhooks/${own.id}/test`, send(two, 'POST'))).status).toBe(202);

    const { accounts } = webPorts(NOW);
    const silent = { ...accounts, quota: { ...accounts.quota, take: () => Promise.reject(new Error('silent')) } };
    const answer = await siteAt(NOW, { accounts: silent }).get(`/v1/webhooks/${own.id}/test`, send(two, 'POST'));
    expect(answer.status).toBe(503);
  });
});

describe('events and deliveries', () => {
  test('are listed, each with its attempts; a test event goes to its endpoint and into its tenant’s stream only', async () => {
    const { id } = await make(one);
    await make(one);
    const sent = await site().get(`/v1/webhooks/${id}/test`, send(one, 'POST'));
    const { event } = await sent.json<{ event: string }>();
    expect([sent.status, woken]).toEqual([202, 1]);
    await store(downEvent(1, 'a'), sealedEvent(4));
    const log = deliveryList.parse(await (await get(one, `/v1/webhooks/${id}/deliveries`)).json());
    expect(log.items.map((item) => [item.event.type, item.state])).toEqual([
      ...[
        ['epoch.sealed', 'due'],
        ['node.down', 'due'],
        ['endpoint.test', 'due'],
      ],
    ]);
    const mine = eventList.parse(await (await get(one, '/v1/events')).json());
    expect(mine.items.map(({ type }) => type)).toEqual(['endpoint.test', 'node.down', 'epoch.sealed']);
    expect(mine.items[0]?.id).toBe(event);
    const theirs = eventList.parse(await (await get(two, '/v1/events')).json());
    expect(theirs.items.map(({ type }) => type)).toEqual(['node.down', 'epoch.sealed']);
    await store(downEvent(1, 'b'));
    const later = eventList.parse(await (await get(two, `/v1/events?cursor=${theirs.next ?? ''}`)).json());
    expect(later.items.map(({ sequence }) => sequence)).toEqual([2]);
  });

  test('are replayed, one or a range, as the filters say', async () => {
    await store(downEvent(1, 'before'));
    const { id } = await make(one, { types: ['node.down'] });
    await store(downEvent(1, 'a'), sealedEvent(4), downEvent(2, 'b'));
    await bindings.DB.prepare("UPDATE deliveries SET state = 'delivered', finished_at = 1, attempts = 1, tries = 1").run();
    const path = `/v1/webhooks/${id}`;
    const again = await site().get(`${path}/deliveries/${downEvent(1, 'a').id}/replay`, send(one, 'POST'));
    expect(replayed.parse(await again.json())).toEqual({ events: 1, next: null });
    expect(await all('SELECT state FROM deliveries ORDER BY event')).toEqual([{ state: 'due' }, { state: 'delivered' }]);
    const range = await site().get(`${path}/replay`, send(one, 'POST', { fromMs: 0, throughMs: NOW }));
    expect(replayed.parse(await range.json())).toEqual({ events: 3, next: null });
    expect(await all('SELECT DISTINCT state, tries FROM deliveries')).toEqual([{ state: 'due', tries: 0 }]);
    expect([woken, poked]).toEqual([0, [id, id]]); // nothing new waits, and nobody else has to be looked at
    const backwards = await refused(site(), `${path}/replay`, send(one, 'POST', { fromMs: 2, throughMs: 1 }));
    expect(backwards.code).toBe('bad-body');
  });

  test('of a disabled endpoint wait for it to be enabled', async () => {
    const { id } = await make(one);
    await bindings.DB.prepare(
      "UPDATE webhook_endpoints SET state = 'disabled', disabled_reason = 'r', disabled_at = 1, failing_since = 1",
    ).run();
    await store(downEvent(1, 'a'));
    const path = `/v1/webhooks/${id}`;
    for (const verb of ['/test', `/deliveries/${downEvent(1, 'a').id}/replay`]) {
      expect((await refused(site(), `${path}${verb}`, send(one, 'POST'))).code).toBe('conflict');
    }
    const enabled = endpointItem.parse(await (await site().get(`${path}/enable`, send(one, 'POST'))).json());
    expect(enabled).toMatchObject({ state: 'active', disabledReason: null, failingSinceMs: null });
    await store(downEvent(1, 'a'), downEvent(1, 'b'));
    expect(await all('SELECT count(*) AS n FROM deliveries')).toEqual([{ n: 1 }]); // what came meanwhile is replayed on demand only
  });

  test('are verified with a key that everybody may read', async () => {
    const { publicKey: key } = await json(site(), '/v1/webhooks/public-key', publicKey);
    expect(key).toMatch(/^whpk_[A-Za-z0-9+/]{43}=$/);
  });
});
