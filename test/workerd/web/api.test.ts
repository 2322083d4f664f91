// Every JSON route over real rows: form, contents, errors, caching, and cursors that walk each row exactly once.
import { beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { fromHex, toHex, ZERO32 } from '../../../protocol/bytes.ts';
import { sha256 } from '../../../protocol/hash.ts';
import { policyHash } from '../../../protocol/policy.ts';
import { auditDetail, auditList, type AuditItem } from '../../../schema/api/audits.ts';
import { epochDetail, epochList, epochNodeList } from '../../../schema/api/epochs.ts';
import { health, network } from '../../../schema/api/network.ts';
import { nodeDetail, nodeList, type NodeItem } from '../../../schema/api/nodes.ts';
import { problem } from '../../../schema/api/problems.ts';
import { DomainError } from '../../../workers/errors.ts';
import { httpApp } from '../../../workers/entries/http.ts';
import type { Env } from '../../../workers/env.ts';
import { addEpoch, addNodes, nodeIdOf, type SeededEpoch } from '../support/ledger-rows.ts';
import { bindings, embeddedPolicy, freshDatabase, revealMs, siteAt, webPorts } from '../support/web-env.ts';

const LAST = 14;
const site = siteAt(revealMs(LAST));
const seeded = new Map<number, SeededEpoch>();

async function json<T extends z.ZodType>(path: string, schema: T): Promise<z.infer<T>> {
  const answer = await site.get(path);
  expect([answer.status, await answer.clone().text()]).toEqual([200, expect.any(String)]);
  return schema.parse(await answer.json());
}

async function refused(path: string, init?: RequestInit): Promise<{ status: number; code: string; detail: string }> {
  const answer = await site.get(path, init);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(answer.headers.get('cache-control')).toBe('no-store');
  const body = problem.parse(await answer.json());
  expect(body.status).toBe(answer.status);
  return { status: answer.status, code: body.type.replace('/problems/', ''), detail: body.detail };
}

/** All items of a list, page by page. */
async function walk<T>(path: string, schema: z.ZodType<{ items: T[]; next: string | null }>): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = '';
  for (let pages = 0; cursor !== null; pages++) {
    expect(pages).toBeLessThan(100);
    const step: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const page: { items: T[]; next: string | null } = await json(`${path}${step}`, schema);
    items.push(...page.items);
    cursor = page.next;
  }
  return items;
}

beforeAll(async () => {
  await freshDatabase();
  await addNodes(
    [0, 1, 2, 3, 4, 5, 6].map((index) => ({
      index,
      retired: index === 5,
      gpuClass: index === 6 ? 'h9000' : index % 2 ? 'cpu-fast' : 'cpu-demo',
    })),
  );
  await addNodes([
    { index: 0, fromEpoch: 9, url: 'https://moved.example.net/' },
    { index: 0, fromEpoch: 900, url: 'https://future.example.net/' },
    { index: 7, fromEpoch: 900 },
  ]);
  for (let epoch = 4; epoch <= LAST; epoch++) {
    seeded.set(
      epoch,
      await addEpoch({ epoch, nodes: epoch % 2 ? [0, 1, 2] : [0, 1, 2, 3], state: epoch === LAST ? 'sealed' : 'posted' }),
    );
  }
}, 60_000);

const epochOf = (epoch: number): SeededEpoch => {
  const found = seeded.get(epoch);
  if (found === undefined) throw new Error(`epoch ${String(epoch)} is not seeded`);
  return found;
};

