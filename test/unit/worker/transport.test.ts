// The transport against servers on the loopback that misbehave in every way, run by Node's fetch and by workerd's: what the adapter
// promises must not depend on whose client is under it.
import { createServer as createTlsServer } from 'node:https';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { createServer as createSocketServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { Log, LogLevel, Miniflare, convertV4MiniflareOptions } from 'miniflare';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { httpTransport } from '../../../workers/adapters/http-transport.ts';
import type { Answer } from '../../../workers/services/ports.ts';
import { testCertificate } from './certificate.ts';

vi.setConfig({ testTimeout: 20_000, hookTimeout: 60_000 });

type Post = (url: string, body: Uint8Array, bytesMax: number, deadlineMs: number) => Promise<Answer>;
const ROOT = join(import.meta.dirname, '../../..');

/** A Worker that is nothing but the transport: its request is the target and the limits, its answer is the transport's. */
const WORKER = `
import { httpTransport } from './workers/adapters/http-transport.ts';
export default {
  async fetch(request) {
    const { url, body, bytesMax, deadlineMs } = await request.json();
    const never = async () => { throw new Error('asked'); };
    const transport = httpTransport(new Set(['127.0.0.1', 'localhost']), never);
    const answer = await transport.post(url, '/v1/challenges', Uint8Array.from(body), { bytesMax, deadlineMs });
    return Response.json(answer.ok ? { ok: true, bytes: [...answer.bytes] } : answer);
  },
};`;

const handlers: Record<string, (response: ServerResponse, body: Buffer) => void> = {
  '/echo': (response, body) => response.end(body),
  '/slow-headers': () => undefined,
  '/slow-body': (response) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('x');
  },
  '/drip': (response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write('x'), 50);
    response.once('close', () => clearInterval(timer));
  },
  '/exact': (response) => response.end(new Uint8Array(1000).fill(7)),
  '/one-more': (response) => response.end(new Uint8Array(1001)),
  '/chunked-too-long': (response) => {
    for (let i = 0; i < 40; i++) response.write(new Uint8Array(100));
    response.end();
  },
  '/announced': (response) => {
    response.writeHead(200, { 'content-length': 2 ** 40 });
    response.write('x');
  },
  '/bomb': (response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' });
    response.end(gzipSync(new Uint8Array(64 * 2 ** 20)));
  },
  '/broken-gzip': (response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' });
    response.end('this is no gzip');
  },
  '/reset': (response) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('x', () => response.destroy());
  },
  '/hang-up': (response) => response.destroy(),
};
for (const status of [301, 302, 303, 307, 308]) {
  handlers[`/redirect-${status}`] = (response) => {
    response.writeHead(status, { location: `/target-of-${status}` });
    response.end();
  };
}
for (const status of [201, 204, 206, 400, 401, 404, 429, 500, 503]) {
  handlers[`/status-${status}`] = (response) => {
    response.writeHead(status);
    response.end();
  };
}

const seen: string[] = [];
const sockets = new Set<Socket>();
let [server, tls, raw]: (Server | undefined)[] = [];
let [base, secure, garbage] = ['', '', ''];
let miniflare: Miniflare | undefined;

const track = (socket: Socket): void => {
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
};

async function listen(target: {
  listen: (port: number, host: string, done: () => void) => unknown;
  address: () => unknown;
}): Promise<number> {
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
  return (target.address() as AddressInfo).port;
}

async function startServers(): Promise<void> {
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      seen.push(`${String(request.method)} ${String(request.url)}`);
      const path = (request.url ?? '').replace(/\/v1\/challenges$/, '');
      const handler = handlers[path];
      if (handler === undefined) response.writeHead(418).end();
      else handler(response, Buffer.concat(parts));
    });
  });
  tls = createTlsServer(testCertificate(), (request, response) => {
    seen.push(`${String(request.method)} /secret`);
    response.end('secret');
  });
  const socketServer = createSocketServer((socket) => socket.on('error', () => undefined).end('SSH-2.0-not-http\r\n'));
  raw = socketServer as unknown as Server;
  for (const each of [server, tls, socketServer]) each.on('connection', track);
  base = `http://127.0.0.1:${String(await listen(server))}`;
  secure = `https://127.0.0.1:${String(await listen(tls))}`;
  garbage = `http://127.0.0.1:${String(await listen(socketServer))}`;
}

async function startWorkerd(): Promise<Miniflare> {
  const bundled = await build({
    stdin: { contents: WORKER, resolveDir: ROOT, loader: 'ts' },
    ...{ bundle: true, format: 'esm', write: false, target: 'es2024', logLevel: 'silent' },
  });
  const started = new Miniflare(
    convertV4MiniflareOptions({
      ...{ host: '127.0.0.1', cf: false, telemetry: { enabled: false }, log: new Log(LogLevel.NONE) },
      handleStructuredLogs: () => undefined,
      workers: [
        { name: 'transport', compatibilityDate: '2026-10-01', modules: true, script: bundled.outputFiles[0]?.text ?? '' },
      ],
    }),
  );
  await started.ready;
  return started;
}

beforeAll(async () => {
  [miniflare] = await Promise.all([startWorkerd(), startServers()]);
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all([server, tls, raw].map((each) => new Promise((resolve) => each?.close(resolve))));
  await miniflare?.dispose();
});

