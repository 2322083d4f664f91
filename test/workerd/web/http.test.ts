// Status codes, problems, methods, caching and entity tags: how the service speaks HTTP.
import { beforeAll, describe, expect, test } from 'vitest';
import { auditDetail } from '../../../schema/api/audits.ts';
import { health } from '../../../schema/api/network.ts';
import { DomainError } from '../../../workers/errors.ts';
import { httpApp } from '../../../workers/entries/http.ts';
import { json, refused } from '../support/ask.ts';
import { nodeIdOf } from '../support/ledger-rows.ts';
import { addNetworkEpoch } from '../support/network-rows.ts';
import { SMALL_NETWORK_LAST, smallNetwork } from '../support/small-network.ts';
import { bindings, revealMs, siteAt, webPorts } from '../support/web-env.ts';

const LAST = SMALL_NETWORK_LAST;
const site = siteAt(revealMs(LAST));

beforeAll(async () => {
  await smallNetwork();
  await addNetworkEpoch({ epoch: 9, nodes: [0, 1, 2, 3] });
}, 60_000);

describe('health', () => {
  test('says what answers', async () => {
    expect(await json(site, '/health', health)).toMatchObject({
      status: 'ok',
      role: 'validator',
      version: '0.1.0',
      troubles: [],
    });
  });
  test('names the steps in trouble without their messages', async () => {
    const insert =
      "INSERT INTO troubles (step, code, message, since, last) VALUES ('open', 'unavailable', 'epoch 99 is cursed', 1, 2)";
    await bindings.DB.prepare(insert).run();
    const body = await json(site, '/health', health);
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
      const answer = await app.request(`https://assay.test${path}`, {}, {});
      expect(answer.status).toBe(status);
      const text = await answer.text();
      expect(text).toContain(type);
      expect(text.includes('words of the cause')).toBe(quoted);
    }
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
    expect(await refused(site, path)).toMatchObject({ status, code });
  });
  test.each(['POST', 'PUT', 'DELETE', 'PATCH'])('%s is not allowed', async (method) => {
    for (const path of ['/v1/nodes', '/v1/consensus/9/statements', '/v1/validators', '/v1/faults']) {
      const answer = await site.get(path, { method });
      expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
      expect(await refused(site, path, { method })).toMatchObject({ code: 'method-not-allowed' });
    }
  });
  test('HEAD answers like GET, without a body', async () => {
    for (const path of [
      '/',
      '/health',
      '/v1/network',
      '/v1/epochs/10/archive',
      `/v1/nodes/${nodeIdOf(1)}`,
      '/v1/audits/9-1-0/transcript',
      '/network',
      '/v1/consensus',
      '/v1/consensus/9',
      '/v1/consensus/9/leaves',
      '/v1/consensus/9/scores/0',
      '/v1/validators',
    ]) {
      const [head, get] = [await site.get(path, { method: 'HEAD' }), await site.get(path)];
      expect([path, head.status, (await head.arrayBuffer()).byteLength]).toEqual([path, 200, 0]);
      expect(head.headers.get('etag')).toBe(get.headers.get('etag'));
      await get.arrayBuffer();
    }
  });
  test('an entity tag saves the second transfer, for scripts of other sites too', async () => {
    for (const path of ['/v1/network', '/v1/epochs/10/archive', '/v1/policy', '/v1/audits/9-1-0', '/v1/consensus/9/leaves']) {
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
    expect(await json(site, '/v1/audits/13-2-1', auditDetail)).toMatchObject({ id: '13-2-1', nodeIndex: 1 });
    expect(site.faults).toEqual([]);
  });
});
