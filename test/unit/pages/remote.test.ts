// What the reader's browser asks for "Verify this": only addresses that a page may ask, bounded answers, no redirect, and plain words when it fails.
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { remotePorts } from '../../../workers/web/browser/remote.ts';

const servers: Server[] = [];

async function rpcAt(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
}

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

test.each([
  '',
  'rpc.example.org',
  'http://rpc.example.org',
  'ftp://127.0.0.1',
  'javascript:alert(1)',
  'http://127.0.0.1.example.org/',
])('is not asked: %s', (url) => {
  expect(() => remotePorts(url)).toThrow('begins with https://');
});

test('a call is JSON-RPC with an id of its own; its result comes back', async () => {
  const bodies: unknown[] = [];
  const url = await rpcAt((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      bodies.push({ type: request.headers['content-type'], ...(JSON.parse(body) as object) });
      response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, result: '0x7a69' }));
    });
  });
  const { rpc } = remotePorts(url);
  expect([await rpc('eth_chainId', []), await rpc('eth_chainId', [])]).toEqual(['0x7a69', '0x7a69']);
  expect(bodies).toEqual(
    [1, 2].map((id) => ({ type: 'application/json', jsonrpc: '2.0', id, method: 'eth_chainId', params: [] })),
  );
});

test.each([
  ['a refusal', JSON.stringify({ error: { code: -32000, message: 'no such block' } }), 'refused eth_call: no such block'],
  ['no JSON', '<html>', 'no JSON'],
  ['nothing', JSON.stringify(null), 'it gave no result'],
  ['far too much', `"${'x'.repeat(300 * 1024)}"`, 'larger than any right answer'],
])('an answer with %s is told in words', async (_, body, words) => {
  const { rpc } = remotePorts(await rpcAt((_request, response) => void response.end(body)));
  await expect(rpc('eth_call', [])).rejects.toThrow(words);
});

test('a redirect is not followed, and a dead address is named', async () => {
  let asked = 0;
  const other = await rpcAt((_request, response) => {
    asked++;
    response.end('{}');
  });
  const { rpc } = remotePorts(await rpcAt((_request, response) => void response.writeHead(307, { location: other }).end()));
  await expect(rpc('eth_chainId', [])).rejects.toThrow('could not be reached');
  expect(asked).toBe(0);
  await expect(remotePorts('http://127.0.0.1:1/').rpc('eth_chainId', [])).rejects.toThrow('could not be reached');
});
