// Bulk exports: what they hold is what the lists hold, they come in order and bounded, and nothing hidden is in them.
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { auditDetail } from '../../../schema/api/audits.ts';
import { scoreList } from '../../../schema/api/consensus.ts';
import { consensusExportHeader, consensusExportLine, epochExportHeader, epochExportLine } from '../../../schema/api/exports.ts';
import { EXPORT_ROWS } from '../../../workers/services/views/limits.ts';
import { json, refused, walk } from '../support/ask.ts';
import { addEpoch, addNodes, type SeededEpoch } from '../support/ledger-rows.ts';
import { addNetworkEpoch, type SeededNetwork } from '../support/network-rows.ts';
import { freshDatabase, gatewayPorts, revealMs, siteAt, webPorts, type Site } from '../support/web-env.ts';

const LAST = 6;
const site = siteAt(revealMs(LAST));
const NODES = Array.from({ length: EXPORT_ROWS + 50 }, (_, index) => index);
let network: SeededNetwork;
let own: SeededEpoch;

beforeAll(async () => {
  await freshDatabase();
  await addNodes([0, 1, 2].map((index) => ({ index })));
  own = await addEpoch({ epoch: 4, nodes: NODES.slice(0, 120), slots: 10 });
  await addEpoch({ epoch: 5, nodes: [0, 1], state: 'sealed' });
  await addEpoch({ epoch: LAST + 1, nodes: [0, 1] });
  network = await addNetworkEpoch({ epoch: 4, nodes: NODES });
  await addNetworkEpoch({ epoch: 5, nodes: [0, 1], root: 'disputed' });
  await addNetworkEpoch({ epoch: LAST + 1, nodes: [0, 1] });
}, 120_000);

async function lines(site: Site, path: string): Promise<unknown[]> {
  const answer = await site.get(path);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/x-ndjson']);
  const text = new TextDecoder().decode(await answer.arrayBuffer());
  expect(text.endsWith('\n')).toBe(true);
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

describe('an epoch of the network', () => {
  test('has a header that counts, every score as the list has it, and every validator', async () => {
    const [first, ...rest] = await lines(site, '/v1/consensus/4/export');
    const header = consensusExportHeader.parse(first);
    expect(header).toEqual({
      ...{ type: 'header', epoch: 4, rootHash: network.rootHash },
      counts: { node: NODES.length, validator: 4 },
    });
    const parsed = z.array(consensusExportLine).parse(rest);
    const scores = await walk(site, '/v1/consensus/4/scores?limit=100', scoreList);
    expect(parsed.filter(({ type }) => type === 'node')).toEqual(scores.map((score) => ({ type: 'node', ...score })));
    expect(parsed.slice(NODES.length)).toEqual(
      network.leaves.validators.map((line) => ({ type: 'validator', ...line, reward: String(line.reward) })),
    );
  });
  test('is read a page at a time, and only as it is taken', async () => {
    const asked: number[] = [];
    const ports = webPorts(revealMs(LAST));
    const counting: Site = siteAt(revealMs(LAST), {
      network: {
        ...ports.network,
        scores: async (horizon, epoch, page) => {
          asked.push(page.limit);
          return ports.network.scores(horizon, epoch, page);
        },
      },
    });
    const answer = await counting.get('/v1/consensus/4/export');
    const reader = answer.body?.getReader();
    await reader?.read();
    expect(asked.length).toBeLessThanOrEqual(1);
    await reader?.cancel();
    expect(await lines(counting, '/v1/consensus/4/export')).toHaveLength(1 + NODES.length + 4);
    expect(Math.max(...asked)).toBe(EXPORT_ROWS);
    const before = asked.length;
    const tag = answer.headers.get('etag') ?? '';
    expect((await counting.get('/v1/consensus/4/export', { headers: { 'if-none-match': tag } })).status).toBe(304);
    await counting.get('/v1/consensus/4/export', { method: 'HEAD' });
    expect(asked.length).toBe(before);
  });
  test('keeps for ever, and is not there before the reveal or without a final root', async () => {
    const answer = await site.get('/v1/consensus/4/export', { method: 'HEAD' });
    expect(answer.headers.get('cache-control')).toContain('immutable');
    expect(answer.headers.get('etag')).toBe(`W/"${network.rootHash}"`);
    expect(await refused(site, '/v1/consensus/5/export')).toMatchObject({ status: 404, code: 'not-found' });
    expect(await refused(site, `/v1/consensus/${String(LAST + 1)}/export`)).toMatchObject({ code: 'not-revealed' });
    expect(await refused(site, '/v1/consensus/04/export')).toMatchObject({ code: 'bad-id' });
    expect(await refused(site, '/v1/consensus/4/export?limit=1')).toMatchObject({ code: 'bad-query' });
  });
});

describe('an own epoch', () => {
  test('has every record in order, as its own route shows it', async () => {
    const [first, ...rest] = await lines(site, '/v1/epochs/4/export');
    expect(epochExportHeader.parse(first)).toMatchObject({ epoch: 4, state: 'posted', counts: { audit: 1200 } });
    const parsed = z.array(epochExportLine).parse(rest);
    expect(parsed).toHaveLength(1200);
    const places = parsed.map(({ record }) => 10_000 * record.slot + record.draw);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    for (const { id, nodeIndex, record } of parsed.filter((_, at) => at % 301 === 0)) {
      expect(await json(site, `/v1/audits/${id}`, auditDetail)).toMatchObject({ id, nodeIndex, record });
    }
    expect(epochExportHeader.parse(first).auditRoot).toBe(own.auditRoot);
  });
  test('is live while it is not posted, hidden before the reveal, and not at a gateway', async () => {
    const sealed = await site.get('/v1/epochs/5/export');
    await sealed.arrayBuffer();
    expect(sealed.headers.get('cache-control')).toBe('public, max-age=3');
    expect((await site.get('/v1/epochs/4/export', { method: 'HEAD' })).headers.get('cache-control')).toContain('immutable');
    expect(await refused(site, `/v1/epochs/${String(LAST + 1)}/export`)).toMatchObject({ code: 'not-revealed' });
    const gateway = siteAt(revealMs(LAST), gatewayPorts(revealMs(LAST)));
    expect(await refused(gateway, '/v1/epochs/4/export')).toMatchObject({ status: 404, code: 'not-found' });
    expect(await lines(gateway, '/v1/consensus/4/export')).toHaveLength(1 + NODES.length + 4);
  });
});