describe('health', () => {
  test('says what answers', async () => {
    expect(await json('/health', health)).toMatchObject({ status: 'ok', role: 'validator', version: '0.1.0', troubles: [] });
  });
  test('names the steps in trouble without their messages', async () => {
    const insert =
      "INSERT INTO troubles (step, code, message, since, last) VALUES ('open', 'unavailable', 'epoch 99 is cursed', 1, 2)";
    await bindings.DB.prepare(insert).run();
    const body = await json('/health', health);
    expect(body.troubles).toEqual([{ step: 'open', code: 'unavailable', sinceMs: 1, lastMs: 2 }]);
    expect(JSON.stringify(body)).not.toContain('cursed');
    await bindings.DB.prepare('DELETE FROM troubles').run();
  });
  test('is 503 with a reason while the database fails', async () => {
    const views = { ...webPorts(0).views, troubles: async () => Promise.reject(new Error('D1_ERROR: secret words')) };
    const answer = await siteAt(revealMs(LAST), { views }).get('/health');
    expect(answer.status).toBe(503);
    const text = await answer.text();
    expect(health.parse(JSON.parse(text))).toMatchObject({
      status: 'unavailable',
      reason: expect.stringMatching(/database/) as string,
    });
    expect(text).not.toContain('secret words');
  });
  test.each([
    ['not_ready', 503, 'not-ready', true],
    ['misconfigured', 503, 'misconfigured', false],
    ['internal', 500, 'internal', false],
  ] as const)('a composition that throws %s is a problem', async (code, status, type, quoted) => {
    const app = httpApp(() => {
      throw new DomainError(code, 'words of the cause');
    });
    for (const path of ['/health', '/v1/network', '/']) {
      const answer = await app.request(`https://assay.test${path}`, {}, {} as Env);
      expect(answer.status).toBe(status);
      const text = await answer.text();
      expect(text).toContain(type);
      expect(text.includes('words of the cause')).toBe(quoted);
    }
  });
});

describe('network and policy', () => {
  test('network: identity, clock, last posted report, sums of revealed epochs', async () => {
    const body = await json('/v1/network', network);
    expect(body).toMatchObject({ chainId: 31337, revealedThrough: LAST, nodeCount: 7, policy: { name: 'embedded' } });
    expect(body.lastPosted).toMatchObject({
      epoch: LAST - 1,
      auditRoot: epochOf(LAST - 1).auditRoot,
      blockNumber: 100 + LAST - 1,
    });
    const rows = [...seeded.values()].flatMap((epoch) => epoch.rows);
    const count = (outcome: string): number => rows.filter((row) => row.outcome === outcome).length;
    expect(body.recent).toMatchObject({
      epochs: 11,
      due: rows.length,
      tally: { pass: count('pass'), fail: count('fail'), void: count('void') },
    });
  });
  test('before genesis there is nothing, and nothing breaks', async () => {
    const body = network.parse(await (await siteAt(0).get('/v1/network')).json());
    expect(body).toMatchObject({ now: null, revealedThrough: null, lastPosted: null, recent: { epochs: 0, due: 0 } });
  });
  test('policy: the very bytes that the registry holds the hash of', async () => {
    const answer = await site.get('/v1/policy');
    const bytes = new Uint8Array(await answer.arrayBuffer());
    expect(toHex(sha256(bytes))).toBe(policyHash(embeddedPolicy()));
  });
});

