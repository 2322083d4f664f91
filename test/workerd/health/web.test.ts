// What each reader gets: the public what is revealed, keys with the scope what is now, seats and gateways the sightings; and nobody else.
import { beforeEach, describe, expect, test } from 'vitest';
import { toHex, type Hex } from '../../../protocol/bytes.ts';
import { sha256 } from '../../../protocol/hash.ts';
import { signDigest, signerAddress } from '../../../protocol/signer.ts';
import { sightingsDigest } from '../../../protocol/sightings-request.ts';
import { incidentList } from '../../../schema/api/incidents.ts';
import { maintenanceList, quietItem, quietList, unwellList } from '../../../schema/api/quiets.ts';
import { SEAT_HEADER, sightingList } from '../../../schema/api/sightings.ts';
import { d1HealthStore } from '../../../workers/adapters/d1-health-store.ts';
import { d1Quiets } from '../../../workers/adapters/d1-quiets.ts';
import { guardedPeers } from '../../../workers/adapters/peers.ts';
import { askPeers, seatSources, upstreamSources } from '../../../workers/services/health/ask-peers.ts';
import { healthHook } from '../../../workers/services/health/hear.ts';
import {
  MAINTENANCE_MS_MAX,
  MUTE_MS_MAX,
  PUBLIC_NOTICE_MS_MIN,
  QUIETS_MAX,
  SEAT_REQUEST_MS_MAX,
  SINCE_MS_MAX,
} from '../../../workers/services/health/limits.ts';
import { sight } from '../../../workers/services/health/sight.ts';
import { addNodes, nodeIdOf } from '../support/ledger-rows.ts';
import { seatOf, store } from '../support/network-rows.ts';
import { seedTenant } from '../support/tenants.ts';
import { bindings, CLOCK, freshDatabase, gatewayPorts, REGISTRY, revealMs, siteAt, VALIDATOR } from '../support/web-env.ts';
import { EPOCH, heardRow, NOW, PEER, rigOf, wordOf } from './support.ts';

const KEY = sha256(new Uint8Array([1]));
const STRANGER = sha256(new Uint8Array([2]));
const DOMAIN = { chainId: 31337, registry: REGISTRY };
const READER = seatOf(1).operator;
/** Within the epoch after, before anything of this one is revealed. */
const AT = NOW + 25_000;
const now = () => siteAt(AT);

beforeEach(async () => {
  await freshDatabase();
  await addNodes([0, 1, 2].map((index) => ({ index })));
  const seats = [
    { ...seatOf(0), operator: VALIDATOR },
    { ...seatOf(1), signer: signerAddress(KEY) },
  ];
  await store().observe({ epoch: EPOCH, policyHash: `0x${'9a'.repeat(32)}`, nodeCount: 3, seats, beacon: null }, []);
});

/** Node 1 is suspected since epoch 20, and down since epoch 21. */
async function outage(): Promise<void> {
  const rig = rigOf();
  rig.nowMs = NOW + 7_000;
  await healthHook(rig.context).heard(EPOCH, heardRow(1, 'unreachable'));
  await rig.deliver();
  await rig.deliver();
  await sight(rig.context, { clock: CLOCK, askPeers: async () => [wordOf(PEER, [1])] }, rig.nowMs);
}

function seatHeader(change: { key?: Uint8Array; reader?: Hex; owner?: Hex; timeMs?: number; saidMs?: number } = {}): HeadersInit {
  const { key = KEY, reader = READER, owner = VALIDATOR, timeMs = AT, saidMs = timeMs } = change;
  const signature = signDigest(sightingsDigest(DOMAIN, { reader, owner, timeMs }), key);
  return { [SEAT_HEADER]: `${reader} ${String(saidMs)} ${signature}` };
}

