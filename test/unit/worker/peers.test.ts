// What a validator asks of its peers, against servers on the loopback that misbehave, by Node's fetch and by workerd's: whatever a peer
// does, there is an answer within the limits or none, and never an error.
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { Log, LogLevel, Miniflare, convertV4MiniflareOptions } from 'miniflare';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { guardedPeers } from '../../../workers/adapters/peers.ts';

vi.setConfig({ testTimeout: 20_000, hookTimeout: 60_000 });

type Get = (base: string, path: string, bytesMax: number, deadlineMs: number) => Promise<Uint8Array | null>;
const ROOT = join(import.meta.dirname, '../../..');
const WORKER = `
import { guardedPeers } from './workers/adapters/peers.ts';
export default {
  async fetch(request) {
    const { base, path, bytesMax, deadlineMs } = await request.json();
    const peers = guardedPeers(new Set(['127.0.0.1']), async () => []);
    const bytes = await peers.get(base, path, { bytesMax, deadlineMs });
    return Response.json(bytes === null ? null : [...bytes]);
  },
};`;

const handlers: Record<string, (response: ServerResponse) => void> = {
  '/sub/v1/good': (response) => response.end('good'),
  '/exact': (response) => response.end(new Uint8Array(1000).fill(7)),
  '/empty': (response) => response.end(),
  '/one-more': (response) => response.end(new Uint8Array(1001)),
  '/announced': (response) => {
    response.writeHead(200, { 'content-length': 2 ** 40 });
    response.write('x');
  },
  '/endless': (response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write(new Uint8Array(500)), 5);
    response.once('close', () => clearInterval(timer));
  },
  '/bomb': (response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' });
    response.end(gzipSync(new Uint8Array(64 * 2 ** 20)));
  },
  '/silent': () => undefined,
  '/drip': (response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write('x'), 50);
    response.once('close', () => clearInterval(timer));
  },
  '/redirect': (response) => {
    response.writeHead(302, { location: '/target' });
    response.end('elsewhere');
  },
  '/reset': (response) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('x', () => response.destroy());
  },
  '/hang-up': (response) => response.destroy(),
};
for (const status of [204, 206, 304, 400, 404, 410, 429, 500]) {
  handlers[`/status-${String(status)}`] = (response) => {
    response.writeHead(status);
    response.end();
  };
}

const seen: string[] = [];
const sockets = new Set<Socket>();
let server: Server | undefined;
let base = '';
let miniflare: Miniflare | undefined;

async function startServer(): Promise<void> {
  const started = createServer((request, response) => {
    seen.push(request.url ?? '');
    (handlers[request.url ?? ''] ?? ((unknown) => unknown.writeHead(404).end()))(response);
  });
  started.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${String((started.address() as AddressInfo).port)}`;
  server = started;
}

async function startWorkerd(): Promise<void> {
  const bundled = await build({
    stdin: { contents: WORKER, resolveDir: ROOT, loader: 'ts' },
    ...{ bundle: true, format: 'esm', write: false, target: 'es2024', logLevel: 'silent' },
  });
  const script = bundled.outputFiles[0]?.text ?? '';
  const started = new Miniflare(
    convertV4MiniflareOptions({
      ...{ host: '127.0.0.1', cf: false, telemetry: { enabled: false }, log: new Log(LogLevel.NONE) },
      handleStructuredLogs: () => undefined,
      workers: [{ name: 'peers', compatibilityDate: '2026-10-01', modules: true, script }],
    }),
  );
  await started.ready;
  miniflare = started;
}

beforeAll(async () => {
  await Promise.all([startServer(), startWorkerd()]);
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server?.close(resolve));
  await miniflare?.dispose();
});

const inNode: Get = (url, path, bytesMax, deadlineMs) =>
  guardedPeers(new Set(['127.0.0.1']), async () => []).get(url, path, { bytesMax, deadlineMs });
const inWorkerd: Get = async (url, path, bytesMax, deadlineMs) => {
  if (miniflare === undefined) throw new Error('workerd is not running');
  const body = JSON.stringify({ base: url, path, bytesMax, deadlineMs });
  const answer = (await (await miniflare.dispatchFetch('http://peers/', { method: 'POST', body })).json()) as number[] | null;
  return answer === null ? null : Uint8Array.from(answer);
};

describe.each([
  ['Node', inNode],
  ['workerd', inWorkerd],
] as const)('peers asked in %s', (_, get) => {
  const ask = (path: string, bytesMax = 1000, deadlineMs = 5_000) => get(base, path, bytesMax, deadlineMs);

  it('give what they serve, below their own path, up to the very limit', async () => {
    expect(await ask('/exact')).toEqual(new Uint8Array(1000).fill(7));
    expect(await ask('/empty')).toEqual(new Uint8Array());
    for (const prefix of ['/sub', '/sub/']) {
      expect(await get(`${base}${prefix}`, '/v1/good', 10, 5_000)).toEqual(new TextEncoder().encode('good'));
    }
  });

  it.each(['/one-more', '/announced', '/endless', '/bomb'])('have no answer that is too long: %s', async (path) => {
    const started = Date.now();
    expect(await ask(path)).toBeNull();
    expect(Date.now() - started).toBeLessThan(4_000);
  });

  it.each(['/silent', '/drip'])('have one deadline over headers and body: %s', async (path) => {
    const started = Date.now();
    expect(await ask(path, 1000, 400)).toBeNull();
    expect(Date.now() - started).toBeGreaterThanOrEqual(390);
    expect(Date.now() - started).toBeLessThan(4_000);
  });

  it('are not followed elsewhere', async () => {
    expect(await ask('/redirect')).toBeNull();
    expect(seen).not.toContain('/target');
  });

  it.each([204, 206, 304, 400, 404, 410, 429, 500])('have no answer with status %d', async (status) => {
    expect(await ask(`/status-${String(status)}`)).toBeNull();
  });

  it.each(['/reset', '/hang-up'])('have no answer when the connection breaks: %s', async (path) => {
    expect(await ask(path)).toBeNull();
  });

  it.each([
    ['plain http to a host that is not allowed', 'http://localhost:1'],
    ['an address that is not public', 'https://10.0.0.1'],
    ['a name without addresses', 'https://nowhere.example'],
    ['no URL', 'validator'],
    ['credentials', 'http://me:secret@127.0.0.1:1'],
    ['nobody there', 'http://127.0.0.1:1'],
  ])('are not asked: %s', async (_what, url) => {
    expect(await get(url, '/exact', 1000, 2_000)).toBeNull();
  });
});

it('a name server that is silent costs no more than the deadline', async () => {
  const peers = guardedPeers(new Set(), () => new Promise(() => undefined));
  const started = Date.now();
  expect(await peers.get('https://slow.example', '/', { bytesMax: 1, deadlineMs: 200 })).toBeNull();
  expect(Date.now() - started).toBeLessThan(2_000);
});
