// Strangers on the wire: too much, too slow, too deep, nonsense. The server answers with a problem or cuts them off, and works on.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import fc from 'fast-check';
import type { Backend } from '../../../gpu-runners/backends/backend.ts';
import { CHALLENGE_BYTES_MAX, DRAW_BYTES_MAX, HTTP } from '../../../gpu-runners/limits.ts';
import { listenOn } from '../../../gpu-runners/server/http.ts';
import type { Parts } from '../../../gpu-runners/server/parts.ts';
import { challengeFor, post, problemOf, testParts, withRunner } from './rig.ts';

vi.setConfig({ testTimeout: 60_000 }); // worker threads start slowly on a loaded machine

const IMPATIENT = { ...HTTP, headersTimeoutMs: 150, requestTimeoutMs: 150, checkIntervalMs: 20 };

function open(url: string): Socket {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  return socket;
}

/** Everything the server says until it closes the connection. */
async function talk(url: string, text: string): Promise<string> {
  const socket = open(url);
  let answer = '';
  socket.on('data', (part: Buffer) => (answer += part.toString()));
  socket.write(text);
  await new Promise((resolve) => socket.once('close', resolve)); // also after a reset
  return answer;
}

const head = (lines: string): string => `POST /v1/challenges HTTP/1.1\r\nhost: x\r\n${lines}\r\n\r\n`;

