// What every route of the API has in common: bodies, parameters, other sites, the document and the pages about it.
import { createRoute, z } from '@hono/zod-openapi';
import { beforeAll, describe, expect, test } from 'vitest';
import { problemHelp } from '../../../schema/api/problem-help.ts';
import { PROBLEMS, type ProblemCode } from '../../../schema/api/problems.ts';
import { BODY_BYTES_MAX, boundBody, refuseRepeats } from '../../../workers/web/bounds.ts';
import { ending } from '../../../workers/web/deprecation.ts';
import type { ApiDocument } from '../../../workers/web/document.ts';
import { createApp, jsonAnswer, jsonBody, problems } from '../../../workers/web/openapi.ts';
import { problemOf } from '../../../workers/web/problem.ts';
import { json } from '../support/ask.ts';
import { freshDatabase, revealMs, siteAt, webPorts } from '../support/web-env.ts';

const site = siteAt(revealMs(1));
const PAGE_BYTES_MAX = 100_000;

beforeAll(freshDatabase);

/** A route that takes a body, alone. */
function echo() {
  const app = createApp();
  const body = z.strictObject({ name: z.string().max(100_000), list: z.array(z.int()).optional() });
  const route = createRoute({
    ...({ method: 'post', path: '/v1/echo', operationId: 'echo', tags: ['meta'], summary: 'Echo', deprecated: true } as const),
    middleware: [ending({ sinceMs: 1_800_000_000_000, untilMs: 1_840_000_000_000, successor: '/v2/echo' })],
    request: { body: jsonBody(body) },
    responses: { 200: jsonAnswer(body, 'The same.'), ...problems() },
  });
  app.use(refuseRepeats, boundBody);
  app.openapi(route, (c) => c.json(c.req.valid('json'), 200));
  app.onError((error, c) => c.json(problemOf(error), PROBLEMS[problemOf(error).code].status));
  return async (body: BodyInit, type = 'application/json'): Promise<[number, unknown, Headers]> => {
    const init = { method: 'POST', body, headers: { 'content-type': type } };
    const answer = await app.request(new Request('https://assay.test/v1/echo', init));
    const told = await answer.json<{ code?: string }>();
    return [answer.status, told.code ?? told, answer.headers];
  };
}

describe('bodies', () => {
  const send = echo();
  test.each([
    ['{"name":"a"}', 'application/json', 200, { name: 'a' }],
    ['{"name":"a"}', 'application/json; charset=utf-8', 200, { name: 'a' }],
    ['{"name":1}', 'application/json', 400, 'bad-body'],
    ['{"name":"a","x":1}', 'application/json', 400, 'bad-body'],
    ['{"name":', 'application/json', 400, 'bad-body'],
    ['', 'application/json', 400, 'bad-body'],
    ['{"name":"a"}', 'text/plain', 415, 'bad-media-type'],
    ['name=a', 'application/x-www-form-urlencoded', 415, 'bad-media-type'],
  ])('%s as %s is %i %o', async (body, type, status, told) => {
    expect((await send(body, type)).slice(0, 2)).toEqual([status, told]);
  });
  test('may be as large as the bound, and no byte more', async () => {
    const frame = '{"name":""}'.length;
    expect((await send(`{"name":"${'x'.repeat(BODY_BYTES_MAX - frame)}"}`))[0]).toBe(200);
    expect((await send(`{"name":"${'x'.repeat(BODY_BYTES_MAX - frame + 1)}"}`)).slice(0, 2)).toEqual([413, 'body-too-large']);
  });
  test('are counted as they come: an endless one is not read to its end', async () => {
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        sent += 8_192;
        controller.enqueue(new Uint8Array(8_192));
      },
    });
    expect((await send(endless)).slice(0, 2)).toEqual([413, 'body-too-large']);
    expect(sent).toBeLessThan(2 * BODY_BYTES_MAX);
  });
  test('a route that ends says so', async () => {
    const [, , headers] = await send('{"name":"a"}');
    expect(headers.get('deprecation')).toBe('@1800000000');
    expect(headers.get('sunset')).toBe('Sat, 22 Apr 2028 07:06:40 GMT');
    expect(headers.get('link')).toBe('</v2/echo>; rel="successor-version"');
  });
});

