// Ordering audits on demand over the API: once a key, within quota and bounds, and nobody else's business.
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { spotList } from '../../../schema/api/spots.ts';
import { runSpot } from '../../../workers/services/spots/run-spot.ts';
import {
  SPOTS_PER_NODE_MINUTE_MAX,
  STREAMS_PER_ORDER_MAX,
  STREAMS_PER_TENANT_MAX,
} from '../../../workers/services/spots/limits.ts';
import { HOLD_MS } from '../../../workers/services/accounts/limits.ts';
import { openStream } from '../../../workers/services/spots/open-stream.ts';
import { seedTenant, type TestTenant } from '../support/tenants.ts';
import { d1Accounts } from '../../../workers/adapters/d1-accounts.ts';
import { bindings, freshDatabase, siteAt, webPorts } from '../support/web-env.ts';
import { NOW_MS, detailIn, endedAs, nodeId, problemIn, runnerWith, seedNodes, shopAt, store } from './support.ts';

beforeEach(async () => {
  await freshDatabase();
  await seedNodes();
});

const problemOr202 = async (response: Response): Promise<string> => (response.status === 202 ? '202' : problemIn(response));

describe('an order', () => {
  test('is taken with 202, and says where to look', async () => {
    const [shop, acme] = [shopAt(), await seedTenant('acme')];
    const response = await shop.order(acme, { node: nodeId(0) });
    expect(response.status).toBe(202);
    const detail = await detailIn(response);
    expect(detail).toMatchObject({ kind: 'gemm', state: 'queued', outcome: null, proof: null, nodeId: nodeId(0) });
    expect(detail.steps).toEqual([{ step: 'queued', atMs: NOW_MS }]);
    expect(response.headers.get('location')).toBe(`/v1/audits/on-demand/${detail.id}`);
    expect(response.headers.get('ratelimit')).toContain('"audits"');
    expect(shop.sent).toEqual([detail.id]);
    expect(await detailIn(await shop.get(detail.links.self, { headers: acme.headers }))).toEqual(detail);
    expect(shop.faults).toEqual([]);
  });

  test('the same key and body are the same audit, charged once; another body is a conflict', async () => {
    const [shop, acme] = [shopAt(), await seedTenant('acme', undefined, { auditsPerDay: 1 })];
    const first = await detailIn(await shop.order(acme, { node: nodeId(0), kind: 'presence' }, 'one'));
    const again = await shop.order(acme, { node: nodeId(0), kind: 'presence' }, 'one');
    expect(again.status).toBe(200);
    expect((await detailIn(again)).id).toBe(first.id);
    expect(shop.sent).toEqual([first.id]);
    expect(await problemIn(await shop.order(acme, { node: nodeId(0) }, 'one'))).toBe('409 /problems/conflict');
    expect(await problemIn(await shop.order(acme, { node: nodeId(3), kind: 'presence' }, 'one'))).toBe('409 /problems/conflict');
    expect(await problemIn(await shop.order(acme, { node: nodeId(3) }, 'two'))).toBe('429 /problems/over-quota');
  });

  test('ten at once with one key are one', async () => {
    const [shop, acme] = [shopAt(), await seedTenant('acme', undefined, { auditsPerDay: 20 })];
    const answers = await Promise.all(Array.from({ length: 10 }, () => shop.order(acme, { node: nodeId(0) }, 'same')));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    const ids = await Promise.all(answers.map(async (answer) => (await detailIn(answer)).id));
    expect(new Set(ids).size).toBe(1);
    expect(shop.sent).toHaveLength(1);
    // What the others took of the quota was given back.
    const { headers } = await shop.order(acme, { node: nodeId(3) });
    expect(headers.get('ratelimit')).toContain('"audits";r=18');
  });

  test('two tenants with one key are two', async () => {
    const shop = shopAt();
    const [acme, bolt] = [await seedTenant('acme'), await seedTenant('bolt')];
    const ids = [await shop.order(acme, { node: nodeId(0) }, 'k'), await shop.order(bolt, { node: nodeId(0) }, 'k')];
    expect(ids.map(({ status }) => status)).toEqual([202, 202]);
    expect(new Set(shop.sent).size).toBe(2);
  });

  test('a lost message loses no order', async () => {
    const shop = shopAt(NOW_MS, { queue: { send: () => Promise.reject(new Error('the queue is away')) } });
    const response = await shop.order(await seedTenant('acme'), { node: nodeId(0) });
    expect(response.status).toBe(202);
  });
});

