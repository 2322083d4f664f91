// `assay webhooks listen`: receives deliveries on this machine, verifies and prints them. On loopback only; what comes is bounded in size,
// time and number, and never trusted before its signature was checked.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { event } from '../../schema/api/events.ts';
import { tell } from '../../schema/api/event-words.ts';
import { CliError, type ExitCode, type Io } from '../command.ts';
import { DELIVERY_BYTES_MAX, DELIVERY_IDS_MAX, DELIVERY_MS_MAX } from '../limits.ts';
import type { Check } from './verify.ts';

export type Listening = {
  readonly port: number;
  readonly check: Check | null;
  readonly isJson: boolean;
  /** Ends after so many deliveries; null: when it is interrupted. */
  readonly count: number | null;
  readonly io: Io;
};

type Delivery = { readonly headers: Readonly<Record<string, string>>; readonly body: string };

/** Null for a body that is too long. */
async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    size += (part as Buffer).length;
    if (size > DELIVERY_BYTES_MAX) return null;
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts).toString('utf8');
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}

/** A stranger's text must not move the cursor or colour the terminal. */
const plain = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]/gu, ' ');

function wordsOf(body: string): string {
  try {
    const parsed = event.parse(JSON.parse(body));
    const number = parsed.sequence === null ? '' : ` #${String(parsed.sequence)}`;
    return `${parsed.timestamp}  ${parsed.type}${number}  ${plain(tell(parsed).text)}`;
  } catch {
    return `A body that is no event of this version: ${plain(body.slice(0, 200))}`;
  }
}

type Seen = { readonly ids: Set<string>; bad: number; all: number };

/** @returns the HTTP status */
function receive({ headers, body }: Delivery, { check, isJson, io }: Listening, seen: Seen): number {
  const id = plain((headers['webhook-id'] ?? '').slice(0, 64));
  const problem = check === null ? null : check(headers, body, Date.now());
  const again = id !== '' && seen.ids.has(id);
  if (seen.ids.size < DELIVERY_IDS_MAX) seen.ids.add(id);
  seen.all++;
  if (problem !== null) seen.bad++;
  const verified = check === null ? null : problem === null;
  if (isJson) io.out(JSON.stringify({ id, verified, problem, again, body }));
  else {
    const word = check === null ? 'not checked' : problem === null ? 'verified' : `NOT VERIFIED: ${problem}`;
    io.out(`${wordsOf(body)}  [${word}${again ? ', seen before' : ''}]  ${id}`);
  }
  return problem === null ? 200 : 401;
}

async function answer(request: IncomingMessage, response: ServerResponse, listening: Listening, seen: Seen): Promise<void> {
  const say = (status: number, text: string): void => void response.writeHead(status, { connection: 'close' }).end(`${text}\n`);
  if (request.method !== 'POST') {
    request.resume();
    say(405, 'Deliveries are POSTed.');
    return;
  }
  const body = await bodyOf(request);
  if (body === null) say(413, 'Longer than any delivery is.');
  else {
    const status = receive({ headers: headersOf(request), body }, listening, seen);
    say(status, status === 200 ? 'ok' : 'The signature is not good.');
  }
}

/** @returns 1 when a delivery was not verified */
export async function listen(listening: Listening): Promise<ExitCode> {
  const { port, io, count, check } = listening;
  const seen: Seen = { ids: new Set(), bad: 0, all: 0 };
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const server = createServer({ requestTimeout: DELIVERY_MS_MAX }, (request, response) => {
    response.on('close', () => {
      if (count !== null && seen.all >= count) finish();
    });
    answer(request, response, listening, seen).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new CliError(`Nothing can listen on port ${String(port)} (${error.code ?? 'unknown'}). Give another --port.`));
    });
    server.listen(port, '127.0.0.1', resolve);
  });
  const { port: used } = server.address() as AddressInfo;
  io.err(
    `Listening on http://127.0.0.1:${String(used)}/ for deliveries${check === null ? ', without checking signatures' : ''}.`,
  );
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, finish);
  await finished;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, finish);
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
  io.err(`${String(seen.all)} deliveries, ${String(seen.bad)} of them not verified.`);
  return seen.bad === 0 ? 0 : 1;
}