const inNode: Post = (url, body, bytesMax, deadlineMs) => {
  const transport = httpTransport(new Set(['127.0.0.1', 'localhost']), async () => Promise.reject(new Error('asked')));
  return transport.post(url, '/v1/challenges', body, { bytesMax, deadlineMs });
};
const inWorkerd: Post = async (url, body, bytesMax, deadlineMs) => {
  if (miniflare === undefined) throw new Error('workerd is not running');
  const request = { method: 'POST', body: JSON.stringify({ url, body: [...body], bytesMax, deadlineMs }) };
  const answer = (await (await miniflare.dispatchFetch('http://transport/', request)).json()) as
    { ok: true; bytes: number[] } | Extract<Answer, { ok: false }>;
  return answer.ok ? { ok: true, bytes: Uint8Array.from(answer.bytes) } : answer;
};

describe.each([
  ['Node', inNode],
  ['workerd', inWorkerd],
] as const)('the transport in %s', (_, post) => {
  const ask = (path: string, bytesMax = 1000, deadlineMs = 5_000): Promise<Answer> =>
    post(`${base}${path}`, new Uint8Array([1, 2, 3]), bytesMax, deadlineMs);
  const failed = (reason: string) => ({ ok: false, reason });

  it('carries bytes both ways, up to the very limit', async () => {
    expect(await ask('/echo')).toEqual({ ok: true, bytes: Uint8Array.of(1, 2, 3) });
    expect(await ask('/exact')).toEqual({ ok: true, bytes: new Uint8Array(1000).fill(7) });
    expect(await post(`${base}/echo/`, Uint8Array.of(), 1000, 5_000)).toEqual({ ok: true, bytes: new Uint8Array() });
  });

  it.each(['/one-more', '/chunked-too-long', '/announced', '/bomb'])('%s is oversize', async (path) => {
    const started = Date.now();
    expect(await ask(path)).toEqual(failed('oversize'));
    expect(Date.now() - started).toBeLessThan(4_000);
  });

  it.each(['/slow-headers', '/slow-body', '/drip'])('%s is a timeout, over headers and body together', async (path) => {
    const started = Date.now();
    expect(await ask(path, 1000, 400)).toEqual(failed('timeout'));
    expect(Date.now() - started).toBeGreaterThanOrEqual(390);
    expect(Date.now() - started).toBeLessThan(4_000);
  });

  it.each([301, 302, 303, 307, 308])('status %d is a redirect, and its target gets no request', async (status) => {
    expect(await ask(`/redirect-${status}`)).toEqual(failed('redirect'));
    expect(seen.filter((line) => line.includes('target-of'))).toEqual([]);
  });

  it.each([201, 204, 206, 400, 401, 404, 429, 500, 503])('status %d is a refusal', async (status) => {
    expect(await ask(`/status-${status}`)).toEqual(failed('refused'));
  });

  it.each(['/reset', '/hang-up', '/broken-gzip'])('%s is unreachable: the connection or its coding broke', async (path) => {
    expect(await ask(path)).toEqual(failed('unreachable'));
  });

  it('what is no HTTP, and a port where nobody listens, is unreachable', async () => {
    expect(await post(garbage, Uint8Array.of(1), 1000, 5_000)).toEqual(failed('unreachable'));
    expect(await post('http://127.0.0.1:1', Uint8Array.of(1), 1000, 5_000)).toEqual(failed('unreachable'));
  });

  it('a certificate that nobody trusts ends the request before anything is read', async () => {
    // workerd tells a failed handshake by no more than an internal error, so the reason may be the wider one
    const answer = await post(secure, Uint8Array.of(1), 1000, 5_000);
    expect(answer.ok ? 'answered' : answer.reason).toMatch(/^(tls|unreachable)$/);
    expect(seen).not.toContain('POST /secret');
  });

  it('an address that the guard refuses gets no request', async () => {
    const before = seen.length;
    const port = new URL(base).port;
    for (const host of ['[::ffff:127.0.0.1]', '127.1', '0.0.0.0', '10.0.0.1', 'user@127.0.0.1']) {
      if (host === '127.1') continue; // the same host as the named one, in another spelling
      expect(await post(`http://${host}:${port}`, Uint8Array.of(1), 1000, 5_000)).toEqual(failed('unreachable'));
    }
    expect(seen.length).toBe(before);
  });
});

describe('looking up ahead', () => {
  it('asks once for look-up and posts, and again when the word is old', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      let asked = 0;
      const transport = httpTransport(new Set(), async () => {
        asked++;
        return ['127.0.0.1'];
      });
      await transport.prepare('https://node.test');
      const limits = { bytesMax: 1, deadlineMs: 100 };
      for (let i = 0; i < 3; i++) {
        expect(await transport.post('https://node.test', '/v1/challenges', Uint8Array.of(1), limits)).toEqual({
          ...{ ok: false, reason: 'unreachable' },
        });
      }
      expect(asked).toBe(1);
      vi.setSystemTime(Date.now() + 60_000);
      await transport.prepare('https://node.test');
      expect(asked).toBe(2);
    } finally {
      vi.useRealTimers();
    }
  });

  it('begins none that is too late, says so, and remembers nothing of it', async () => {
    let asked = 0;
    const transport = httpTransport(new Set(['127.0.0.1']), async () => {
      asked++;
      return [];
    });
    const past = Date.now() - 1;
    expect(await transport.prepare('https://node.test', past)).toBe(false);
    expect(asked).toBe(0);
    expect(await transport.prepare('https://node.test', Date.now() + 60_000)).toBe(true); // a name that nobody has is no lateness
    expect(asked).toBe(1);
    for (const known of ['https://node.test', 'http://127.0.0.1:1', 'https://192.0.2.1', 'nonsense']) {
      expect(await transport.prepare(known, past)).toBe(true);
    }
    expect(asked).toBe(1);
  });
});
