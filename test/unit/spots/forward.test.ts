// A gateway's orders: passed on over real HTTP to validators that answer as theirs do, taken over when they fit together, never twice.
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createRate } from '../../../gpu-runners/server/rate.ts';
import { startRunner, type Runner } from '../../../gpu-runners/server/runner.ts';
import type { EpochNode } from '../../../protocol/schedule.ts';
import { checkSpot } from '../../../protocol/spot-check.ts';
import { spotUpstreams } from '../../../workers/adapters/spot-upstreams.ts';
import type { Audited } from '../../../workers/services/spots/audit-spot.ts';
import { forwardSpot, placesFor, type Forwarder } from '../../../workers/services/spots/forward-spot.ts';
import { UPSTREAM_SKEW_MS } from '../../../workers/services/spots/limits.ts';
import { detailOf } from '../../../workers/services/spots/item.ts';
import type { SpotRow } from '../../../workers/services/spots/ports.ts';
import { DOMAIN, OPERATOR, random32, testParts } from '../runner/rig.ts';
import { auditNow, audited, evidenceOf, factsOf, nodeAt, orderOf } from './rig.ts';

const parts = testParts({ settings: { ...testParts().settings, gpuClass: 'tiny' } });
let [runner, node, good]: [Runner | null, EpochNode | null, Audited | null] = [null, null, null];
const KEY = 'assay_a-key-of-the-gateway';
type Seen = {
  readonly method: string;
  readonly path: string;
  readonly key: string;
  readonly idempotency: string;
  readonly body: string;
};
type Behaviour = (seen: Seen) => { status: number; body: string | Uint8Array; headers?: Record<string, string> };
const servers: Server[] = [];

