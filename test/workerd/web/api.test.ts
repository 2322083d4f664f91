// Every JSON route over real rows: form, contents, errors, caching, and cursors that walk each row exactly once.
import { beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { fromHex, toHex, ZERO32 } from '../../../protocol/bytes.ts';
import { sha256 } from '../../../protocol/hash.ts';
import { policyHash } from '../../../protocol/policy.ts';
import { auditList, type AuditItem } from '../../../schema/api/audits.ts';
import { epochDetail, epochList, epochNodeList } from '../../../schema/api/epochs.ts';
import { network } from '../../../schema/api/network.ts';
import { nodeDetail, nodeList, type NodeItem } from '../../../schema/api/nodes.ts';
import { json, refused, walk } from '../support/ask.ts';
import { nodeIdOf, type SeededEpoch } from '../support/ledger-rows.ts';
import { SMALL_NETWORK_LAST, smallNetwork } from '../support/small-network.ts';
import { bindings, embeddedPolicy, revealMs, siteAt, webPorts } from '../support/web-env.ts';

const LAST = SMALL_NETWORK_LAST;
const site = siteAt(revealMs(LAST));
let seeded = new Map<number, SeededEpoch>();

beforeAll(async () => {
  seeded = await smallNetwork();
}, 60_000);

const epochOf = (epoch: number): SeededEpoch => {
  const found = seeded.get(epoch);
  if (found === undefined) throw new Error(`epoch ${String(epoch)} is not seeded`);
  return found;
};

describe('network and policy', () => {
  test('network: identity, clock, last posted report, sums of revealed epochs', async () => {
    const body = await json(site, '/v1/network', network);
    expect(body).toMatchObject({ chainId: 31337, revealedThrough: LAST, nodeCount: 7, policy: { name: 'embedded' } });
    expect(body.lastPosted).toMatchObject({
      epoch: LAST - 1,
      auditRoot: epochOf(LAST - 1).auditRoot,
      blockNumber: 100 + LAST - 1,
    });
    const rows = [...seeded.values()].flatMap((epoch) => epoch.rows);
    const count = (outcome: string): number => rows.filter((row) => row.outcome === outcome).length;
    expect(body.recent).toMatchObject({
      window: { fromEpoch: 0, throughEpoch: LAST },
      epochs: 11,
      due: rows.length,
      tally: { pass: count('pass'), fail: count('fail'), void: count('void') },
    });
  });
  test('before genesis there is nothing, and nothing breaks', async () => {
    const body = network.parse(await (await siteAt(0).get('/v1/network')).json());
    expect(body).toMatchObject({ now: null, revealedThrough: null, lastPosted: null });
    expect(body.recent).toEqual({ window: null, epochs: 0, due: 0, done: 0, tally: { pass: 0, fail: 0, void: 0 } });
  });
  test('policy: the very bytes that the registry holds the hash of', async () => {
    const answer = await site.get('/v1/policy');
    const bytes = new Uint8Array(await answer.arrayBuffer());
    expect(toHex(sha256(bytes))).toBe(policyHash(embeddedPolicy()));
  });
});

describe('nodes', () => {
  test('each node in effect once, by index, with its results', async () => {
    const nodes: NodeItem[] = await walk(site, '/v1/nodes?limit=2', nodeList);
    expect(nodes.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    const [first, second] = nodes;
    expect(first).toMatchObject({
      host: 'moved.example.net',
      status: 'audited',
      standing: { enough: false, passRateLowerPpm: null },
    });
    const rows = [...seeded.values()].flatMap((epoch) => epoch.rows).filter((row) => row.nodeIndex === 1);
    expect(second?.totals).toEqual({
      pass: rows.filter((r) => r.outcome === 'pass').length,
      fail: rows.filter((r) => r.outcome === 'fail').length,
      void: 0,
    });
    expect(second?.failures).toEqual([{ reason: 'wrong_result', count: second?.totals?.fail }]);
    expect(second?.lastAudit).toMatchObject({ id: `${String(LAST)}-3-1` });
    expect(nodes.map(({ status }) => status)).toEqual([
      ...Array.from({ length: 5 }, () => 'audited'),
      'retired',
      'unknown_class',
    ]);
    expect(nodes[4]).toMatchObject({ totals: { pass: 0, fail: 0, void: 0 }, lastAudit: null });
  });
  test('by class', async () => {
    const nodes: NodeItem[] = await walk(site, '/v1/nodes?limit=1&class=cpu-fast', nodeList);
    expect(nodes.map(({ index }) => index)).toEqual([1, 3, 5]);
    expect(await walk(site, '/v1/nodes?class=none-such', nodeList)).toEqual([]);
  });
  test('one node, with its epochs newest first', async () => {
    const body = await json(site, `/v1/nodes/${nodeIdOf(3)}`, nodeDetail);
    expect(body).toMatchObject({ index: 3, fromEpoch: 0, url: 'https://gpu-3.example.net/' });
    expect(body.window).toEqual({ fromEpoch: 0, throughEpoch: LAST });
    expect(body.epochs.map(({ epoch }) => epoch)).toEqual([14, 12, 10, 8, 6, 4]);
  });
  test('no epoch is covered while none is public', async () => {
    const early = siteAt(revealMs(0) - 1);
    expect(await json(early, `/v1/nodes/${nodeIdOf(3)}`, nodeDetail)).toMatchObject({ window: null, epochs: [] });
    expect(await json(early, '/v1/nodes', nodeList)).toMatchObject({ window: null });
    expect(await (await early.get(`/nodes/${nodeIdOf(3)}`)).text()).toContain('Nothing is public yet.');
  });
  test('a node that is not in effect yet is not there', async () => {
    expect(await refused(site, `/v1/nodes/${nodeIdOf(7)}`)).toMatchObject({ status: 404, code: 'not-found' });
    expect(await refused(site, `/v1/nodes/${nodeIdOf(7)}/audits`)).toMatchObject({ status: 404, code: 'not-found' });
  });
  test('all audits of a node exactly once, newest first, also filtered', async () => {
    const path = `/v1/nodes/${nodeIdOf(2)}/audits?limit=7`;
    const audits: AuditItem[] = await walk(site, path, auditList);
    const rows = [...seeded.values()].flatMap((epoch) => epoch.rows).filter((row) => row.nodeIndex === 2);
    const ids = rows.map(({ epoch, slot, draw }) => `${String(epoch)}-${String(slot)}-${String(draw)}`).reverse();
    expect(audits.map(({ id }) => id)).toEqual(ids);
    const failed: AuditItem[] = await walk(site, `${path}&outcome=fail`, auditList);
    expect(failed).toEqual(audits.filter(({ outcome }) => outcome === 'fail'));
    const slow: AuditItem[] = await walk(site, `/v1/nodes/${nodeIdOf(2)}/audits?limit=1&reason=below_claim`, auditList);
    expect(slow).toEqual(audits.filter(({ reason }) => reason === 'below_claim'));
  });
  test('a filtered list whose scan ends early goes on from there', async () => {
    const { views } = webPorts(revealMs(LAST));
    const short = {
      ...views,
      nodeAudits: (...[horizon, index, page]: Parameters<typeof views.nodeAudits>) =>
        views.nodeAudits(horizon, index, { ...page, scan: 3 }),
    };
    const scanning = siteAt(revealMs(LAST), { views: short });
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const answer = await scanning.get(
        `/v1/nodes/${nodeIdOf(2)}/audits?outcome=fail${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      const page: z.infer<typeof auditList> = auditList.parse(await answer.json());
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.next;
    }
    const all: AuditItem[] = await walk(site, `/v1/nodes/${nodeIdOf(2)}/audits?outcome=fail`, auditList);
    expect(seen).toEqual(all.map(({ id }) => id));
  });
});

describe('epochs', () => {
  test('each once, newest first', async () => {
    const epochs = await walk(site, '/v1/epochs?limit=4', epochList);
    expect(epochs.map(({ epoch }) => epoch)).toEqual([14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4]);
  });
  test('a posted one has its report; a sealed one does not show it before it is posted', async () => {
    const posted = await json(site, '/v1/epochs/13', epochDetail);
    expect(posted.report?.archiveHash).toBe(epochOf(13).archiveHash);
    expect(posted.transactionHash).not.toBeNull();
    const sealed = await json(site, '/v1/epochs/14', epochDetail);
    expect(sealed).toMatchObject({ state: 'sealed', report: null, reportHash: null, signature: null, transactionHash: null });
  });
  test('its summaries, page by page', async () => {
    const lines = await walk(site, '/v1/epochs/12/nodes?limit=3', epochNodeList);
    expect(lines.map(({ nodeIndex, nodeId }) => [nodeIndex, nodeId])).toEqual(
      [0, 1, 2, 3].map((index) => [index, nodeIdOf(index)]),
    );
  });
});

describe('bytes', () => {
  test('the archive is what was hashed; its chunks are found by hash, with and without 0x', async () => {
    const { manifest, archiveHash, chunkHashes } = epochOf(10);
    const answer = await site.get('/v1/epochs/10/archive');
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(manifest);
    expect(answer.headers.get('etag')).toBe(`"${archiveHash}"`);
    expect(answer.headers.get('content-length')).toBe(String(manifest.length));
    expect(answer.headers.get('repr-digest')).toBe(`sha-256=:${btoa(String.fromCharCode(...fromHex(archiveHash)))}:`);
    expect(answer.headers.get('cache-control')).toContain('immutable');
    expect(chunkHashes.length).toBeGreaterThan(1);
    for (const hash of [archiveHash, ...chunkHashes]) {
      for (const name of [hash, hash.slice(2)]) {
        const object = await site.get(`/v1/objects/${name}`);
        expect([object.status, toHex(sha256(new Uint8Array(await object.arrayBuffer())))]).toEqual([200, hash]);
      }
    }
  });
  test('transcripts are cut from their chunk, each with its hash', async () => {
    for (const row of epochOf(9).rows) {
      const answer = await site.get(`/v1/audits/9-${String(row.slot)}-${String(row.draw)}/transcript`);
      if (row.transcriptHash === ZERO32) expect(answer.status).toBe(404);
      else expect(toHex(sha256(new Uint8Array(await answer.arrayBuffer())))).toBe(row.transcriptHash);
    }
    const hash = epochOf(9).rows[0]?.transcriptHash ?? '';
    expect((await refused(site, `/v1/objects/${hash}`)).detail).toContain('/transcript');
  });
  test('bytes without their hash, or gone, are never served', async () => {
    const { rows } = epochOf(4);
    const row = rows.find(({ slot, transcriptHash }) => slot === 1 && transcriptHash !== ZERO32);
    const path = `/v1/audits/4-1-${String(row?.draw)}/transcript`;
    const length = (await (await site.get(path)).arrayBuffer()).byteLength;
    await bindings.ARCHIVE.put('transcripts/4/1/0', new Uint8Array(4_096));
    const faulty = siteAt(revealMs(LAST));
    expect((await faulty.get(path)).status).toBe(500);
    expect(faulty.faults).toHaveLength(1);
    await bindings.ARCHIVE.put('transcripts/4/1/0', new Uint8Array(length - 1));
    expect((await faulty.get(path)).status).toBe(404);
    await bindings.ARCHIVE.delete('transcripts/4/1/0');
    expect(await refused(site, path)).toMatchObject({ status: 404, code: 'not-found' });
  });
});