describe('incidents', () => {
  test('are public with their epoch’s reveal, as they stood then, and not before', async () => {
    await outage();
    const before = siteAt(revealMs(EPOCH) - 1);
    expect(incidentList.parse(await (await before.get('/v1/incidents')).json()).items).toEqual([]);
    expect(await (await before.get('/incidents.atom')).text()).not.toContain('<entry>');
    const after = siteAt(revealMs(EPOCH));
    const { items } = incidentList.parse(await (await after.get('/v1/incidents')).json());
    expect(items).toHaveLength(1);
    // Confirmed in the next epoch: that is not public yet.
    expect(items[0]).toMatchObject({ severity: 'suspected', open: true, confirmedAtMs: null, node: { index: 1 } });
    const later = siteAt(revealMs(EPOCH + 3));
    const whole = incidentList.parse(await (await later.get(`/v1/incidents?node=${nodeIdOf(1)}`)).json());
    expect(whole.items[0]).toMatchObject({ severity: 'down' });
    expect((await later.get(`/v1/incidents?node=${nodeIdOf(2)}`)).status).toBe(200);
    expect(incidentList.parse(await (await later.get(`/v1/incidents?node=${nodeIdOf(2)}`)).json()).items).toEqual([]);
    const id = items[0]?.id ?? '';
    expect((await before.get(`/v1/incidents/${id}`)).status).toBe(404);
    expect((await later.get(`/v1/incidents/${id}`)).status).toBe(200);
  });

  test('pages go on where the last one ended', async () => {
    const sql = `INSERT INTO incidents (id, node_index, node_id, severity, cause, opened_at_ms, seen_by, events) VALUES (?, ?, ?, 'suspected', 'timeout', ?, '[]', '[]')`;
    for (let i = 0; i < 7; i++) {
      await bindings.DB.prepare(sql)
        .bind(`inc_${'0'.repeat(23)}${String(i)}`, i % 3, nodeIdOf(i % 3), NOW + Math.floor(i / 3))
        .run();
    }
    const site = siteAt(revealMs(EPOCH + 1));
    const seen: string[] = [];
    for (let cursor = '', pages = 0; pages < 5; pages++) {
      const page = incidentList.parse(await (await site.get(`/v1/incidents?limit=3${cursor}`)).json());
      seen.push(...page.items.map(({ id }) => id));
      if (page.next === null) break;
      cursor = `&cursor=${page.next}`;
    }
    expect(seen).toHaveLength(7);
    expect(new Set(seen).size).toBe(7);
  });

  test('make a well-formed feed, whatever they hold', async () => {
    await outage();
    await bindings.DB.prepare(`UPDATE incidents SET cause = '<script>&"' || char(8)`).run();
    const site = siteAt(revealMs(EPOCH + 3));
    for (const path of ['/incidents.atom', `/nodes/${nodeIdOf(1)}/incidents.atom`]) {
      const answer = await site.get(path);
      expect(answer.headers.get('content-type')).toBe('application/atom+xml; charset=utf-8');
      const text = await answer.text();
      expect(text).toContain('&lt;script&gt;&amp;&quot;)');
      for (const tag of ['feed', 'entry', 'id', 'title', 'updated', 'author', 'summary']) {
        const opened = text.split(new RegExp(`<${tag}[ >]`)).length;
        expect(opened, tag).toBe(text.split(`</${tag}>`).length);
        expect(opened, tag).toBeGreaterThan(1);
      }
    }
    expect((await site.get(`/nodes/0x${'00'.repeat(32)}/incidents.atom`)).status).toBe(404);
  });
});

describe('what is now', () => {
  test('is for keys with the scope webhooks only', async () => {
    await outage();
    const subscriber = await seedTenant('subscriber', ['webhooks']);
    const reader = await seedTenant('reader', ['read']);
    const list = unwellList.parse(await (await now().get('/v1/health/nodes', { headers: subscriber.headers })).json());
    expect(list.items).toMatchObject([{ node: { index: 1 }, state: 'down', incident: { severity: 'down' } }]);
    const id = list.items[0]?.incident?.id ?? '';
    expect((await now().get(`/v1/incidents/${id}`, { headers: subscriber.headers })).status).toBe(200);
    expect((await now().get(`/v1/incidents/${id}`, { headers: reader.headers })).status).toBe(404);
    expect((await now().get('/v1/health/nodes', { headers: reader.headers })).status).toBe(403);
    expect((await now().get('/v1/health/nodes')).status).toBe(401);
  });
});