describe('what is refused', () => {
  test('nodes that are none, retired, or without such work; nothing is charged', async () => {
    const [shop, acme] = [shopAt(), await seedTenant('acme', undefined, { auditsPerDay: 1 })];
    expect(await problemIn(await shop.order(acme, { node: `0x${'ab'.repeat(32)}` }))).toBe('404 /problems/not-found');
    expect(await problemIn(await shop.order(acme, { node: nodeId(1) }))).toBe('410 /problems/gone');
    expect(await problemIn(await shop.order(acme, { node: nodeId(2) }))).toBe('409 /problems/conflict');
    expect((await shop.order(acme, { node: nodeId(2), kind: 'presence' })).status).toBe(202);
  });

  test('no key of one’s own, no good body, no idempotency key', async () => {
    const [shop, acme] = [shopAt(), await seedTenant('acme')];
    const body = JSON.stringify({ node: nodeId(0) });
    const send = (headers: Record<string, string>, text = body) =>
      shop.get('/v1/audits', { method: 'POST', headers, body: text });
    const key = { 'idempotency-key': 'x' };
    expect(await problemIn(await send({ 'content-type': 'application/json', ...key }))).toBe('401 /problems/unauthenticated');
    const reader = await seedTenant('reader', ['read']);
    expect(await problemIn(await send({ ...reader.headers, ...key }))).toBe('403 /problems/forbidden');
    expect(await problemIn(await send({ ...acme.headers }))).toBe('400 /problems/bad-header');
    expect(await problemIn(await send({ ...acme.headers, 'idempotency-key': 'x'.repeat(129) }))).toBe('400 /problems/bad-header');
    expect(await problemIn(await send({ ...acme.headers, ...key }, '{}'))).toBe('400 /problems/bad-body');
    const more = JSON.stringify({ node: nodeId(0), kind: 'vram' });
    expect(await problemIn(await send({ ...acme.headers, ...key }, more))).toBe('400 /problems/bad-body');
    expect(shop.sent).toEqual([]);
  });

  test('a node has to bear so many a minute from all tenants together', async () => {
    const shop = shopAt();
    const bolt = await seedTenant('bolt', undefined, { auditsPerDay: 1 });
    for (let i = 0; i < SPOTS_PER_NODE_MINUTE_MAX; i++) {
      expect((await shop.order(await seedTenant(`t-${String(i)}`), { node: nodeId(0) })).status).toBe(202);
    }
    const answer = await shop.order(bolt, { node: nodeId(0) });
    expect(answer.headers.get('retry-after')).toBe('60');
    expect(await problemIn(answer)).toBe('429 /problems/over-quota');
    expect((await shop.order(bolt, { node: nodeId(3) })).status).toBe(202); // and the refused one was not charged
    const later = shopAt(NOW_MS + 61_000);
    expect((await later.order(await seedTenant('acme'), { node: nodeId(0) })).status).toBe(202);
  });

  test('one tenant has one of them a minute, and deleting itself or others makes no room', async () => {
    const shop = shopAt();
    const order = async (tenant: string) => problemOr202(await shop.order(await seedTenant(tenant), { node: nodeId(0) }));
    expect(await order('acme')).toBe('202');
    await d1Accounts(bindings.DB).forget('acme');
    expect(await order('acme')).toBe('429 /problems/over-quota'); // the same id again, as a wallet's is
    for (const tenant of ['b', 'c', 'd']) {
      expect(await order(tenant)).toBe('202');
      await d1Accounts(bindings.DB).forget(tenant);
    }
    expect(await order('e')).toBe('429 /problems/over-quota');
    const { results } = await bindings.DB.prepare('SELECT * FROM spot_asks').all();
    expect([results.length, JSON.stringify(results).includes('acme')]).toEqual([SPOTS_PER_NODE_MINUTE_MAX, false]);
    await store.forgetAsks(NOW_MS + 1, 0);
    expect(await order('f')).toBe('202');
  });

  test('at once: as many as there is room for, and no more', async () => {
    const shop = shopAt();
    const tenants = await Promise.all(Array.from({ length: 12 }, (_, i) => seedTenant(`t-${String(i)}`)));
    const answers = await Promise.all(tenants.map((tenant) => shop.order(tenant, { node: nodeId(0) })));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(SPOTS_PER_NODE_MINUTE_MAX);
    expect(shop.sent).toHaveLength(SPOTS_PER_NODE_MINUTE_MAX);
  });

  test('at a gateway too, nodes that are none, retired or without such work', async () => {
    const { settings } = webPorts(NOW_MS);
    const gateway = { ...settings, role: 'gateway', validator: null, signer: null } as const;
    const shop = shopAt(NOW_MS, { upstreamCount: () => 2 }, gateway);
    const acme = await seedTenant('acme', undefined, { auditsPerDay: 1 });
    expect(await problemIn(await shop.order(acme, { node: `0x${'ab'.repeat(32)}` }))).toBe('404 /problems/not-found');
    expect(await problemIn(await shop.order(acme, { node: nodeId(1) }))).toBe('410 /problems/gone');
    expect(await problemIn(await shop.order(acme, { node: nodeId(2) }))).toBe('409 /problems/conflict');
    expect((await shop.order(acme, { node: nodeId(0) })).status).toBe(202);
  });

  test('a gateway without validators says so', async () => {
    const ports = webPorts(NOW_MS);
    const site = siteAt(NOW_MS, { settings: { ...ports.settings, role: 'gateway', validator: null, signer: null } });
    const acme = await seedTenant('acme');
    const init = {
      method: 'POST',
      headers: { ...acme.headers, 'idempotency-key': 'k' },
      body: JSON.stringify({ node: nodeId(0) }),
    };
    expect(await problemIn(await site.get('/v1/audits', init))).toBe('503 /problems/misconfigured');
  });
});

