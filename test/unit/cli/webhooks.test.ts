// `assay webhooks`: the listener against real deliveries on loopback, and the verbs against an API of the test's own.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, it } from 'vitest';
import { runCli } from '../../../cli/cli.ts';
import { webhookSigner } from '../../../workers/adapters/webhook-signer.ts';
import { webhookVault } from '../../../workers/adapters/webhook-vault.ts';
import { assay } from './io.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const HASH = `0x${'ab'.repeat(32)}`;
const BODY = JSON.stringify({
  ...{ id: 'evt_1', type: 'node.down', timestamp: '2026-11-22T20:00:00.000Z', node: { index: 7, id: HASH }, sequence: 3 },
  data: { incident: 'inc_1', cause: 'timeout', sinceMs: 1_790_000_000_000, seenBy: [], page: null },
});

type Listener = { readonly url: string; readonly ended: Promise<number>; readonly out: string[]; readonly err: string[] };

/** Starts the listener and waits for the line that says where it is. */
async function listener(...flags: string[]): Promise<Listener> {
  const [out, err]: [string[], string[]] = [[], []];
  let tell: (url: string) => void = () => undefined;
  const address = new Promise<string>((resolve) => (tell = resolve));
  const ended = runCli(['webhooks', 'listen', '--port', '0', ...flags], {
    out: (line) => void out.push(line),
    err: (line) => {
      err.push(line);
      const [, url] = /(http:\/\/127\.0\.0\.1:\d+\/)/.exec(line) ?? [];
      if (url !== undefined) tell(url);
    },
    progress: () => undefined,
    env: {},
  });
  return { url: await address, ended, out, err };
}

function headersOf(secret = SECRET, id = 'evt_1', at = new Date()): Record<string, string> {
  const seconds = String(Math.floor(at.getTime() / 1000));
  return { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': new Webhook(secret).sign(id, at, BODY) };
}
const post = async (url: string, headers: Record<string, string>, body = BODY): Promise<number> =>
  (await fetch(url, { method: 'POST', headers, body })).status;

describe('listen', () => {
  it('says in plain words what came, and that it is verified', async () => {
    const { url, ended, out } = await listener('--secret', SECRET, '--count', '2');
    expect(await post(url, headersOf())).toBe(200);
    expect(await post(url, headersOf())).toBe(200);
    expect(await ended).toBe(0);
    expect(out[0]).toMatch(/node\.down #3 {2}Node 7 \(.+\) is down \(timeout, .+\[verified\]/);
    expect(out[1]).toContain('[verified, seen before]');
  });

  it('refuses what is forged, old or bent, and ends with 1', async () => {
    const { url, ended, out, err } = await listener('--secret', SECRET, '--count', '4');
    expect(await post(url, headersOf('whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'))).toBe(401);
    expect(await post(url, headersOf(SECRET, 'evt_1', new Date(Date.now() - 3_600_000)))).toBe(401);
    expect(await post(url, headersOf(), BODY.replace('timeout', 'refused'))).toBe(401);
    expect(await post(url, {})).toBe(401);
    expect(await ended).toBe(1);
    expect(out.every((line) => line.includes('NOT VERIFIED'))).toBe(true);
    expect(err.at(-1)).toBe('4 deliveries, 4 of them not verified.');
  });

  it('verifies by public key, too', async () => {
    const key = new Uint8Array(32).fill(9);
    const { url, ended } = await listener('--public-key', webhookVault(key).publicKey(), '--count', '2', '--json');
    const seconds = Math.floor(Date.now() / 1000);
    const signature = await webhookSigner(key)({ scheme: 'v1a' }, [], { id: 'evt_1', seconds, body: BODY });
    const headers = { 'webhook-id': 'evt_1', 'webhook-timestamp': String(seconds), 'webhook-signature': signature };
    expect(await post(url, headers)).toBe(200);
    expect(await post(url, { ...headers, 'webhook-timestamp': String(seconds - 1) })).toBe(401);
    expect(await ended).toBe(1);
  });

  it('takes no more than a delivery can be, and prints no control characters', async () => {
    const { url, ended, out } = await listener('--count', '1');
    expect(await post(url, {}, 'x'.repeat(300_000)).catch(() => 413)).toBe(413);
    expect((await fetch(url)).status).toBe(405);
    expect(await post(url, {}, '\u001b[31mred')).toBe(200);
    expect(await ended).toBe(0);
    expect(out.join('')).not.toContain('\u001b');
  });

  it('says what is wrong with its flags', async () => {
    expect(await assay(['webhooks', 'listen', '--secret', 'whsec_'])).toMatchObject({ code: 2 });
    expect((await assay(['webhooks', 'listen', '--public-key', 'whpk_AA'])).err).toContain('--public-key must be');
    expect((await assay(['webhooks', 'dance'])).err).toContain('Say what to do');
  });
});

describe('the verbs', () => {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  async function api(answers: Record<string, unknown>): Promise<{ url: string; asked: string[] }> {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const line = `${request.method ?? ''} ${request.url ?? ''}`;
        asked.push(`${line} ${request.headers.authorization ?? ''} ${Buffer.concat(parts).toString()}`.trim());
        const answer = answers[line];
        if (answer === null) response.writeHead(204).end();
        else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? {}));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => new Promise((resolve) => server.close(resolve)));
    return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, asked };
  }

  const id = `ep_${'0'.repeat(32)}`;
  const endpoint = {
    ...{ id, url: 'https://r.test/', format: 'standard', scheme: 'v1', types: ['node.down'], nodes: [], operators: [], note: '' },
    ...{ state: 'active', disabledReason: null, disabledAtMs: null, failingSinceMs: null, deliveredAtMs: null, createdAtMs: 1 },
  };
  const env = { ASSAY_API_KEY: 'assay_key' };

  it('create prints the secret alone, list and test and delete do what they say', async () => {
    const { url, asked } = await api({
      'POST /v1/webhooks': { endpoint, secret: SECRET },
      'GET /v1/webhooks?limit=100': { items: [endpoint], next: null },
      [`POST /v1/webhooks/${id}/test`]: { event: 'evt_9' },
      [`DELETE /v1/webhooks/${id}`]: null,
    });
    const made = await assay(['webhooks', 'create', '--api', url, '--url', 'https://r.test/', '--types', 'node.down'], env);
    expect([made.code, made.out]).toEqual([0, SECRET]);
    expect(asked[0]).toContain('Bearer assay_key');
    expect(asked[0]).toContain('"types":["node.down"]');
    expect((await assay(['webhooks', 'list', '--api', url], env)).out).toContain(id);
    expect((await assay(['webhooks', 'test', '--api', url, '--id', id], env)).out).toBe('evt_9');
    expect((await assay(['webhooks', 'delete', '--api', url, '--id', id], env)).out).toContain('is deleted');
    expect((await assay(['webhooks', 'create', '--api', url, '--types', 'x'], env)).code).toBe(2);
  });
});
