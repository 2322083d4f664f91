// `assay audit` against an API on loopback that answers as the Worker does: what is sent, what is said, and how it ends. The Worker's side is
// held against the same schemas in test/workerd/spots.
import { createServer, type Server } from 'node:http';
import { readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { verdictOf, type Reason } from '../../../protocol/verdict.ts';
import type { SpotDetail, SpotStep } from '../../../schema/api/spots.ts';
import { readSpotFile } from '../../../cli/verify/spot.ts';
import { assay } from './io.ts';

const ID = `spot_${'ab'.repeat(16)}`;
const NODE = `0x${'11'.repeat(32)}` as const;
const word = `0x${'22'.repeat(32)}` as const;
const KEY = 'assay_4fQ81vTz_a-key-of-a-test';

function detail(state: SpotDetail['state'], names: readonly SpotStep['step'][], reason: Reason | null): SpotDetail {
  const address = `0x${'0a'.repeat(20)}` as const;
  const place = { epoch: 7, slot: 0, draw: 9, validator: address, nodeId: NODE, kind: 1, challengeHash: word, commitment: word };
  const times = { elapsedMs: 31, measure: 403_000_000, freshnessRound: 0, startedAt: 1_000 };
  const record = reason && { ...place, openingHash: word, ...verdictOf(reason), ...times, transcriptHash: word };
  const names2 = { chainId: 31337, registry: address, policyHash: word, beacon: null, seed: word };
  return {
    ...{ id: ID, nodeId: NODE, kind: 'gemm', state, createdAtMs: 1_000, endedAtMs: reason === null ? null : 2_500 },
    ...{ outcome: record?.outcome ?? null, reason, measure: record?.measure ?? null, elapsedMs: record?.elapsedMs ?? null },
    ...{ validator: record && address, failure: state === 'failed' ? { code: 'unsupported', detail: 'Too old.' } : null },
    links: { self: `/v1/audits/on-demand/${ID}`, events: '/e', transcript: reason === null ? null : '/t' },
    steps: names.map((step, i) => ({ step, atMs: 1_000 + 500 * i })),
    proof: record && { ...names2, record, recordHash: word, signer: address, signature: `0x${'51'.repeat(65)}` },
  };
}

type Asked = {
  readonly method: string;
  readonly path: string;
  readonly key: string;
  readonly idempotency: string;
  readonly body: string;
};
let asked: Asked[] = [];
let answers: { status: number; body: unknown }[] = [];
let server: Server;
let api = '';

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => (body += String(part)));
    request.on('end', () => {
      const { authorization = '', 'idempotency-key': key = '' } = request.headers;
      asked.push({ method: request.method ?? '', path: request.url ?? '', key: authorization, idempotency: String(key), body });
      if ((request.url ?? '').endsWith('/transcript')) {
        response.writeHead(200).end(Uint8Array.of(1, 2, 3));
        return;
      }
      const { status, body: told } = answers.shift() ?? { status: 500, body: {} };
      response.writeHead(status).end(JSON.stringify(told));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  api = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  [asked, answers] = [[], []];
});

const run = (...words: string[]) => assay(['audit', ...words, '--api', api], { ASSAY_API_KEY: KEY });
const PASSED = ['queued', 'challenged', 'committed', 'opened', 'verified', 'done'] as const;
const ordered = { status: 202, body: detail('queued', ['queued'], null) };
const ended = (reason: Reason) => ({ status: 200, body: detail('done', PASSED, reason) });

describe('assay audit', () => {
  it('orders, tells each step once, and the verdict in plain words', async () => {
    answers = [ordered, { status: 200, body: detail('running', ['queued', 'challenged'], null) }, ended('none')];
    const { code, out } = await run(NODE);
    expect(code).toBe(0);
    expect(asked[0]).toMatchObject({
      method: 'POST',
      path: '/v1/audits',
      key: `Bearer ${KEY}`,
      body: JSON.stringify({ node: NODE, kind: 'gemm' }),
    });
    expect(asked[0]?.idempotency).toMatch(/^[0-9a-f-]{36}$/);
    expect(
      out
        .split('\n')
        .filter((line) => /^ +\d/.test(line))
        .map((line) => line.trim().split(/ {2,}/)[1]),
    ).toEqual([
      'ordered',
      'the node is asked',
      'the node has committed to its result',
      'the node has opened what was drawn',
      'what it opened is checked',
      'done',
    ]);
    expect(out).toContain('Passed. Every check held');
    expect(out).toContain('at least 403 million operations a second, answered in 31 ms');
    expect(out).not.toContain(KEY);
  });

  it('ends with 1 for a failure, and 3 where there is no verdict on the node', async () => {
    answers = [ordered, ended('wrong_result')];
    expect(await run(NODE)).toMatchObject({ code: 1 });
    answers = [ordered, ended('busy')];
    expect(await run(NODE)).toMatchObject({ code: 3 });
    answers = [ordered, { status: 200, body: detail('failed', ['queued', 'failed'], null) }];
    const { code, out } = await run(NODE);
    expect([code, out.includes('No verdict: Too old.')]).toEqual([3, true]);
  });

  it('--json prints the API’s answer alone; --save writes what verify --spot reads', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'assay-')), 'audit.json');
    answers = [ordered, ended('none')];
    const { code, out } = await run(NODE, '--kind', 'presence', '--json', '--save', file);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual(detail('done', PASSED, 'none'));
    const kept = await readSpotFile(file);
    expect([kept.audit, [...kept.transcript]]).toEqual([detail('done', PASSED, 'none'), [1, 2, 3]]);
    expect(readFileSync(file, 'utf8')).not.toContain(KEY);
  });

  it('says what the API refuses, and what of the command line makes no sense', async () => {
    const problem = { type: '/problems/over-quota', title: 'The quota is used up', status: 429, detail: 'Try again tomorrow.' };
    answers = [{ status: 429, body: problem }];
    expect(await run(NODE)).toMatchObject({ code: 2, err: 'assay audit: The quota is used up. Try again tomorrow.' });
    asked = [];
    for (const words of [[], ['0x12'], [NODE, '--kind', 'vram']]) expect((await run(...words)).code).toBe(2);
    expect((await assay(['audit', NODE, '--api', 'http://example.org'], { ASSAY_API_KEY: KEY })).err).toContain('https');
    expect((await assay(['audit', NODE, '--api', api], {})).err).toContain('ASSAY_API_KEY is not set');
    expect(asked).toEqual([]);
  });

  it('verify --spot refuses what is no such file, or has no verdict', async () => {
    const flags = ['--rpc', 'http://127.0.0.1:1', '--registry', `0x${'0a'.repeat(20)}`];
    expect(await assay(['verify', '--spot', '/no/such/file', ...flags])).toMatchObject({ code: 2 });
    expect((await assay(['verify', '--spot', 'package.json', ...flags])).err).toContain('is no file that');
    expect((await assay(['verify', '--spot', ID, ...flags])).err).toContain('--api');
    answers = [{ status: 200, body: detail('running', ['queued'], null) }];
    const { code, err } = await assay(['verify', '--spot', ID, '--api', api, ...flags], { ASSAY_API_KEY: KEY });
    expect([code, err.includes('nothing to verify')]).toEqual([2, true]);
  });
});