describe('trouble of an own line', () => {
  test('is told to keys with the scope webhooks, and to nobody in public', async () => {
    const sql = `INSERT INTO troubles (step, code, message, since, last) VALUES (?, 'unavailable', '', ?, ?)`;
    for (const step of ['line', 'post']) await bindings.DB.prepare(sql).bind(step, NOW, AT).run();
    const texts = await Promise.all(
      ['/health', '/metrics', '/status', '/v1/network'].map(async (path) => (await now().get(path)).text()),
    );
    expect(texts[0]).toContain('"post"');
    expect(texts[1]).toContain('step="post"');
    expect(texts[1]).toContain('assay_own_troubles 1\n');
    for (const text of texts) expect(text).not.toMatch(/["\s>]line["\s<]/);
    const { headers } = await seedTenant('subscriber', ['webhooks']);
    const unwell = async () => unwellList.parse(await (await now().get('/v1/health/nodes', { headers })).json());
    expect((await unwell()).ownLineSinceMs).toBe(NOW);
    await bindings.DB.prepare('DELETE FROM troubles').run();
    expect((await unwell()).ownLineSinceMs).toBeNull();
  });
});

describe('sightings', () => {
  const ask = (headers?: HeadersInit) => now().get('/v1/sightings', headers === undefined ? {} : { headers });

  test('are told to a seat’s signer and to keys with the scope', async () => {
    await outage();
    const answer = sightingList.parse(await (await ask(seatHeader())).json());
    expect(answer).toMatchObject({ validator: VALIDATOR, items: [{ node: 1, state: 'absent', sinceMs: NOW - 2_000 }] });
    const gateway = await seedTenant('gateway', ['sightings']);
    expect((await ask(gateway.headers)).status).toBe(200);
  });

  test.each([
    ['without anything', undefined],
    ['with another key’s signature', seatHeader({ key: STRANGER })],
    ['by somebody without a seat', seatHeader({ reader: seatOf(9).operator, key: STRANGER })],
    ['meant for another validator', seatHeader({ owner: seatOf(2).operator })],
    ['too old', seatHeader({ timeMs: AT - SEAT_REQUEST_MS_MAX - 1 })],
    ['too new', seatHeader({ timeMs: AT + SEAT_REQUEST_MS_MAX + 1 })],
    ['with a newer time than was signed', seatHeader({ timeMs: NOW - 120_000, saidMs: AT })],
    ['malformed', { [SEAT_HEADER]: `${READER} now 0x00` }],
    ['endless', { [SEAT_HEADER]: `${READER} ${'1'.repeat(4_000)}` }],
  ])('are refused to a request %s', async (_name, headers) => {
    const answer = await ask(headers);
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ type: '/problems/unauthenticated' });
  });

  test('are refused to a key without the scope, and a gateway has none', async () => {
    const reader = await seedTenant('reader', ['read', 'webhooks']);
    expect((await ask(reader.headers)).status).toBe(403);
    const gateway = await seedTenant('gateway', ['sightings']);
    const site = siteAt(AT, gatewayPorts(AT));
    expect((await site.get('/v1/sightings', { headers: gateway.headers })).status).toBe(404);
  });

  test('an upstream speaks for the validator that it was taken for only, and of the last day', async () => {
    const answer = { validator: PEER, atMs: NOW, items: [{ node: 1, state: 'absent', sinceMs: 5 }] };
    const peers = { get: async () => new TextEncoder().encode(JSON.stringify(answer)) };
    const upstream = (operator: Hex) => ({ url: `https://${operator.slice(2, 6)}.example`, key: 'assay_x', operator });
    const words = await askPeers(peers, upstreamSources([upstream(PEER), upstream(READER)]), NOW);
    expect(words).toEqual([
      {
        ...{ source: 'https://b2b2.example', validator: PEER, heardAtMs: NOW },
        sightings: [{ node: 1, state: 'absent', sinceMs: NOW - SINCE_MS_MAX }],
      },
    ]);
  });

  test('what a peer answers is bounded and its own word only', async () => {
    const own = { domain: DOMAIN, operator: READER, sign: (digest: Hex) => signDigest(digest, KEY) };
    const seats = [seatOf(1), { ...seatOf(0), operator: VALIDATOR }, seatOf(2), seatOf(3), seatOf(4)];
    const sources = seatSources(seats, own, NOW);
    expect(sources.map(({ source }) => source)).not.toContain(READER);
    const list = (validator: Hex, node: number) => ({
      validator,
      atMs: NOW,
      items: [{ node, state: 'absent', sinceMs: NOW + 9_000 }],
    });
    const answers = new Map<string, unknown>([
      [seatOf(0).url, list(VALIDATOR, 1)],
      [seatOf(2).url, list(VALIDATOR, 2)], // speaks for another
      [seatOf(3).url, { items: 'many' }],
    ]);
    const peers = {
      get: async (base: string) => (answers.has(base) ? new TextEncoder().encode(JSON.stringify(answers.get(base))) : null),
    };
    const words = await askPeers(peers, sources, NOW);
    expect(words).toEqual([
      { source: VALIDATOR, validator: VALIDATOR, heardAtMs: NOW, sightings: [{ node: 1, state: 'absent', sinceMs: NOW }] },
    ]);
    const guard = guardedPeers(new Set(), async () => ['10.0.0.1']);
    expect(await askPeers(guard, sources, NOW)).toEqual([]);
  });
});