describe('nodes', () => {
  test('each node in effect once, by index, with its results', async () => {
    const nodes: NodeItem[] = await walk('/v1/nodes?limit=2', nodeList);
    expect(nodes.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    const [first, second] = nodes;
    expect(first).toMatchObject({
      host: 'moved.example.net',
      status: 'audited',
      standing: { enough: false, passRateLowerPpm: null },
    });
    const rows = [...seeded.values()].flatMap((epoch) => epoch.rows).filter((row) => row.nodeIndex === 1);
    expect(second?.totals).toEqual({
      pass: rows.filter((r) => r.outcome === 'pass').length,
      fail: rows.filter((r) => r.outcome === 'fail').length,
      void: 0,
    });
    expect(second?.failures).toEqual([{ reason: 'wrong_result', count: second?.totals.fail }]);
    expect(second?.lastAudit).toMatchObject({ id: `${String(LAST)}-3-1` });
    expect(nodes.map(({ status }) => status)).toEqual([
      ...Array.from({ length: 5 }, () => 'audited'),
      'retired',
      'unknown_class',
    ]);
    expect(nodes[4]).toMatchObject({ totals: { pass: 0, fail: 0, void: 0 }, lastAudit: null });
  });
  test('by class', async () => {
    const nodes: NodeItem[] = await walk('/v1/nodes?limit=1&class=cpu-fast', nodeList);
    expect(nodes.map(({ index }) => index)).toEqual([1, 3, 5]);
    expect(await walk('/v1/nodes?class=none-such', nodeList)).toEqual([]);
  });
  test('one node, with its epochs newest first', async () => {
    const body = await json(`/v1/nodes/${nodeIdOf(3)}`, nodeDetail);
    expect(body).toMatchObject({ index: 3, fromEpoch: 0, url: 'https://gpu-3.example.net/' });
    expect(body.epochs.map(({ epoch }) => epoch)).toEqual([14, 12, 10, 8, 6, 4]);
  });
  test('a node that is not in effect yet is not there', async () => {
    expect(await refused(`/v1/nodes/${nodeIdOf(7)}`)).toMatchObject({ status: 404, code: 'not-found' });
    expect(await refused(`/v1/nodes/${nodeIdOf(7)}/audits`)).toMatchObject({ status: 404, code: 'not-found' });
  });
  test('all audits of a node exactly once, newest first, also filtered', async () => {
    const path = `/v1/nodes/${nodeIdOf(2)}/audits?limit=7`;
    const audits: AuditItem[] = await walk(path, auditList);
    const rows = [...seeded.values()].flatMap((epoch) => epoch.rows).filter((row) => row.nodeIndex === 2);
    const ids = rows.map(({ epoch, slot, draw }) => `${String(epoch)}-${String(slot)}-${String(draw)}`).reverse();
    expect(audits.map(({ id }) => id)).toEqual(ids);
    const failed: AuditItem[] = await walk(`${path}&outcome=fail`, auditList);
    expect(failed).toEqual(audits.filter(({ outcome }) => outcome === 'fail'));
    const slow: AuditItem[] = await walk(`/v1/nodes/${nodeIdOf(2)}/audits?limit=1&reason=below_claim`, auditList);
    expect(slow).toEqual(audits.filter(({ reason }) => reason === 'below_claim'));
  });
  test('a filtered list whose scan ends early goes on from there', async () => {
    const { views } = webPorts(revealMs(LAST));
    const short = {
      ...views,
      nodeAudits: (...[horizon, index, page]: Parameters<typeof views.nodeAudits>) =>
        views.nodeAudits(horizon, index, { ...page, scan: 3 }),
    };
    const scanning = siteAt(revealMs(LAST), { views: short });
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const answer = await scanning.get(
        `/v1/nodes/${nodeIdOf(2)}/audits?outcome=fail${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      const page: z.infer<typeof auditList> = auditList.parse(await answer.json());
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.next;
    }
    const all: AuditItem[] = await walk(`/v1/nodes/${nodeIdOf(2)}/audits?outcome=fail`, auditList);
    expect(seen).toEqual(all.map(({ id }) => id));
  });
});

describe('epochs', () => {
  test('each once, newest first', async () => {
    const epochs = await walk('/v1/epochs?limit=4', epochList);
    expect(epochs.map(({ epoch }) => epoch)).toEqual([14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4]);
  });
  test('a posted one has its report; a sealed one does not show it before it is posted', async () => {
    const posted = await json('/v1/epochs/13', epochDetail);
    expect(posted.report?.archiveHash).toBe(epochOf(13).archiveHash);
    expect(posted.transactionHash).not.toBeNull();
    const sealed = await json('/v1/epochs/14', epochDetail);
    expect(sealed).toMatchObject({ state: 'sealed', report: null, reportHash: null, signature: null, transactionHash: null });
  });
  test('its summaries, page by page', async () => {
    const lines = await walk('/v1/epochs/12/nodes?limit=3', epochNodeList);
    expect(lines.map(({ nodeIndex, nodeId }) => [nodeIndex, nodeId])).toEqual(
      [0, 1, 2, 3].map((index) => [index, nodeIdOf(index)]),
    );
  });
});

describe('bytes', () => {
  test('the archive is what was hashed; its chunks are found by hash, with and without 0x', async () => {
    const { manifest, archiveHash, chunkHashes } = epochOf(10);
    const answer = await site.get('/v1/epochs/10/archive');
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(manifest);
    expect(answer.headers.get('etag')).toBe(`"${archiveHash}"`);
    expect(answer.headers.get('content-length')).toBe(String(manifest.length));
    expect(answer.headers.get('repr-digest')).toBe(`sha-256=:${btoa(String.fromCharCode(...fromHex(archiveHash)))}:`);
    expect(answer.headers.get('cache-control')).toContain('immutable');
    expect(chunkHashes.length).toBeGreaterThan(1);
    for (const hash of [archiveHash, ...chunkHashes]) {
      for (const name of [hash, hash.slice(2)]) {
        const object = await site.get(`/v1/objects/${name}`);
        expect([object.status, toHex(sha256(new Uint8Array(await object.arrayBuffer())))]).toEqual([200, hash]);
      }
    }
  });
  test('transcripts are cut from their chunk, each with its hash', async () => {
    for (const row of epochOf(9).rows) {
      const answer = await site.get(`/v1/audits/9-${String(row.slot)}-${String(row.draw)}/transcript`);
      if (row.transcriptHash === ZERO32) expect(answer.status).toBe(404);
      else expect(toHex(sha256(new Uint8Array(await answer.arrayBuffer())))).toBe(row.transcriptHash);
    }
    const hash = epochOf(9).rows[0]?.transcriptHash ?? '';
    expect((await refused(`/v1/objects/${hash}`)).detail).toContain('/transcript');
  });
  test('bytes without their hash, or gone, are never served', async () => {
    const { rows } = epochOf(4);
    const row = rows.find(({ slot, transcriptHash }) => slot === 1 && transcriptHash !== ZERO32);
    const path = `/v1/audits/4-1-${String(row?.draw)}/transcript`;
    const length = (await (await site.get(path)).arrayBuffer()).byteLength;
    await bindings.ARCHIVE.put('transcripts/4/1/0', new Uint8Array(4_096));
    const faulty = siteAt(revealMs(LAST));
    expect((await faulty.get(path)).status).toBe(500);
    expect(faulty.faults).toHaveLength(1);
    await bindings.ARCHIVE.put('transcripts/4/1/0', new Uint8Array(length - 1));
    expect((await faulty.get(path)).status).toBe(404);
    await bindings.ARCHIVE.delete('transcripts/4/1/0');
    expect(await refused(path)).toMatchObject({ status: 404, code: 'not-found' });
  });
});

describe('protocol of the web', () => {
  test.each([
    ['/v1/nothing', 404, 'unknown-route'],
    ['/v1', 404, 'unknown-route'],
    ['/v1/nodes/', 404, 'unknown-route'],
    ['/v1/nodes/0x12', 400, 'bad-id'],
    [`/v1/nodes/${'0x' + 'AB'.repeat(32)}`, 400, 'bad-id'],
    [`/v1/nodes/${'0x' + 'ab'.repeat(32)}`, 404, 'not-found'],
    ['/v1/audits/1-2', 400, 'bad-id'],
    ['/v1/audits/01-2-3', 400, 'bad-id'],
    ['/v1/audits/9-0-99', 404, 'not-found'],
    ['/v1/audits/9-0-99/transcript', 404, 'not-found'],
    ['/v1/epochs/x', 400, 'bad-id'],
    ['/v1/epochs/2', 404, 'not-found'],
    ['/v1/epochs/9999999999', 404, 'not-revealed'],
    ['/v1/epochs/2/archive', 404, 'not-found'],
    ['/v1/objects/xyz', 400, 'bad-id'],
    [`/v1/objects/${'ab'.repeat(32)}`, 404, 'not-found'],
    ['/v1/nodes?limit=0', 400, 'bad-query'],
    ['/v1/nodes?limit=101', 400, 'bad-query'],
    ['/v1/nodes?limit=1e1', 400, 'bad-query'],
    ['/v1/nodes?limit=1&limit=2', 400, 'bad-query'],
    ['/v1/nodes?limt=5', 400, 'bad-query'],
    ['/v1/nodes?class=%00', 400, 'bad-query'],
    ['/v1/nodes?cursor=zzz', 400, 'bad-cursor'],
    ['/v1/nodes?cursor=', 400, 'bad-cursor'],
    [`/v1/nodes?cursor=${btoa('e.3')}`, 400, 'bad-cursor'],
    [`/v1/epochs?cursor=${btoa('e.03')}`, 400, 'bad-cursor'],
    [`/v1/epochs?cursor=${'A'.repeat(5000)}`, 400, 'bad-cursor'],
    [`/v1/nodes/${nodeIdOf(1)}/audits?outcome=maybe`, 400, 'bad-query'],
    ['/v1/network?x=1', 400, 'bad-query'],
  ])('%s is %i %s', async (path, status, code) => {
    expect(await refused(path)).toMatchObject({ status, code });
  });
  test.each(['POST', 'PUT', 'DELETE', 'PATCH'])('%s is not allowed', async (method) => {
    const answer = await site.get('/v1/nodes', { method });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect(await refused('/v1/nodes', { method })).toMatchObject({ code: 'method-not-allowed' });
  });
  test('HEAD answers like GET, without a body', async () => {
    for (const path of [
      '/',
      '/health',
      '/v1/network',
      '/v1/epochs/10/archive',
      `/v1/nodes/${nodeIdOf(1)}`,
      '/v1/audits/9-1-0/transcript',
    ]) {
      const [head, get] = [await site.get(path, { method: 'HEAD' }), await site.get(path)];
      expect([path, head.status, (await head.arrayBuffer()).byteLength]).toEqual([path, 200, 0]);
      expect(head.headers.get('etag')).toBe(get.headers.get('etag'));
      await get.arrayBuffer();
    }
  });
  test('an entity tag saves the second transfer, for scripts of other sites too', async () => {
    for (const path of ['/v1/network', '/v1/epochs/10/archive', '/v1/policy', '/v1/audits/9-1-0']) {
      const first = await site.get(path);
      await first.arrayBuffer();
      const again = await site.get(path, { headers: { 'if-none-match': first.headers.get('etag') ?? '' } });
      expect([path, again.status]).toEqual([path, 304]);
      expect(again.headers.get('access-control-allow-origin')).toBe('*');
      expect(again.headers.get('cache-control')).toBe(first.headers.get('cache-control'));
    }
  });
  test('posted epochs keep, living answers do not', async () => {
    const caching = async (path: string): Promise<string | null> => (await site.get(path)).headers.get('cache-control');
    expect(await caching('/v1/epochs/13')).toContain('immutable');
    expect(await caching('/v1/audits/13-0-0')).toContain('immutable');
    expect(await caching('/v1/epochs/14')).toBe('public, max-age=3');
    expect(await caching('/v1/audits/14-0-0')).toBe('public, max-age=3');
    expect(await caching('/v1/nodes')).toBe('public, max-age=3');
  });
  test('preflight of another site', async () => {
    const answer = await site.get('/v1/nodes', {
      method: 'OPTIONS',
      headers: { origin: 'https://other.test', 'access-control-request-method': 'GET' },
    });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([204, '*']);
  });
  test('an audit detail has the form that it says', async () => {
    expect(await json('/v1/audits/13-2-1', auditDetail)).toMatchObject({ id: '13-2-1', nodeIndex: 1 });
    expect(site.faults).toEqual([]);
  });
});
