// A receiver of webhooks on this machine, for tests in workerd, which can't listen themselves. POST /<how>/<box> keeps the request in that box and
// answers as `how` says; GET /box/<box> gives what was kept.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import type {} from '../workerd/support/provided.ts';

type Kept = { readonly atMs: number; readonly headers: Record<string, unknown>; readonly body: string };
const boxes = new Map<string, Kept[]>();

/** How often a box was asked, for receivers that change their mind. */
const countOf = (box: string): number => boxes.get(box)?.length ?? 0;

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [, how = '', box = ''] = (request.url ?? '').split('/');
  if (request.method === 'GET') {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(boxes.get(box) ?? []));
    return;
  }
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const kept = { atMs: Date.now(), headers: request.headers, body: Buffer.concat(parts).toString() };
  boxes.set(box, [...(boxes.get(box) ?? []), kept]);
  if (how === 'ok') response.writeHead(200).end('ok');
  else if (how === 'second') response.writeHead(countOf(box) > 1 ? 204 : 500).end();
  else if (how === 'gone') response.writeHead(410).end();
  else if (how === 'busy') response.writeHead(503, { 'retry-after': '120' }).end();
  else if (how === 'redirect') response.writeHead(307, { location: `/ok/${box}-elsewhere` }).end();
  else if (how === 'large') response.writeHead(200).end(Buffer.alloc(1_000_000, 'x'));
  else if (how === 'silent') response.on('close', () => undefined);
  else response.writeHead(500).end();
}

const server = createServer((request, response) => {
  answer(request, response).catch(() => response.destroy());
});

export async function setup(project: TestProject): Promise<void> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  project.provide('webhookReceiver', `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`);
}

export async function teardown(): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}