describe('bounds of the server', () => {
  it('bodies: refused by their announced and by their real length', async () => {
    await withRunner(testParts(), async (url) => {
      expect(await problemOf(await post(url, '/v1/challenges', new Uint8Array(CHALLENGE_BYTES_MAX + 1)))).toBe(
        '413 body-too-large',
      );
      expect(await problemOf(await post(url, '/v1/openings', new Uint8Array(DRAW_BYTES_MAX + 1)))).toBe('413 body-too-large');
      const chunk = 'x'.repeat(600);
      const chunked = await talk(url, `${head('transfer-encoding: chunked')}258\r\n${chunk}\r\n258\r\n${chunk}\r\n`);
      expect(chunked).toMatch(/^HTTP\/1.1 413 /);
    });
  });

  it('a huge body is not waited for', async () => {
    await withRunner(testParts(), async (url) => {
      expect(await talk(url, `${head('content-length: 99999999999')}abc`)).toMatch(/^HTTP\/1.1 413 /);
    });
  });

  it('a connection that says nothing is cut off', async () => {
    await withRunner(testParts({ http: IMPATIENT }), async (url) => {
      expect(await talk(url, '')).toMatch(/^HTTP\/1.1 408 /);
    });
  });

  it('slow headers and slow bodies are cut off', async () => {
    await withRunner(testParts({ http: IMPATIENT }), async (url) => {
      expect(await talk(url, `${head('content-length: 300')}abc`)).toMatch(/^HTTP\/1.1 408 /);
      expect(await talk(url, 'POST /v1/challenges HTTP/1.1\r\nhost: x\r\nx-slow: ')).toMatch(/^HTTP\/1.1 408 /);
    });
  });

  it('headers: too long, too strange', async () => {
    await withRunner(testParts(), async (url) => {
      expect(await talk(url, head(`x-long: ${'a'.repeat(HTTP.headerBytesMax)}`))).toMatch(/^HTTP\/1.1 431 /);
      expect(await talk(url, head('content-length: 5\r\ntransfer-encoding: chunked'))).toMatch(/^HTTP\/1.1 400 /);
      expect(await talk(url, '\0\0\0garbage\r\n\r\n')).toMatch(/^HTTP\/1.1 400 /);
    });
  });

  it('connections: one more than allowed is dropped', async () => {
    await withRunner(testParts({ http: { ...HTTP, connectionsMax: 2 } }), async (url) => {
      const kept = [open(url), open(url)];
      await Promise.all(kept.map((socket) => once(socket, 'connect')));
      expect(await talk(url, 'GET /health HTTP/1.1\r\nhost: x\r\n\r\n')).toBe('');
      for (const socket of kept) socket.destroy();
    });
  });

  it('connections: a stranger who holds a thousand of them, half-way through their headers, keeps nobody out', async () => {
    await withRunner(testParts(), async (url) => {
      const held = Array.from({ length: 1_000 }, () => open(url));
      await Promise.all(held.map((socket) => once(socket, 'connect')));
      for (const socket of held) socket.write('POST /v1/challenges HTTP/1.1\r\nx-slow: ');
      expect(await talk(url, 'GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')).toMatch(/^HTTP\/1.1 200 /);
      for (const socket of held) socket.destroy();
    });
  });

  it('who never reads the answers is cut off', async () => {
    const limits = { ...HTTP, socketIdleMs: 300, jobIdleMs: 60_000, requestsPerSocketMax: 100_000 };
    let connections = (): Promise<number> => Promise.resolve(-1);
    const listen: Parts['listen'] = (server, settings) => {
      connections = promisify(server.getConnections.bind(server));
      return listenOn(server, settings);
    };
    await withRunner(testParts({ http: limits, listen }), async (url) => {
      const socket = open(url);
      await once(socket, 'connect');
      socket.pause();
      socket.write('GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(20_000));
      await vi.waitFor(async () => {
        expect(await connections()).toBe(0);
      }, 10_000);
      socket.destroy();
    });
  });

  it('a job may take longer than a silent socket is kept otherwise', async () => {
    const honest = testParts({ http: { ...HTTP, socketIdleMs: 200 } });
    const gemm: Backend['gemm'] = async (params, nonce) => {
      await sleep(1_000);
      return honest.backend.gemm(params, nonce);
    };
    const parts = { ...honest, backend: { ...honest.backend, gemm } };
    await withRunner(parts, async (url) => {
      expect((await post(url, '/v1/challenges', challengeFor(parts.signer.nodeId).body)).status).toBe(200);
    });
  });

  it('bodies that are encoded are refused, since unpacking has no bound', async () => {
    await withRunner(testParts(), async (url) => {
      const response = await fetch(`${url}/v1/challenges`, {
        method: 'POST',
        headers: { 'content-encoding': 'gzip' },
        body: new Uint8Array(10),
      });
      expect(await problemOf(response)).toBe('415 encoding-not-supported');
    });
  });

  it('other addresses and methods', async () => {
    await withRunner(testParts(), async (url) => {
      expect(await problemOf(await fetch(`${url}/`))).toBe('404 not-found');
      expect(await problemOf(await fetch(`${url}/v1/challenges`))).toBe('405 method-not-allowed');
      expect(await problemOf(await fetch(`${url}/constructor`))).toBe('404 not-found');
      expect((await fetch(`${url}/health?probe=1`)).status).toBe(200);
    });
  });

  it('random and cut bodies are malformed, and the server works on', async () => {
    const parts = testParts();
    await withRunner(parts, async (url) => {
      const { body } = challengeFor(parts.signer.nodeId);
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: CHALLENGE_BYTES_MAX }), fc.nat(body.length - 1), async (bytes, cut) => {
          expect(await problemOf(await post(url, '/v1/challenges', bytes))).toBe('400 malformed');
          expect(await problemOf(await post(url, '/v1/challenges', body.subarray(0, cut)))).toBe('400 malformed');
          expect(await problemOf(await post(url, '/v1/openings', bytes))).toBe('400 malformed');
        }),
        { numRuns: 30 },
      );
      expect((await post(url, '/v1/challenges', body)).status).toBe(200);
    });
  });

  it('metrics are OpenMetrics, and count by closed sets of labels', async () => {
    const parts = testParts();
    await withRunner(parts, async (url) => {
      await post(url, '/v1/challenges', challengeFor(parts.signer.nodeId).body);
      await fetch(`${url}/no-such`);
      const response = await fetch(`${url}/metrics`);
      const text = await response.text();
      expect(text).toContain('assay_runner_jobs_total{work="gemm"} 1');
      expect(text).toContain('assay_runner_locked 1');
      expect(response.headers.get('content-type')).toContain('application/openmetrics-text');
      expect(text).toContain('assay_runner_answers_total{route="challenges"} 1');
      expect(text).toContain('assay_runner_refusals_total{reason="not-found"} 1');
      expect(text).toContain('assay_runner_job_seconds_count 1');
      expect(text.endsWith('# EOF\n')).toBe(true);
      expect(
        text
          .split('\n')
          .filter(
            (line) =>
              !/^(# (TYPE|HELP) |assay_runner_[a-z_]+(\{[a-z]+="[^"]+"(,[a-z]+="[^"]+")*\})? [0-9.e+-]+$|# EOF$|$)/.test(line),
          ),
      ).toEqual([]);
    });
  });
});
