// Whole pages from profiles: what a reader must find, that hostile text stays text, that they stand without script, and what they weigh at worst.
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { toHex, u32, type Hex } from '../../../protocol/bytes.ts';
import { sha256 } from '../../../protocol/hash.ts';
import type { RankedNode } from '../../../schema/api/profile.ts';
import { comparePage } from '../../../workers/web/pages/compare.ts';
import { nodePage, type NodePage } from '../../../workers/web/pages/node.ts';
import { operatorPage } from '../../../workers/web/pages/operator.ts';
import { addressOf, detailOf, hashOf, historyOf, incidentOf, nodePageOf, profileOf, recentOf, settingsOf } from './fixture.ts';

const PACKED_BYTES_MAX = 100_000;
const HOSTILE = `"><script>alert(1)</script><img src=x onerror=alert(2)>'&lt;`;

const render = async (change: Partial<NodePage> = {}): Promise<string> => String(await nodePage(nodePageOf(change)));

/** Without our own scripts, which are files. */
const bare = (html: string): string => html.replaceAll(/<script src="\/assets\/[0-9a-f]{10}\.js" defer><\/script>/g, '');

function sound(html: string): void {
  expect(bare(html)).not.toMatch(/<script|<img src=x|\sstyle="|\son[a-z]+="|<style|NaN|undefined|\[object/i);
  expect(html.match(/(?:src|href)="(?:https?:)?\/\/[^"]*"/g)).toBeNull();
  const ids = [...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id ?? '');
  expect(ids).toEqual([...new Set(ids)]);
  for (const [, target] of html.matchAll(/(?:href="#|aria-labelledby="|for=")([a-z-]+)"/g)) expect(ids).toContain(target);
  expect(html.match(/<h1/g)).toHaveLength(1);
  const levels = [...html.matchAll(/<h([1-6])/g)].map(([, level]) => Number(level));
  for (const [i, level] of levels.entries()) expect(level - (levels[i - 1] ?? 0)).toBeLessThanOrEqual(1);
}

describe('a node’s page', () => {
  test('says the grade and one sentence first, then everything else', async () => {
    const html = await render();
    sound(html);
    expect(html.indexOf('Correct in 412 of 412 audits')).toBeLessThan(html.indexOf('<h2'));
    for (const words of [
      'Reliable.',
      'It answers.',
      'between 99.4 % and 99.7 %, 95 % sure',
      'id="evidence"',
      'The last 90 days',
      'half of the answers',
      'Western Europe',
      'Could not be reached for 12 min 14 s',
      'Slower than claimed',
      'verify --epoch 2159 --node 3 --api https://assay.example.org',
      'https://assay.example.org/badges/nodes/',
      'It cannot show',
      'What it claims',
    ]) {
      expect(html).toContain(words);
    }
    expect(html).not.toContain('Why audits failed');
  });
  test('marks the range that was chosen', async () => {
    const html = await render({ history: historyOf('7d') });
    expect(html).toMatch(/\?range=7d#history" aria-current="true"/);
    expect(html.match(/aria-current="true">(?:24|7|30|90)/g)).toHaveLength(1);
  });
  test('of a node that nobody knows yet says so in each place', async () => {
    const nothing = { pass: 0, wrong: 0, fail: 0, present: 0, absent: 0, rate: 0, floor: null, validators: 0 };
    const slices = profileOf().slices.map((slice) => ({ ...slice, ppm: null, value: null, low: null, high: null, samples: 0 }));
    const html = await render({
      node: detailOf({ verdict: null, network: null }),
      profile: profileOf({
        ...{
          verdict: null,
          grade: 'unproven',
          why: 'No final root speaks of it yet.',
          health: null,
          slices,
          bars: [],
          regions: [],
        },
        ...{ nearest: null, recent: [], evidence: { ...nothing, fromEpoch: null, throughEpoch: null } },
      }),
      history: { ...historyOf('24h'), points: [] },
      incidents: { items: [], next: null },
    });
    sound(html);
    for (const words of [
      'Not enough data.',
      'not enough data',
      'Nothing was measured',
      'nothing to verify yet',
      'None is known',
    ]) {
      expect(html).toContain(words);
    }
    expect(html).not.toContain('<form');
  });
  test('keeps an operator’s text as text', async () => {
    const claims = { class: HOSTILE, host: HOSTILE, url: HOSTILE };
    const recent = recentOf(3).map((audit) => ({ ...audit, id: HOSTILE, validatorUrl: `https://x/${HOSTILE}` }));
    const regions = profileOf().regions.map((service) => ({ ...service, region: HOSTILE }));
    sound(
      await render({
        node: detailOf(claims),
        profile: profileOf({ ...claims, why: HOSTILE, recent, regions: regions.slice(0, 1), nearest: HOSTILE }),
        incidents: { items: [incidentOf({ id: HOSTILE })], next: HOSTILE },
        settings: settingsOf({ publicRpcUrl: HOSTILE }),
      }),
    );
  });
  test('weighs little at its worst', async () => {
    const seenBy = Array.from({ length: 31 }, (_, i) => ({ validator: addressOf(String(i % 10)), sinceMs: i * 1000 }));
    const incidents = { items: Array.from({ length: 20 }, () => incidentOf({ seenBy })), next: 'x' };
    const network = detailOf().network;
    const [tally] = network?.validators ?? [];
    if (network === null || tally === undefined) throw new Error('The fixture has no tallies.');
    const node = detailOf({ network: { ...network, validators: Array.from({ length: 31 }, () => tally) } });
    const html = await render({ node, incidents, history: historyOf('90d'), profile: profileOf({ recent: recentOf(50) }) });
    expect(gzipSync(html).length).toBeLessThan(PACKED_BYTES_MAX);
  });
});

describe('nodes side by side', () => {
  const other = profileOf({ id: hashOf('e'), index: 9, slices: profileOf().slices.map((slice) => ({ ...slice, value: 1 })) });
  const page = (profiles: readonly ReturnType<typeof profileOf>[], asked = ''): Promise<string> =>
    Promise.resolve(comparePage({ settings: settingsOf(), profiles, asked, notes: [] })).then(String);
  test('show the same numbers, mark the best, and name who leads', async () => {
    const html = await page([profileOf(), other]);
    sound(html);
    expect(html).toContain('Node 3 leads in 4 slices of five.');
    expect(html.match(/class="best"/g)?.length).toBeGreaterThanOrEqual(5);
    expect(html).toContain(`/nodes/${hashOf('e')}`);
  });
  test('with nothing to compare is a form, and hostile words in it stay words', async () => {
    const html = await page([], HOSTILE);
    sound(html);
    expect(html).toContain('<form class="ask" action="/compare" method="get">');
  });
  test('of one node each can be left out while three remain', async () => {
    expect((await page([profileOf(), other, profileOf({ id: hashOf('f'), index: 11 })])).match(/leave out/g)).toHaveLength(3);
    expect(await page([profileOf(), other])).not.toContain('leave out');
  });
});

test('an operator’s page of five hundred nodes weighs little', async () => {
  const digits = (index: number): Hex => toHex(sha256(u32(index)));
  const nodes = Array.from({ length: 500 }, (_, index): RankedNode => ({
    ...{
      id: digits(index),
      index,
      operator: addressOf('b'),
      class: 'W'.repeat(32),
      host: `gpu-${digits(index).slice(2, 40)}.example.net`,
    },
    ...{
      status: 'audited',
      grade: 'reliable',
      scorePpm: 900_000 + index,
      tierName: 'A',
      samples: 400 + index,
      uptimePpm: 999_000 - index,
    },
    ...{ uptimeLowPpm: 990_000 - index, latencyMs: 40 + index, rate: 1e15 + index * 1e12, nearest: 'weur', health: null },
  }));
  const grades = { excellent: 0, reliable: 500, fair: 0, poor: 0, failing: 0, unproven: 0 };
  const html = String(
    await operatorPage({ settings: settingsOf(), operator: { operator: addressOf('b'), epoch: 9, total: 900, grades, nodes } }),
  );
  expect(gzipSync(html).length).toBeLessThan(PACKED_BYTES_MAX);
});

test('an operator’s page counts grades and lists nodes', async () => {
  const node: RankedNode = {
    ...{ id: hashOf('a'), index: 3, operator: addressOf('b'), class: HOSTILE, host: HOSTILE, status: 'retired', grade: 'fair' },
    ...{ scorePpm: null, tierName: null, samples: 12, uptimePpm: null, uptimeLowPpm: null, latencyMs: null, rate: null },
    ...{ nearest: null, health: null },
  };
  const grades = { excellent: 0, reliable: 0, fair: 1, poor: 0, failing: 0, unproven: 2 };
  const operator = { operator: addressOf('b'), epoch: 9, total: 3, grades, nodes: [node] };
  const html = String(await operatorPage({ settings: settingsOf(), operator }));
  sound(html);
  expect(html).toContain('3 nodes: 1 fair, 2 unproven.');
  expect(html).toContain('The 1 best of 3.');
  expect(html).toContain('retired');
});