describe('what is shown', () => {
  test('another tenant’s order is as if it were not there, in every route', async () => {
    const shop = shopAt();
    const [acme, bolt] = [await seedTenant('acme'), await seedTenant('bolt')];
    const { id, links } = await detailIn(await shop.order(acme, { node: nodeId(0) }));
    const { runner } = runnerWith(async (row, seed) => endedAs(row, seed));
    await runSpot(runner, id);
    for (const path of [links.self, links.events, `${links.self}/transcript`]) {
      expect(await problemIn(await shop.get(path, { headers: bolt.headers }))).toBe('404 /problems/not-found');
      expect((await shop.get(path)).status).toBe(401);
      expect((await shop.get(path, { headers: acme.headers })).status).toBe(200);
    }
    const list = spotList.parse(await (await shop.get('/v1/audits/on-demand', { headers: bolt.headers })).json());
    expect(list).toEqual({ items: [], next: null });
  });

  test('a list goes on from its cursor, which is no good at another’s', async () => {
    const shop = shopAt();
    const [acme, bolt] = [await seedTenant('acme'), await seedTenant('bolt')];
    const ids: string[] = [];
    for (const index of [0, 3, 4, 5]) ids.push((await detailIn(await shop.order(acme, { node: nodeId(index) }))).id);
    const page = async (query: string, by = acme) => shop.get(`/v1/audits/on-demand?${query}`, { headers: by.headers });
    const first = spotList.parse(await (await page('limit=3')).json());
    const second = spotList.parse(await (await page(`limit=3&cursor=${first.next ?? ''}`)).json());
    expect([...first.items, ...second.items].map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    expect([first.items.length, second.next]).toEqual([3, null]);
    expect(await problemIn(await page(`cursor=${first.next ?? ''}`, bolt))).toBe('400 /problems/bad-cursor');
  });

  test('the seed is told at the end only', async () => {
    const [shop, acme] = [shopAt(), await seedTenant('acme')];
    const { id, links } = await detailIn(await shop.order(acme, { node: nodeId(0) }));
    let [during, seedThen] = ['', ''];
    const { runner } = runnerWith(async (row, seed) => {
      during = await (await shop.get(links.self, { headers: acme.headers })).text();
      seedThen = seed;
      return endedAs(row, seed);
    });
    await runSpot(runner, id);
    expect(during).toContain('"running"');
    expect(during).not.toContain(seedThen);
    const detail = await detailIn(await shop.get(links.self, { headers: acme.headers }));
    expect(detail).toMatchObject({ state: 'done', outcome: 'pass', reason: 'none', measure: 99, elapsedMs: 12 });
    expect(detail.proof?.seed).toBe(seedThen);
    const transcript = await shop.get(detail.links.transcript ?? '', { headers: acme.headers });
    expect(new TextDecoder().decode(await transcript.arrayBuffer())).toBe(`a transcript of ${nodeId(0)}`);
  });

  test('progress as events: each step once, in order, to the end; the last id goes on', async () => {
    const [shop, acme] = [shopAt(), await seedTenant('acme')];
    const { id, links } = await detailIn(await shop.order(acme, { node: nodeId(0) }));
    const stream = await shop.get(links.events, { headers: acme.headers });
    expect(stream.headers.get('content-type')).toContain('text/event-stream');
    const { runner } = runnerWith(async (row, seed, note) => {
      for (const step of ['challenged', 'committed', 'opened'] as const) {
        await note(step);
        await new Promise((done) => setTimeout(done, 20));
      }
      return endedAs(row, seed, 'wrong_result');
    });
    const [text] = await Promise.all([stream.text(), runSpot(runner, id)]);
    const names = [...text.matchAll(/^event: (\w+)$/gm)].map(([, name]) => name);
    expect(names).toEqual(['queued', 'challenged', 'committed', 'opened', 'verified', 'done']);
    expect(text).toContain('"outcome":"fail","reason":"wrong_result"');
    const rest = await (await shop.get(links.events, { headers: { ...acme.headers, 'last-event-id': '4' } })).text();
    expect([...rest.matchAll(/^event: (\w+)$/gm)].map(([, name]) => name)).toEqual(['verified', 'done']);
    expect(rest).toContain('id: 5\n');
  });
});

describe('streams', () => {
  const open = async (shop: ReturnType<typeof shopAt>, by: TestTenant, id: string) =>
    shop.get(`/v1/audits/on-demand/${id}/events`, { headers: by.headers });

  test('so many of an order and of a tenant, over all instances; one that ends makes room', async () => {
    const [shop, other] = [shopAt(), shopAt()];
    const [acme, bolt] = [await seedTenant('acme'), await seedTenant('bolt')];
    const ids: string[] = [];
    for (const index of [0, 3, 4]) ids.push((await detailIn(await shop.order(acme, { node: nodeId(index) }))).id);
    const [first = '', second = '', third = ''] = ids;
    const opened: Response[] = [];
    for (const id of [first, first, second, second, third]) opened.push(await open(shop, acme, id));
    expect(opened.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(opened.length).toBe(STREAMS_PER_TENANT_MAX);
    const refused = await open(other, acme, third); // another instance, the same counter
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '10']);
    expect(await problemIn(refused)).toBe('429 /problems/over-quota');
    const theirs = await detailIn(await shop.order(bolt, { node: nodeId(5) }));
    const his = await open(shop, bolt, theirs.id);
    expect(his.status).toBe(200);
    await opened[4]?.body?.cancel();
    const mine: Response[] = [];
    await vi.waitFor(async () => {
      const again = await open(other, acme, third);
      expect(again.status).toBe(200);
      mine.push(again);
    });
    for (const response of [...opened.slice(0, 4), ...mine, his]) await response.body?.cancel();
  });

  test('two of one order', async () => {
    const [shop, acme] = [shopAt(), await seedTenant('acme')];
    const { id } = await detailIn(await shop.order(acme, { node: nodeId(0) }));
    const opened: Response[] = [];
    for (let i = 0; i <= STREAMS_PER_ORDER_MAX; i++) opened.push(await open(shop, acme, id));
    expect(opened.map(({ status }) => status)).toEqual([200, 200, 429]);
    for (const { body } of opened) await body?.cancel();
  });

  test('a reader that vanished locks nobody out for long; one that stays keeps its place', async () => {
    const [shop, acme] = [shopAt(), await seedTenant('acme')];
    const { id } = await detailIn(await shop.order(acme, { node: nodeId(0) }));
    const { accounts, spots } = webPorts(NOW_MS);
    let now = NOW_MS;
    const ports = { accounts, spots, nowMs: () => now };
    const [stays, gone] = [
      await openStream(ports, { tenant: 'acme', order: id }),
      await openStream(ports, { tenant: 'acme', order: id }),
    ];
    expect([stays.ok, gone.ok]).toEqual([true, true]);
    now += HOLD_MS - 1;
    if (stays.ok) await stays.value.keep();
    expect((await openStream(ports, { tenant: 'acme', order: id })).ok).toBe(false);
    now += 1;
    expect((await openStream(ports, { tenant: 'acme', order: id })).ok).toBe(true);
    expect((await openStream(ports, { tenant: 'acme', order: id })).ok).toBe(false);
  });
});
