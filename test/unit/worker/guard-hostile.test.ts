// Hostile addresses against everything that sends to addresses of strangers: deliveries and their creation. The guard alone decides; the
// requests that went out are counted at the outermost edge, and there are none.
import { describe, expect, it } from 'vitest';
import { webhookSender } from '../../../workers/adapters/webhook-sender.ts';
import { guard } from '../../../workers/services/guard.ts';
import { createEndpoint } from '../../../workers/services/alerts/endpoints.ts';
import type { AlertPorts } from '../../../workers/services/alerts/ports.ts';
import { HOSTILE, resolveHostile } from '../../support/hostile-urls.ts';

/** More spellings, of what a webhook's address is tempted with. */
const MORE = [
  ...[
    'https://169.254.169.254/latest/meta-data/',
    'https://[fd00:ec2::254]/',
    'https://metadata.google.internal./computeMetadata/v1/',
  ],
  ...['https://100.100.100.200/', 'https://192.0.0.192/', 'https://[::ffff:169.254.169.254]/', 'https://[64:ff9b::a9fe:a9fe]/'],
  ...[
    'https://[2002:a9fe:a9fe::1]/',
    'https://[2001:0:a9fe:a9fe::1]/',
    'https://0xA9FEA9FE/',
    'https://2852039166/',
    'https://0251.0376.0251.0376/',
  ],
  ...['https://xn--localhost-/', 'https://127.1/', 'https://127.0.1/', 'https://0/', 'https://0.0/', 'https://017700000001/'],
  ...[
    'https://127.0.0.1:443/',
    'https://127.0.0.1:0/',
    'https://10.0.0.1:6379/',
    'https://[::1]:9200/',
    'https://localhost:11211/',
  ],
  ...['http://hooks.slack.com/services/T/B/x', 'https://hooks.slack.com@10.0.0.1/', 'https://hooks.slack.com:443@[::1]/x'],
  ...[
    'https://１２７.０.０.１/',
    'https://127。0。0。1/',
    'https://⑯⑨.254.169.254/',
    'https://127.0.0.1%2f@example.com/',
    'https://127.0.0.1%23/',
  ],
];
const ALL = [...new Set([...HOSTILE, ...MORE])];

type Counted = { readonly requests: string[]; readonly answer: () => Response };
const counting = (answer: () => Response): Counted & { fetcher: (url: string) => Promise<Response> } => {
  const requests: string[] = [];
  const fetcher = async (url: string): Promise<Response> => {
    requests.push(url);
    return answer();
  };
  return { requests, answer, fetcher };
};
const message = (url: string) => ({ url, headers: { 'webhook-id': 'evt_1' }, body: '{}' });

describe('a delivery', () => {
  it(`to any of ${String(ALL.length)} hostile addresses sends nothing, and says why`, async () => {
    expect(ALL.length).toBeGreaterThanOrEqual(300);
    const { requests, fetcher } = counting(() => new Response());
    const send = webhookSender(new Set(), resolveHostile, fetcher);
    const answered: string[] = [];
    for (const url of ALL) {
      const reply = await send(message(url));
      if (reply.status !== null || !reply.error?.startsWith('No request is sent')) answered.push(url);
    }
    expect([answered, requests]).toEqual([[], []]);
  });

  it('to an address that has become hostile since it was checked sends nothing', async () => {
    const { requests, fetcher } = counting(() => new Response());
    const addresses = [['93.184.216.34'], ['10.0.0.1']];
    const resolve = async (): Promise<string[]> => addresses.shift() ?? [];
    expect(await guard('https://moves.test/', new Set(), resolve)).toMatchObject({ ok: true });
    expect(await webhookSender(new Set(), resolve, fetcher)(message('https://moves.test/'))).toMatchObject({ status: null });
    expect(requests).toEqual([]);
  });

  it.each([301, 302, 303, 307, 308])(
    'answered with %i to a hostile address makes one request, and no second one',
    async (status) => {
      const headers = { location: 'https://169.254.169.254/latest/meta-data/' };
      const { requests, fetcher } = counting(() => new Response(null, { status, headers }));
      const send = webhookSender(new Set(), async () => ['93.184.216.34'], fetcher);
      expect(await send(message('https://good.test/hook'))).toMatchObject({ status });
      expect(requests).toEqual(['https://good.test/hook']);
    },
  );

  it('asks the platform not to follow redirects, and to a good address does go out', async () => {
    const inits: RequestInit[] = [];
    const send = webhookSender(
      new Set(),
      async () => ['93.184.216.34'],
      async (_url, init) => {
        inits.push(init);
        return new Response('ok');
      },
    );
    expect(await send(message('https://good.test/hook'))).toEqual({ status: 200, retryAfter: null, error: null });
    expect(inits).toMatchObject([{ method: 'POST', redirect: 'manual' }]);
  });
});

it('an endpoint with a hostile address is never made', async () => {
  const stored: unknown[] = [];
  const alerts = {
    check: (url: string) => guard(url, new Set(), resolveHostile),
    vault: () => ({ seal: async () => '', open: async () => Promise.reject(new Error('never')), publicKey: () => '' }),
    random: (bytes: number) => new Uint8Array(bytes),
    endpoints: {
      add: async (endpoint: unknown) => {
        stored.push(endpoint);
        return true;
      },
    },
  } as unknown as AlertPorts;
  for (const url of ALL) {
    const body = { url, format: 'standard', scheme: 'v1', types: [], nodes: [], operators: [], note: '' } as const;
    const made = await createEndpoint(
      { alerts, nowMs: () => 0 },
      { tenant: 't', endpointsMax: 9, body: { ...body, types: [], nodes: [], operators: [] } },
    );
    expect([url, made.ok]).toEqual([url, false]);
  }
  expect(stored).toEqual([]);
});
