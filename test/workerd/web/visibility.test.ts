// The visibility rule: what is not revealed leaks nowhere, neither by its route nor in a sum, and secrets have no route at all.
import { beforeAll, describe, expect, test } from 'vitest';
import { ZERO32 } from '../../../protocol/bytes.ts';
import type { EpochState } from '../../../schema/tables/index.ts';
import { addEpoch, addNodes, nodeIdOf, seedOf, type SeededEpoch } from '../support/ledger-rows.ts';
import { bindings, freshDatabase, revealMs, siteAt, type Site } from '../support/web-env.ts';

const PUBLIC = 5;
const states: [number, EpochState][] = [
  [6, 'sealing'],
  [7, 'abandoned'],
  [8, 'open'],
  [9, 'frozen'],
  [10, 'sealed'],
  [11, 'posted'],
];
const hidden = new Map<number, SeededEpoch>();
const shown = new Map<number, SeededEpoch>();
// Epochs 6 to 9 have passed their reveal time without being sealed, 10 and 11 are sealed before theirs.
const site = siteAt(revealMs(9));

beforeAll(async () => {
  await freshDatabase();
  await addNodes([{ index: 0 }, { index: 1 }, { index: 2 }]);
  for (const epoch of [4, PUBLIC]) shown.set(epoch, await addEpoch({ epoch, nodes: [0, 1] }));
  for (const [epoch, state] of states) hidden.set(epoch, await addEpoch({ epoch, nodes: [0, 1, 2], state }));
  await bindings.ARCHIVE.put('secret/6', 'a secret', { customMetadata: { epoch: '4' } });
  await bindings.ARCHIVE.put(`archive/${'cd'.repeat(32)}`, 'an object without an epoch');
}, 60_000);

async function everyPage(at: Site): Promise<Map<string, string>> {
  const paths = ['/', '/health', '/v1/network', '/v1/nodes', '/v1/epochs'];
  for (const index of [0, 1, 2]) {
    const id = nodeIdOf(index);
    paths.push(`/nodes/${id}`, `/v1/nodes/${id}`, `/v1/nodes/${id}/audits?limit=100`);
    for (const outcome of ['pass', 'fail', 'void']) paths.push(`/v1/nodes/${id}/audits?outcome=${outcome}`);
  }
  const texts = new Map<string, string>();
  for (const path of paths) {
    const answer = await at.get(path);
    expect([path, answer.status]).toEqual([path, 200]);
    texts.set(path, await answer.text());
  }
  return texts;
}

describe('what is not revealed', () => {
  test.each(states)('epoch %i (%s) has no route', async (epoch) => {
    const row = hidden.get(epoch)?.rows.find(({ transcriptHash }) => transcriptHash !== ZERO32);
    const audit = `${String(epoch)}-${String(row?.slot)}-${String(row?.draw)}`;
    const base = [`/v1/epochs/${String(epoch)}`, `/epochs/${String(epoch)}`, `/v1/audits/${audit}`];
    const objects = [hidden.get(epoch)?.archiveHash, ...(hidden.get(epoch)?.chunkHashes ?? [])].map(
      (hash) => `/v1/objects/${String(hash)}`,
    );
    for (const path of [
      ...base,
      `${base[0] ?? ''}/archive`,
      `${base[0] ?? ''}/nodes`,
      `${base[2] ?? ''}/transcript`,
      ...objects,
    ]) {
      const answer = await site.get(path);
      expect([path, answer.status]).toEqual([path, 404]);
      expect(await answer.text()).not.toContain(seedOf(epoch).slice(2));
    }
  });

  test('is in no list, page or sum: answers are those of a database without it', async () => {
    const withHidden = await everyPage(site);
    for (const epoch of hidden.keys()) {
      for (const table of ['epochs', 'audits', 'summaries', 'chunks']) {
        await bindings.DB.prepare(`CREATE TABLE IF NOT EXISTS kept_${table} AS SELECT * FROM ${table}`).run();
        await bindings.DB.prepare(`DELETE FROM ${table} WHERE epoch = ?`).bind(epoch).run();
      }
    }
    const without = await everyPage(site);
    for (const table of ['epochs', 'audits', 'summaries', 'chunks']) {
      await bindings.DB.prepare(`INSERT OR IGNORE INTO ${table} SELECT * FROM kept_${table}`).run();
      await bindings.DB.prepare(`DROP TABLE kept_${table}`).run();
    }
    expect(withHidden).toEqual(without);
    expect(without.get('/v1/network')).toContain(`"epoch":${String(PUBLIC)}`);
  });

  test('appears at its reveal time, not a second earlier', async () => {
    for (const epoch of [10, 11]) {
      const hash = hidden.get(epoch)?.archiveHash ?? '';
      const paths = [
        `/v1/epochs/${String(epoch)}`,
        `/v1/epochs/${String(epoch)}/archive`,
        `/v1/objects/${hash}`,
        `/v1/audits/${String(epoch)}-1-0`,
      ];
      for (const path of paths) {
        expect([path, (await siteAt(revealMs(epoch) - 1000).get(path)).status]).toEqual([path, 404]);
        const after = await siteAt(revealMs(epoch)).get(path);
        expect([path, after.status]).toEqual([path, 200]);
        await after.arrayBuffer();
      }
    }
  });

  test('the seed is in the manifest and in a posted report, nowhere else', async () => {
    const at = siteAt(revealMs(11));
    expect(await (await at.get('/v1/epochs/10')).text()).not.toContain(seedOf(10));
    expect(await (await at.get('/epochs/10')).text()).not.toContain(seedOf(10));
    expect(await (await at.get('/v1/epochs/11')).text()).toContain(seedOf(11));
    expect(await (await at.get('/v1/epochs/10/archive')).text()).toContain(seedOf(10));
  });
});

describe('objects that no route may serve', () => {
  const tries = [
    'secret/6',
    'secret%2F6',
    '..%2Fsecret%2F6',
    '../secret/6',
    '%2e%2e/secret/6',
    '%2e%2e%2fsecret%2f6',
    '..%5csecret%5c6',
    'archive%2F..%2Fsecret%2F6',
    '//secret/6',
    'secret/6%00',
  ];
  const roots = ['/', '/v1/objects/', '/v1/audits/', '/v1/epochs/', '/v1/nodes/', '/assets/', '/v1/epochs/5/archive/'];
  test.each(tries)('%s', async (name) => {
    for (const root of roots) {
      for (const tail of ['', '/transcript', '/archive']) {
        const answer = await site.get(`${root}${name}${tail}`);
        expect([root, answer.status >= 400 && answer.status < 500]).toEqual([root, true]);
        expect(await answer.text()).not.toContain('a secret');
      }
    }
  });
  test('not even a row that names it opens it', async () => {
    const row = shown.get(4)?.rows.find(({ transcriptHash }) => transcriptHash !== ZERO32);
    await bindings.DB.prepare("UPDATE chunks SET transcripts = 'secret/6' WHERE epoch = 4").run();
    await bindings.DB.prepare('UPDATE audits SET transcript_offset = 0, transcript_length = 8 WHERE epoch = 4').run();
    const answer = await site.get(`/v1/audits/4-${String(row?.slot)}-${String(row?.draw)}/transcript`);
    expect(await answer.text()).not.toContain('a secret');
  });
  test('an object without an epoch is not served by its hash', async () => {
    expect((await site.get(`/v1/objects/${'cd'.repeat(32)}`)).status).toBe(404);
  });
});