async function upstream(behaviour: Behaviour): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const read = async (request: IncomingMessage): Promise<string> => {
    let text = '';
    for await (const part of request) text += String(part);
    return text;
  };
  const server = createServer((request, response) => {
    void read(request).then((body) => {
      const { authorization = '', 'idempotency-key': key = '' } = request.headers;
      const one = { method: request.method ?? '', path: request.url ?? '', key: authorization, idempotency: String(key), body };
      seen.push(one);
      const answer = behaviour(one);
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, seen };
}

const REMOTE = `spot_${'ab'.repeat(16)}`;

/** A validator that takes the order and has done it at the second look. */
function honest(result: Audited, change: (row: SpotRow) => SpotRow = (row) => row): Behaviour {
  let looks = 0;
  return ({ method, path, body }) => {
    if (path.endsWith('/transcript')) return { status: 200, body: result.transcript };
    const order = orderOf(requireNode(), 1);
    const done: SpotRow = {
      ...order,
      id: REMOTE,
      state: 'done',
      endedAtMs: 3,
      proof: result.proof,
      transcriptBytes: result.transcript.length,
    };
    if (method === 'POST') {
      const asked = JSON.parse(body) as { node: string };
      return {
        status: 202,
        body: JSON.stringify(detailOf({ ...order, id: REMOTE, state: 'queued', nodeId: asked.node as SpotRow['nodeId'] })),
      };
    }
    return { status: 200, body: JSON.stringify(detailOf(++looks < 2 ? { ...order, id: REMOTE } : change(done))) };
  };
}

function requireNode(): EpochNode {
  if (node === null) throw new Error('there is no node yet');
  return node;
}
function requireGood(): Audited {
  if (good === null) throw new Error('nothing was audited yet');
  return good;
}

const order: Partial<SpotRow> = { id: `spot_${'0'.repeat(32)}` };
function forwarderTo(urls: readonly string[], change: Partial<Forwarder> = {}): { forwarder: Forwarder; steps: string[] } {
  const steps: string[] = [];
  const until = (timeMs: number): Promise<void> =>
    new Promise((resolve) => setTimeout(resolve, Math.max(0, Math.min(20, timeMs - Date.now()))));
  const resolve = (): Promise<string[]> => Promise.resolve([]);
  const forwarder: Forwarder = {
    ...{ domain: DOMAIN, clock: { nowMs: Date.now, until }, note: async (step) => void steps.push(step) },
    upstreams: spotUpstreams(
      urls.map((url) => ({ url, key: KEY })),
      new Set(['127.0.0.1']),
      resolve,
    ),
    validatorOf: async () => OPERATOR,
    takeRecord: takenIn(new Map()),
    ...change,
  };
  return { forwarder, steps };
}
/** As D1 has it: a record is of the first order that takes it. */
const takenIn =
  (records: Map<string, string>): Forwarder['takeRecord'] =>
  async (hash, id) => {
    if (!records.has(hash)) records.set(hash, id);
    return records.get(hash) === id;
  };
const ordered = (): SpotRow => ({ ...orderOf(requireNode(), 1), ...order, createdAtMs: requireGood().proof.record.startedAt });

beforeAll(async () => {
  runner = await startRunner(parts, createRate(1_000_000, 1));
  node = nodeAt(`http://127.0.0.1:${String(runner.port)}`, parts.signer);
  good = audited(await auditNow(node, 1));
});
afterAll(async () => {
  await runner?.stop(0);
});
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

describe('a gateway', () => {
  test('takes over what a validator found, with its key there and its own id as the order’s', async () => {
    const { url, seen } = await upstream(honest(requireGood()));
    const { forwarder, steps } = forwarderTo([url]);
    const result = await forwardSpot(forwarder, ordered());
    if ('code' in result) throw new Error(result.detail);
    expect(checkSpot(factsOf(requireNode()), evidenceOf(result)).checks.every(({ failure }) => failure === null)).toBe(true);
    expect(steps).toEqual(['forwarded']);
    expect(seen[0]).toEqual({
      ...{ method: 'POST', path: '/v1/audits', key: `Bearer ${KEY}`, idempotency: ordered().id },
      body: JSON.stringify({ node: requireNode().nodeId, kind: 'gemm' }),
    });
    expect(seen.every(({ key }) => key === `Bearer ${KEY}`)).toBe(true);
    expect(seen.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  test('who refuses or is dead is passed over; with nobody left it says why', async () => {
    const refusing = await upstream(() => ({ status: 429, body: '{}' }));
    const taking = await upstream(honest(requireGood()));
    const first = placesFor(ordered().id, 3);
    const urls: string[] = [];
    for (const [i, url] of [refusing.url, 'http://127.0.0.1:1', taking.url].entries()) urls[first[i] ?? 0] = url;
    expect('code' in (await forwardSpot(forwarderTo(urls).forwarder, ordered()))).toBe(false);
    expect(refusing.seen).toHaveLength(1);
    const nobody = await forwardSpot(forwarderTo([refusing.url]).forwarder, ordered());
    expect(nobody).toEqual({ code: 'no-validator', detail: 'No validator took the order: it answered 429.' });
    expect(await forwardSpot(forwarderTo([]).forwarder, ordered())).toMatchObject({ code: 'no-validator' });
  });

  test('a private address that nobody allowed is asked nothing', async () => {
    const { url, seen } = await upstream(honest(requireGood()));
    const upstreams = spotUpstreams([{ url, key: KEY }], new Set(), () => Promise.resolve([]));
    expect(await forwardSpot(forwarderTo([], { upstreams }).forwarder, ordered())).toMatchObject({ code: 'no-validator' });
    expect(seen).toEqual([]);
  });

  test('a redirect is not followed, so that the key stays with whom it is for', async () => {
    const thief = await upstream(() => ({ status: 200, body: '{}' }));
    const { url } = await upstream(() => ({ status: 302, body: '', headers: { location: `${thief.url}/v1/audits` } }));
    expect(await forwardSpot(forwarderTo([url]).forwarder, ordered())).toMatchObject({ code: 'no-validator' });
    expect(thief.seen).toEqual([]);
  });

  const lies: readonly [string, (row: SpotRow) => SpotRow, Partial<Forwarder>][] = [
    [
      'another node',
      (row) => ({ ...row, proof: row.proof && { ...row.proof, record: { ...row.proof.record, nodeId: random32() } } }),
      {},
    ],
    [
      'a changed record',
      (row) => ({ ...row, proof: row.proof && { ...row.proof, record: { ...row.proof.record, measure: 7 } } }),
      {},
    ],
    ['another seed', (row) => ({ ...row, proof: row.proof && { ...row.proof, seed: random32() } }), {}],
    ['another network', (row) => ({ ...row, proof: row.proof && { ...row.proof, chainId: 1 } }), {}],
    ['a signer without a seat', (row) => row, { validatorOf: async () => null }],
    ['somebody else’s seat', (row) => row, { validatorOf: async () => `0x${'77'.repeat(20)}` }],
  ];
  test.each(lies)('does not take over %s', async (_, change, forwarding) => {
    const { url } = await upstream(honest(requireGood(), change));
    expect(await forwardSpot(forwarderTo([url], forwarding).forwarder, ordered())).toMatchObject({ code: 'interrupted' });
  });

  test('does not take over another transcript', async () => {
    const { url } = await upstream(honest({ ...requireGood(), transcript: Uint8Array.of(1, 2, 3) }));
    expect(await forwardSpot(forwarderTo([url]).forwarder, ordered())).toMatchObject({ code: 'interrupted' });
  });

  test('does not take over an old verdict, nor one of the future, nor one that answered another order', async () => {
    const { url } = await upstream(honest(requireGood()));
    const { startedAt } = requireGood().proof.record;
    const at = (createdAtMs: number): SpotRow => ({ ...ordered(), createdAtMs });
    const why = async (row: SpotRow, change: Partial<Forwarder> = {}) => {
      const result = await forwardSpot(forwarderTo([url], change).forwarder, row);
      return 'code' in result ? `${result.code}: ${result.detail}` : 'taken over';
    };
    expect(await why(at(startedAt + UPSTREAM_SKEW_MS))).toBe('taken over');
    expect(await why(at(startedAt + UPSTREAM_SKEW_MS + 1))).toMatch(/^interrupted: .*begun before the order/);
    const behind = { clock: { ...forwarderTo([]).forwarder.clock, nowMs: () => startedAt - UPSTREAM_SKEW_MS - 1 } };
    expect(await why(at(startedAt - UPSTREAM_SKEW_MS - 1), behind)).toMatch(/^interrupted: .*in the future/);
    const takeRecord = takenIn(new Map());
    expect(await why(ordered(), { takeRecord })).toBe('taken over');
    expect(await why(ordered(), { takeRecord })).toBe('taken over');
    const second = { ...ordered(), id: `spot_${'1'.repeat(32)}` };
    expect(await why(second, { takeRecord })).toMatch(/^interrupted: .*the answer to another order/);
  });

  test('the validator’s own reason for no verdict is the order’s', async () => {
    const failure = { code: 'unsupported' as const, detail: 'too old' };
    const fails = (row: SpotRow): SpotRow => ({ ...row, state: 'failed', proof: null, transcriptBytes: null, failure });
    const { url } = await upstream(honest(requireGood(), fails));
    expect(await forwardSpot(forwarderTo([url]).forwarder, ordered())).toEqual(failure);
  });
});
