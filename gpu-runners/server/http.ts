// The HTTP side: a handful of routes, bounded in size, time and count; every error is a problem+json document without internals.
import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { CHALLENGE_BYTES_MAX, DRAW_BYTES_MAX, START_BYTES_MAX, type HttpLimits } from '../limits.ts';
import { Refusal } from '../problem.ts';
import { readBody } from './body.ts';
import { answerChallenge } from './challenges.ts';
import type { Route } from './metrics.ts';
import { answerOpening } from './openings.ts';
import type { Parts, Settings } from './parts.ts';
import { answerSpot, answerSpotOpening } from './spot-answers.ts';
import { answerStart } from './starts.ts';
import { sendHealth, sendMetrics } from './status.ts';
import type { Peer, Work } from './work.ts';

type Handler = (work: Work, request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

function send(response: ServerResponse, status: number, type: string, body: string | Uint8Array): void {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  response.writeHead(status, {
    'content-type': type,
    'content-length': bytes.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(bytes);
}

/** The honest way to send a signed message. */
export const sendMessage: Parts['reply'] = (response, message) => {
  send(response, 200, 'application/octet-stream', message);
};

export const listenOn: Parts['listen'] = (server, { host, port }) =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });

function signed(
  route: Route,
  bytesMax: number,
  answer: (work: Work, body: Uint8Array, peer: Peer) => Promise<Uint8Array>,
): Handler {
  return async (work, request, response) => {
    const { socketIdleMs, jobIdleMs } = work.parts.http;
    const waitForJob = (): void => {
      request.socket.setTimeout(jobIdleMs);
      response.once('prefinish', () => request.socket.setTimeout(socketIdleMs)); // what is answered must also be read
    };
    const peer = { isGone: () => response.destroyed, waitForJob };
    const message = await answer(work, await readBody(request, bytesMax), peer);
    work.metrics.answered(route);
    if (work.draining()) response.setHeader('connection', 'close'); // or it would keep the server open
    work.parts.reply(response, message);
  };
}

const ROUTES: Readonly<Record<string, { readonly method: string; readonly handler: Handler }>> = {
  '/v1/challenges': { method: 'POST', handler: signed('challenges', CHALLENGE_BYTES_MAX, answerChallenge) },
  '/v1/starts': { method: 'POST', handler: signed('starts', START_BYTES_MAX, answerStart) },
  '/v1/openings': { method: 'POST', handler: signed('openings', DRAW_BYTES_MAX, answerOpening) },
  '/v1/spots/challenges': { method: 'POST', handler: signed('spots', CHALLENGE_BYTES_MAX, answerSpot) },
  '/v1/spots/openings': { method: 'POST', handler: signed('spot-openings', DRAW_BYTES_MAX, answerSpotOpening) },
  '/health': {
    method: 'GET',
    handler: (work, _request, response) => {
      sendHealth(work, response, send);
    },
  },
  '/metrics': {
    method: 'GET',
    handler: (work, _request, response) => {
      sendMetrics(work, response, send);
    },
  },
};

function refuse({ metrics: counters, parts }: Work, request: IncomingMessage, response: ServerResponse, error: unknown): void {
  const refusal = error instanceof Refusal ? error : new Refusal('failed');
  if (!(error instanceof Refusal) && !request.destroyed)
    parts.log('failed', { error: error instanceof Error ? error.message : 'unknown' });
  counters.refused(refusal.code);
  if (response.destroyed || response.headersSent) {
    response.destroy();
    return;
  }
  // What is left of an unread body must not be taken for the next request.
  if (!request.complete) response.setHeader('connection', 'close');
  if (refusal.status === 503) response.setHeader('retry-after', String(refusal.retryAfterSeconds));
  send(response, refusal.status, 'application/problem+json', JSON.stringify(refusal));
  if (!request.complete) response.once('finish', () => request.destroy());
}

async function handle(work: Work, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  const route = Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined;
  if (route === undefined) throw new Refusal('not-found');
  if (request.method !== route.method) throw new Refusal('method-not-allowed');
  await route.handler(work, request, response);
}

const pem = (tls: NonNullable<Settings['tls']>) => ({ cert: Buffer.from(tls.cert), key: Buffer.from(tls.key) });

/** A server that isn't listening yet. */
export function createHttpServer(work: Work, limits: HttpLimits, tls: Settings['tls']): Server {
  const options: ServerOptions = {
    maxHeaderSize: limits.headerBytesMax,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: limits.checkIntervalMs,
    keepAliveTimeout: limits.keepAliveMs,
    noDelay: true,
  };
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    response.on('error', () => undefined); // a peer that hangs up early
    handle(work, request, response).catch((error: unknown) => {
      refuse(work, request, response, error);
    });
  };
  const server =
    tls === null
      ? createServer(options, listener)
      : createTlsServer({ ...options, handshakeTimeout: limits.headersTimeoutMs, ...pem(tls) }, listener);
  server.maxHeadersCount = limits.headersMax;
  server.maxConnections = limits.connectionsMax;
  server.maxRequestsPerSocket = limits.requestsPerSocketMax;
  server.setTimeout(limits.socketIdleMs);
  return server;
}
