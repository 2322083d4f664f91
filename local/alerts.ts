// The receiver of alerts of `npm start`: a tenant of the gateway with an endpoint on loopback, made through the API as anybody makes one. What
// arrives is verified by the public library of the standard before it is shown.
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { newTenant } from '../schema/api/accounts.ts';
import { event, type EventItem } from '../schema/api/events.ts';
import { endpointMade } from '../schema/api/webhooks.ts';
import { LocalError, messageOf } from './errors.ts';
import { HOSTED_READY_MS_MAX, LOOPBACK } from './limits.ts';
import type { Member } from './validators.ts';

const BODY_BYTES_MAX = 65_536;
const ASK_AGAIN_MS = 250;

export type Alerts = {
  /** A key of the tenant that listens. */
  readonly key: string;
  /** What has arrived so far: events that were verified, by type, and how many requests were not. */
  readonly counts: () => { readonly verified: ReadonlyMap<string, number>; readonly refused: number };
  readonly stop: () => Promise<void>;
};

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > BODY_BYTES_MAX) throw new LocalError('A delivery is larger than any event is.');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** @throws what is wrong with it, if it is not an event that was signed with the secret */
async function receive(request: IncomingMessage, secret: string): Promise<EventItem> {
  const headers = Object.fromEntries(
    Object.entries(request.headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
  return event.parse(new Webhook(secret).verify(await bodyOf(request), headers));
}

function serve(onEvent: (item: EventItem) => void, onRefused: (why: string) => void, secretOf: () => string | null): Server {
  return createServer((request, response) => {
    const secret = secretOf();
    if (secret === null) {
      response.writeHead(503).end();
      return;
    }
    receive(request, secret).then(
      (item) => {
        response.writeHead(204).end();
        onEvent(item);
      },
      (error: unknown) => {
        response.writeHead(400).end();
        onRefused(messageOf(error));
      },
    );
  });
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, LOOPBACK, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new LocalError('The receiver of alerts has no port.');
  return `http://${LOOPBACK}:${String(address.port)}/alerts`;
}

/** POSTs until the Worker has read its registry and takes it. */
async function ask(url: string, key: string, body: unknown, signal: AbortSignal): Promise<unknown> {
  const until = Date.now() + HOSTED_READY_MS_MAX;
  for (;;) {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), signal });
    if (answer.ok) return answer.json();
    const text = await answer.text();
    if (answer.status !== 503 || Date.now() > until)
      throw new LocalError(`${new URL(url).pathname} answered ${String(answer.status)}: ${text}`);
    await sleep(ASK_AGAIN_MS, undefined, { signal });
  }
}

/** @throws LocalError when the gateway's API does not do what it should */
export async function listenToAlerts(
  { url, adminKey }: Pick<Member, 'url' | 'adminKey'>,
  { onEvent, onRefused, signal }: { onEvent: (item: EventItem) => void; onRefused: (why: string) => void; signal: AbortSignal },
): Promise<Alerts> {
  let secret: string | null = null;
  let refused = 0;
  const verified = new Map<string, number>();
  const server = serve(
    (item) => {
      verified.set(item.type, (verified.get(item.type) ?? 0) + 1);
      onEvent(item);
    },
    (why) => {
      refused++;
      onRefused(why);
    },
    () => secret,
  );
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  try {
    const receiver = await listening(server);
    const { key } = newTenant.parse(await ask(`${url}/v1/tenants`, adminKey, { name: 'terminal' }, signal));
    secret = endpointMade.parse(await ask(`${url}/v1/webhooks`, key.key, { url: receiver }, signal)).secret;
    return { key: key.key, counts: () => ({ verified, refused }), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