describe('quiets', () => {
  const post = (headers: HeadersInit, body: object) =>
    now().get('/v1/quiets', { method: 'POST', headers, body: JSON.stringify(body) });
  const HOUR = 3_600_000;

  test('are a tenant’s own: made, listed and removed by it only', async () => {
    await outage();
    const [one, two] = [await seedTenant('one'), await seedTenant('two')];
    const made = await post(one.headers, { kind: 'mute', node: nodeIdOf(1), untilMs: NOW + HOUR, note: 'known' });
    expect(made.status).toBe(201);
    const { id, node } = quietItem.parse(await made.json());
    expect(node?.index).toBe(1);
    const [incident] = unwellList.parse(await (await now().get('/v1/health/nodes', { headers: one.headers })).json()).items;
    expect((await post(one.headers, { kind: 'acknowledge', incident: incident?.incident?.id })).status).toBe(201);
    const listed = async (headers: HeadersInit) =>
      quietList.parse(await (await now().get('/v1/quiets', { headers })).json()).items.length;
    expect([await listed(one.headers), await listed(two.headers)]).toEqual([2, 0]);
    const remove = async (headers: HeadersInit) => (await now().get(`/v1/quiets/${id}`, { method: 'DELETE', headers })).status;
    expect(await remove(two.headers)).toBe(404);
    expect(await remove(one.headers)).toBe(204);
    expect(await remove(one.headers)).toBe(404);
  });

  test.each([
    ['a mute in the past', { kind: 'mute', untilMs: NOW }, 400],
    ['a mute without end', { kind: 'mute', untilMs: NOW + 400 * 86_400_000 }, 400],
    ['of nobody', { kind: 'mute', node: `0x${'00'.repeat(32)}`, untilMs: NOW + HOUR }, 404],
    ['of no incident', { kind: 'acknowledge', incident: `inc_${'0'.repeat(24)}` }, 404],
    ['a window of two days', { kind: 'maintenance', node: nodeIdOf(1), fromMs: NOW, untilMs: NOW + 2 * MAINTENANCE_MS_MAX }, 400],
    ['a window the wrong way round', { kind: 'maintenance', node: nodeIdOf(1), fromMs: NOW + HOUR, untilMs: NOW + HOUR }, 400],
    ['something else', { kind: 'silence' }, 400],
  ])('%s is refused', async (_name, body, status) => {
    expect((await post((await seedTenant('one')).headers, body)).status).toBe(status);
  });

  test('maintenance for all is the operator’s, announced ahead, and a few times only', async () => {
    const tenant = await seedTenant('operator');
    const window = (i: number, fromMs = AT + HOUR) => ({
      ...{ kind: 'maintenance', node: nodeIdOf(1), public: true, fromMs: fromMs + i, untilMs: fromMs + HOUR },
    });
    expect((await post(tenant.headers, window(0))).status).toBe(403);
    const [row] = (await bindings.DB.prepare('SELECT operator FROM node_versions WHERE node_index = 1').all<{ operator: Hex }>())
      .results;
    await bindings.DB.prepare('UPDATE tenants SET wallet = ?')
      .bind(row?.operator ?? '')
      .run();
    expect((await post(tenant.headers, window(0, NOW))).status).toBe(400); // has begun
    expect((await post(tenant.headers, window(0, AT + PUBLIC_NOTICE_MS_MIN - 1))).status).toBe(400); // may be meant for what has begun
    for (let i = 0; i < 4; i++) expect((await post(tenant.headers, window(i))).status).toBe(201);
    expect((await post(tenant.headers, window(4))).status).toBe(429);
    const shown = maintenanceList.parse(await (await now().get('/v1/maintenance')).json());
    expect(shown.items).toHaveLength(4);
    expect(JSON.stringify(shown)).not.toContain('operator"');
  });

  test('a window that was announced is used up: ended early, or its tenant forgotten', async () => {
    const wallet = `0x${'5a'.repeat(20)}`;
    await bindings.DB.prepare('UPDATE node_versions SET operator = ?').bind(wallet).run();
    const operator = async (name: string) => {
      const tenant = await seedTenant(name);
      await bindings.DB.prepare('UPDATE tenants SET wallet = CASE tenant WHEN ? THEN ? END').bind(name, wallet).run();
      return tenant.headers;
    };
    const window = { kind: 'maintenance', node: nodeIdOf(1), public: true, fromMs: AT + HOUR, untilMs: AT + 2 * HOUR };
    const announced = async () =>
      maintenanceList.parse(await (await now().get('/v1/maintenance')).json()).items.map(({ id }) => id);
    const one = await operator('one');
    for (let i = 0; i < 3; i++) {
      const { id } = quietItem.parse(await (await post(one, window)).json());
      expect(await announced()).toEqual([id]);
      const end = () => now().get(`/v1/quiets/${id}`, { method: 'DELETE', headers: one });
      expect([(await end()).status, await announced(), (await end()).status]).toEqual([204, [], 404]);
    }
    expect((await post(one, window)).status).toBe(201);
    expect((await now().get('/v1/tenant?confirm=one', { method: 'DELETE', headers: one })).status).toBe(204);
    expect(await announced()).toEqual([]);
    const two = await operator('two');
    expect((await post(two, window)).status).toBe(429);
    expect((await post(two, { ...window, public: false })).status).toBe(201);
    // A month after the last one was to end, the count begins anew.
    await d1HealthStore(bindings.DB).prune(0, window.untilMs + MUTE_MS_MAX + 1);
    expect((await post(two, window)).status).toBe(201);
  });

  test('what a window held while it lasted stays held when it is ended', async () => {
    const store = d1Quiets(bindings.DB);
    const node = { index: 1, id: nodeIdOf(1) };
    const window = {
      kind: 'maintenance',
      public: true,
      node,
      incident: null,
      note: '',
      fromMs: NOW,
      untilMs: NOW + HOUR,
    } as const;
    const limits = { tenantMax: 9, publicMax: 9, sinceMs: 0 };
    await store.add({ ...window, id: 'qt_1', tenant: 'one', createdAtMs: NOW - HOUR }, limits);
    expect(await store.remove('two', 'qt_1', NOW + 5)).toBe(false);
    expect(await store.remove('one', 'qt_1', NOW + 5)).toBe(true);
    expect(await bindings.DB.prepare('SELECT from_ms, until_ms FROM quiets').first()).toEqual({
      from_ms: NOW,
      until_ms: NOW + 5,
    });
  });

  test('a tenant has so many at most', async () => {
    const { headers } = await seedTenant('one');
    const sql = `INSERT INTO quiets (id, tenant, kind, public, from_ms, until_ms, note, created_at_ms)
      SELECT 'qt_' || value, 'one', 'mute', 0, 0, ?1, '', 0 FROM json_each(?2)`;
    const ids = JSON.stringify(Array.from({ length: QUIETS_MAX }, (_, i) => toHex(sha256(new Uint8Array([i, 7]))).slice(2, 26)));
    await bindings.DB.prepare(sql)
      .bind(NOW + 9 * HOUR, ids)
      .run();
    expect((await post(headers, { kind: 'mute', untilMs: NOW + HOUR })).status).toBe(429);
  });
});