describe('other sites', () => {
  const headers = { origin: 'https://other.test' };
  const preflight = (method: string) =>
    site.get('/v1/webhooks', {
      method: 'OPTIONS',
      headers: { ...headers, 'access-control-request-method': method, 'access-control-request-headers': 'authorization' },
    });
  test('may read, with a key of their own, and see the headers that matter', async () => {
    const answer = await site.get('/v1/network', { headers });
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
    const exposed = answer.headers.get('access-control-expose-headers') ?? '';
    for (const name of ['ETag', 'RateLimit', 'Retry-After', 'Deprecation']) expect(exposed).toContain(name);
    const allowed = await preflight('GET');
    expect(allowed.headers.get('access-control-allow-headers')).toContain('Authorization');
  });
  test('may change nothing', async () => {
    const allowed = (await preflight('POST')).headers.get('access-control-allow-methods') ?? '';
    expect(allowed).toContain('GET');
    for (const method of ['POST', 'PATCH', 'DELETE', 'PUT']) expect(allowed).not.toContain(method);
    const answer = await site.get('/v1/webhooks', { method: 'POST', body: '{}', headers });
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('the API about itself', () => {
  test('serves its document from where it is asked, or where its operator says', async () => {
    const first = await site.get('/v1/openapi.json');
    const document = await first.json<ApiDocument>();
    expect([document.openapi, document.servers]).toEqual(['3.1.0', [{ url: 'https://assay.test' }]]);
    expect(document.info).toMatchObject({
      title: 'Assay',
      version: '0.1.0',
      description: expect.stringContaining('12 months') as string,
    });
    const again = await site.get('/v1/openapi.json', { headers: { 'if-none-match': first.headers.get('etag') ?? '' } });
    expect([again.status, again.headers.get('cache-control')]).toEqual([304, 'public, max-age=300']);
    const { settings } = webPorts(revealMs(1));
    const told = siteAt(revealMs(1), { settings: { ...settings, publicUrl: 'https://assay.example' } });
    const { servers } = await (await told.get('/v1/openapi.json')).json<ApiDocument>();
    expect(servers).toEqual([{ url: 'https://assay.example' }]);
  });
  test('shows every route in the reference, in a page of bounded weight that needs nobody else', async () => {
    const { paths } = await (await site.get('/v1/openapi.json')).json<ApiDocument>();
    const answer = await site.get('/reference');
    const html = await answer.text();
    for (const { operationId } of Object.values(paths).flatMap((methods) => Object.values(methods))) {
      expect(html).toContain(`<section class="route" id="${operationId}">`);
    }
    const packed = new Response(html).body?.pipeThrough(new CompressionStream('gzip'));
    expect((await new Response(packed).arrayBuffer()).byteLength).toBeLessThan(PAGE_BYTES_MAX);
    expect([...html.matchAll(/(?:src|href)="(https?:[^"]*)"/g)].map(([, url]) => url)).toEqual([]);
    expect(answer.headers.get('content-security-policy')).toContain("script-src 'self'; ");
    expect(answer.headers.get('content-security-policy')).toContain("connect-src 'self';");
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)/);
  });
  test.each(Object.keys(PROBLEMS) as ProblemCode[])('says what %s means, where its type leads', async (code) => {
    const help = await json(site, `/v1/problems/${code}`, problemHelp);
    expect(help).toMatchObject({ code, status: PROBLEMS[code].status, title: PROBLEMS[code].title });
    const page = await site.get(`/problems/${code}`);
    expect([page.status, (await page.text()).includes(PROBLEMS[code].title)]).toEqual([200, true]);
  });
  test('knows no other problem', async () => {
    expect((await site.get('/v1/problems/nothing')).status).toBe(400);
    expect((await site.get('/problems/nothing')).status).toBe(400);
  });
});
