// The typed client against the real app: its examples, what it throws, lists to their end, streams of events.
import { beforeAll, describe, expect, test } from 'vitest';
import { listNodes } from '../../../client/examples/list-nodes.ts';
import { proveScore } from '../../../client/examples/prove-score.ts';
import { readExport } from '../../../client/examples/read-export.ts';
import { EVENT_CHARS_MAX, events } from '../../../client/events.ts';
import { AssayProblem, createClient, pages, type AssayOptions } from '../../../client/index.ts';
import { nodeIdOf } from '../support/ledger-rows.ts';
import { addNetworkEpoch } from '../support/network-rows.ts';
import { SMALL_NETWORK_LAST, smallNetwork } from '../support/small-network.ts';
import { revealMs, siteAt } from '../support/web-env.ts';

const site = siteAt(revealMs(SMALL_NETWORK_LAST));
const asked: Request[] = [];
const options: AssayOptions = {
  baseUrl: 'https://assay.test',
  fetch: async (request) => {
    asked.push(request.clone());
    return site.app.fetch(request);
  },
};

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

beforeAll(async () => {
  await smallNetwork();
  await addNetworkEpoch({ epoch: 9, nodes: [0, 1, 2, 3, 4, 5, 6] });
}, 60_000);

describe('examples', () => {
  test('list every node with its score', async () => {
    const lines = await listNodes(options);
    expect(lines.map((line) => line.split(' ')[0])).toEqual([0, 1, 2, 3, 4, 5, 6].map(nodeIdOf));
    expect(lines[0]).toBe(`${nodeIdOf(0)} 985000`);
  });
  test('prove a score, or say that there is none', async () => {
    const proof = await proveScore(options, 9, 2);
    expect(proof).toMatchObject({ epoch: 9, tree: 'scoreRoot', leaf: { nodeIndex: 2, nodeId: nodeIdOf(2) } });
    expect(await proveScore(options, 8, 2)).toBeNull();
    expect(await proveScore(options, 9999, 2)).toBeNull();
  });
  test('read an export line by line', async () => {
    const lines = await all(readExport(options, 9));
    expect(lines[0]).toMatchObject({ type: 'header', epoch: 9, counts: { node: 7, validator: 4 } });
    expect(lines).toHaveLength(12);
  });
});

describe('the client', () => {
  test('throws a problem with its code, status and words', async () => {
    const api = createClient(options);
    const asking = api.GET('/v1/nodes/{id}', { params: { path: { id: '0x12' } } });
    const problem: unknown = await asking.catch((error: unknown) => error);
    expect(problem).toBeInstanceOf(AssayProblem);
    expect(problem).toMatchObject({
      code: 'bad-id',
      status: 400,
      title: 'The id in the path is malformed',
      retryAfterSeconds: null,
    });
    expect(String(problem)).toContain('64 lower-case hex digits');
  });
  test('says when to ask again', async () => {
    const body = { type: '/problems/over-quota', title: 'The quota is used up', status: 429, detail: 'Wait.' };
    const headers = { 'content-type': 'application/problem+json', 'retry-after': '17' };
    const api = createClient({ ...options, fetch: async () => Response.json(body, { status: 429, headers }) });
    await expect(api.GET('/v1/network')).rejects.toMatchObject({ code: 'over-quota', retryAfterSeconds: 17 });
  });
  test('does not take another server’s error for one of ours', async () => {
    const answers = [
      new Response('<h1>Bad gateway</h1>', { status: 502 }),
      new Response('{', { status: 502, headers: { 'content-type': 'application/problem+json' } }),
      Response.json({ type: 'about:blank' }, { status: 502, headers: { 'content-type': 'application/problem+json' } }),
    ];
    for (const answer of answers) {
      const api = createClient({ ...options, fetch: async () => answer });
      const { data, error, response } = await api.GET('/v1/network', { parseAs: 'text' });
      expect([data, response.status, error === undefined]).toEqual([undefined, 502, false]);
    }
  });
  test('sends its key, and sends none if it has none', async () => {
    asked.length = 0;
    const health = (key?: string) => createClient({ ...options, ...(key === undefined ? {} : { key }) }).GET('/health');
    await health();
    await health('assay_test_key');
    expect(asked.map((request) => request.headers.get('authorization'))).toEqual([null, 'Bearer assay_test_key']);
  });
});

describe('pages', () => {
  test('go to the end of a list, in order and without repeats', async () => {
    const api = createClient(options);
    const seen: number[] = [];
    for await (const items of pages((at) => api.GET('/v1/nodes', { params: { query: { limit: 2, ...at } } }))) {
      expect(items.length).toBeLessThanOrEqual(2);
      seen.push(...items.map(({ index }) => index));
    }
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });
  test('refuse to be led in a circle', async () => {
    let asks = 0;
    const circle = pages(async () => ({ data: { items: [asks++], next: 'again' } }));
    await expect(all(circle)).rejects.toThrow(/circle/);
    expect(asks).toBe(2);
  });
});

const streamOf = (...chunks: string[]): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start: (controller) => {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
      controller.close();
    },
  });

describe('events', () => {
  test('come whole, however they are cut', async () => {
    const text =
      ': open\n\nevent: progress\nid: 1\ndata: {"phase":\ndata: "commit"}\n\ndata: plain\r\n\r\nevent: done\ndata: {}\n\n';
    for (const size of [1, 3, 7, text.length]) {
      const chunks = text.match(new RegExp(`[^]{1,${String(size)}}`, 'g')) ?? [];
      expect(await all(events(streamOf(...chunks)))).toEqual([
        { event: 'progress', id: '1', data: { phase: 'commit' } },
        { event: 'message', id: null, data: 'plain' },
        { event: 'done', id: null, data: {} },
      ]);
    }
  });
  test('that are cut off at the end are none', async () => {
    expect(await all(events(streamOf('data: 1\n\ndata: 2\n')))).toEqual([{ event: 'message', id: null, data: 1 }]);
    expect(await all(events(null))).toEqual([]);
  });
  test('without end are refused', async () => {
    const endless = streamOf('data: ', 'x'.repeat(EVENT_CHARS_MAX), 'x');
    await expect(all(events(endless))).rejects.toThrow(/more than/);
  });
});
