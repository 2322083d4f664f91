// A node on this machine for the tests in workerd, which can't listen themselves: what it answers is chosen by the first part of the path.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import type {} from '../workerd/support/provided.ts';

const SLOW_MS = 150;
/** Requests for slow answers under way, and the most there ever were. */
const slow = { now: 0, most: 0 };

function answerSlowly(response: ServerResponse, body: Buffer): void {
  slow.most = Math.max(slow.most, ++slow.now);
  setTimeout(() => {
    slow.now--;
    response.writeHead(200).end(body);
  }, SLOW_MS);
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const body = Buffer.concat(parts);
  const [, how] = (request.url ?? '').split('/');
  if (how === 'echo') response.writeHead(200).end(body);
  else if (how === 'slow') answerSlowly(response, body);
  else if (how === 'most') response.writeHead(200).end(Uint8Array.of(slow.most));
  else if (how === 'path') response.writeHead(200).end(`${request.method ?? ''} ${request.url ?? ''}`);
  else if (how === 'large') response.writeHead(200).end(Buffer.alloc(8192));
  else if (how === 'redirect') response.writeHead(302, { location: '/echo/v1/challenges' }).end();
  else if (how === 'silent') response.on('close', () => undefined);
  else response.writeHead(503).end();
}

const server = createServer((request, response) => {
  answer(request, response).catch(() => response.destroy());
});

export async function setup(project: TestProject): Promise<void> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  project.provide('loopbackNode', `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`);
}

export async function teardown(): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}
