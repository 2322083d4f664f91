// Profiles over D1 with a few hundred nodes: what routes answer, how lists go on, and that nothing of unrevealed epochs is in any of it.
import { beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import {
  best,
  history,
  networkFacts,
  operatorDetail,
  profile,
  ranking,
  SORTS,
  type RankedNode,
} from '../../../schema/api/profile.ts';
import { nodeIdOf } from '../support/ledger-rows.ts';
import { networkNode } from '../support/network-rows.ts';
import type { Incident } from '../../../workers/services/health/ports.ts';
import { freshDatabase, revealMs, siteAt, webPorts } from '../support/web-env.ts';
import { addProfileEpoch, nodesUpTo, textOf } from './seed.ts';

const COUNT = 230;
const NODES = nodesUpTo(COUNT);
const site = siteAt(revealMs(7));
const PATHS = [
  ...['/v1/ranking', '/v1/nodes/best', '/v1/network/facts', `/v1/operators/${networkNode(3).operator}`, '/metrics'],
  ...[`/v1/nodes/${nodeIdOf(3)}/profile`, `/v1/nodes/${nodeIdOf(3)}/history?range=30d`, `/v1/nodes/${nodeIdOf(3)}/metrics`],
];
/** What they answer before any hidden epoch is stored. */
const withoutHidden = new Map<string, string>();

async function ask<T extends z.ZodType>(path: string, schema: T, at = site): Promise<z.output<T>> {
  const response = await at.get(path);
  expect([response.status, path]).toEqual([200, path]);
  return schema.parse(await response.json());
}

const statusOf = async (path: string): Promise<number> => (await site.get(path)).status;

async function allPages(query: string): Promise<{ items: RankedNode[]; total: number }> {
  const items: RankedNode[] = [];
  let cursor = '';
  for (let pages = 0; pages < 20; pages++) {
    const page = await ask(`/v1/ranking?${query}&limit=37${cursor}`, ranking);
    items.push(...page.items);
    if (page.next === null) return { items, total: page.total };
    cursor = `&cursor=${page.next}`;
  }
  throw new Error('the list has no end');
}

beforeAll(async () => {
  await freshDatabase();
  for (const epoch of [5, 6]) await addProfileEpoch({ epoch, nodes: NODES });
  for (const path of PATHS) withoutHidden.set(path, await textOf(await site.get(path)));
  // Not public at the moment that the site is asked.
  await addProfileEpoch({ epoch: 9, nodes: NODES });
});

describe('the ranking', () => {
  test.each(SORTS)('by %s has every node once, in order, whatever the page', async (sort) => {
    const { items, total } = await allPages(`sort=${sort}`);
    expect(total).toBe(COUNT);
    expect(new Set(items.map(({ index }) => index)).size).toBe(COUNT);
    const [hasTier, rest] = [items.filter(({ tierName, samples }) => samples >= 100 || tierName !== null), items.length];
    expect(rest).toBe(COUNT);
    const keys: Readonly<Record<(typeof SORTS)[number], (node: RankedNode) => number>> = {
      ...{
        score: ({ scorePpm }) => -(scorePpm ?? 0),
        rate: ({ rate }) => -(rate ?? 0),
        latency: ({ latencyMs }) => latencyMs ?? 0,
      },
      ...{ uptime: ({ uptimeLowPpm }) => -(uptimeLowPpm ?? 0), index: ({ index }) => index },
    };
    const list = (sort === 'score' ? hasTier : items).map(keys[sort]);
    expect(list).toEqual(list.toSorted((a, b) => a - b));
  });

  test('names its root, and grades by the rule', async () => {
    // Of 50 jobs an epoch six had no answer and four were slow: right, but not often enough for a good grade.
    const page = await ask('/v1/ranking?limit=10', ranking);
    expect(page).toMatchObject({ epoch: 6, total: COUNT });
    expect(page.rootHash).toMatch(/^0x/);
    expect(page.items[0]).toMatchObject({ index: 0, grade: 'poor', tierName: 'A', status: 'audited', nearest: 'apac' });
    const { items } = await allPages('sort=index');
    expect(items[4]).toMatchObject({ grade: 'unproven', samples: 7, tierName: null });
    expect(items[6]).toMatchObject({ grade: 'failing', tierName: null });
  });

  test('filters, and says how many are left', async () => {
    const left = async (query: string): Promise<number> => (await ask(`/v1/ranking?${query}`, ranking)).total;
    expect(await left('class=cpu-demo')).toBe(COUNT);
    expect(await left('class=h100-sxm')).toBe(0);
    expect(await left('region=apac')).toBe(NODES.filter((index) => index % 3 === 0).length);
    expect(await left('tier=none')).toBe(NODES.filter((index) => index % 5 === 4).length);
    expect(await left('tier=below')).toBe(NODES.filter((index) => index % 7 === 6 && index % 5 !== 4).length);
    expect(await left('tier=nowhere')).toBe(0);
    expect(await left(`operator=${networkNode(12).operator}`)).toBe(1);
    expect(await left('q=gpu-12.example')).toBe(1);
    expect(await left(`q=${nodeIdOf(12).toUpperCase().replace('0X', '0x').slice(0, 20)}`)).toBe(1);
    expect(await left('q=CPU-demo')).toBe(COUNT);
    expect(await left('q=%25')).toBe(0);
    expect(await left("q=' OR 1")).toBe(0);
  });

  test('a cursor is good for its own filters only', async () => {
    const { next } = await ask('/v1/ranking?class=cpu-demo&limit=5', ranking);
    expect(await statusOf(`/v1/ranking?class=cpu-demo&limit=9&cursor=${next ?? ''}`)).toBe(200);
    for (const other of ['limit=5', 'class=cpu-demo&sort=rate', 'class=cpu-demo&region=apac', 'class=cpu-demo&q=1']) {
      const response = await site.get(`/v1/ranking?${other}&cursor=${next ?? ''}`);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ type: '/problems/bad-cursor' });
    }
    expect(await statusOf('/v1/ranking?cursor=bm90LWEtY3Vyc29y')).toBe(400);
  });

  test('goes on under the root that it began with', async () => {
    const { next } = await ask('/v1/ranking?limit=5', ranking, siteAt(revealMs(5)));
    const later = await ask(`/v1/ranking?limit=5&cursor=${next ?? ''}`, ranking);
    expect(later).toMatchObject({ epoch: 5, rootHash: null });
    expect(later.items.map(({ index }) => index)).not.toContain(0);
  });

  test('refuses what it does not know', async () => {
    for (const query of ['sort=price', 'limit=0', 'limit=101', 'klass=a', 'operator=0x12', `q=${'x'.repeat(65)}`, 'region=a b']) {
      expect([await statusOf(`/v1/ranking?${query}`), query]).toEqual([400, query]);
    }
  });
});

describe('a profile', () => {
  test('has grade, slices, bars, regions, audits and what they are counted from', async () => {
    const found = await ask(`/v1/nodes/${nodeIdOf(12)}/profile`, profile);
    expect(found).toMatchObject({ index: 12, grade: 'poor', methodology: '2.0', nearest: 'apac', health: 'healthy' });
    expect(found.slices.map(({ key }) => key)).toEqual(['correctness', 'performance', 'latency', 'uptime', 'evidence']);
    expect(found.evidence).toMatchObject({ fromEpoch: 5, throughEpoch: 6, validators: 4, pass: 80, wrong: 0, rate: 312_000_012 });
    expect(found.bars.map(({ fromEpoch }) => fromEpoch)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(found.bars.map(({ pass }) => pass)).toEqual([0, 0, 0, 0, 0, 40, 40, 0]);
    expect(found.regions.map(({ region, latencyMs }) => [region, latencyMs])).toEqual([
      ['apac', 60],
      ['weur', 160],
    ]);
    expect(found.recent).toHaveLength(8);
    expect(found.recent[0]).toMatchObject({
      id: '6-3-30',
      kind: 1,
      outcome: 'pass',
      validatorUrl: 'https://validator-3.example.org',
    });
  });

  test('agrees with the ranking', async () => {
    const { items } = await allPages('sort=index');
    for (const index of [0, 4, 6, 34, 229]) {
      const found = await ask(`/v1/nodes/${nodeIdOf(index)}/profile`, profile);
      expect([found.grade, found.nearest, found.health]).toEqual([
        items[index]?.grade,
        items[index]?.nearest,
        items[index]?.health,
      ]);
    }
  });

  test('is of a node in effect only', async () => {
    expect(await statusOf(`/v1/nodes/${nodeIdOf(COUNT)}/profile`)).toBe(404);
    expect(await statusOf('/v1/nodes/0x12/profile')).toBe(400);
    expect(await statusOf(`/v1/nodes/${nodeIdOf(1)}/profile?x=1`)).toBe(400);
  });
});

describe('a history', () => {
  test('has a point for each stretch, with zeros where there is nothing', async () => {
    const found = await ask(`/v1/nodes/${nodeIdOf(3)}/history?range=24h`, history);
    expect(found).toMatchObject({ node: { index: 3 }, range: '24h', stepEpochs: 1, fromEpoch: 0, throughEpoch: 7 });
    expect(found.points).toHaveLength(8);
    expect(found.points[5]).toMatchObject({
      pass: 40,
      fail: 10,
      latencyMs: 40,
      latencyHighMs: 95,
      rate: 312_000_000,
      scorePpm: 982_000,
    });
    expect(found.points[7]).toMatchObject({ pass: 0, latencyMs: null, rate: null, scorePpm: null });
  });

  test('refuses other ranges', async () => {
    expect(await statusOf(`/v1/nodes/${nodeIdOf(3)}/history?range=1y`)).toBe(400);
  });
});

describe('the best nodes', () => {
  test('meet every condition, in a stable order that is explained', async () => {
    const path = '/v1/nodes/best?class=cpu-demo&min_score=900000&region=apac&min_uptime=990000&limit=5';
    const found = await ask(path, best);
    expect(found.items.map(({ index }) => index)).toEqual([0, 3, 12, 15, 18]);
    expect(found.items.map(({ place }) => place)).toEqual([1, 2, 3, 4, 5]);
    expect(found.items[0]?.why).toMatch(/^Score 98\.5 %.*no node that is left has a higher score\.$/);
    expect(found.steps[0]).toEqual({ condition: 'all nodes in effect', left: COUNT });
    const left = found.steps.map((step) => step.left);
    expect(left).toEqual(left.toSorted((a, b) => b - a));
    expect(found.steps.at(-1)).toEqual({ condition: 'nearest to apac', left: expect.any(Number) as number });
    expect(await ask(path, best)).toEqual(found);
  });

  test('leave out nodes that fail or are unproven, and say so', async () => {
    const { items, steps } = await ask('/v1/nodes/best?limit=50', best);
    expect(items.some(({ grade }) => grade === 'failing' || grade === 'unproven')).toBe(false);
    expect(steps.map(({ condition }) => condition)).toContain('no open incident in revealed epochs');
  });

  test('leave out a node with an open incident, which its profile and rank show', async () => {
    const openedAtMs = revealMs(5);
    const down: Incident = {
      ...{ id: 'incident-3', node: { index: 3, id: nodeIdOf(3) }, severity: 'down', open: true, cause: 'timeout', openedAtMs },
      ...{
        confirmedAtMs: openedAtMs,
        recoveredAtMs: null,
        seenBy: [],
        events: [{ id: 'e', type: 'node.down', atMs: openedAtMs }],
      },
    };
    const { health } = webPorts(revealMs(7));
    const openAt = () => Promise.resolve([{ index: 3, severity: 'down' as const }]);
    const unwell = siteAt(revealMs(7), { health: { ...health, incidents: () => Promise.resolve([down]), openAt } });
    const found = await ask('/v1/nodes/best?limit=5', best, unwell);
    expect(found.items.map(({ index }) => index)).not.toContain(3);
    const at = found.steps.findIndex(({ condition }) => condition === 'no open incident in revealed epochs');
    expect((found.steps[at - 1]?.left ?? 0) - (found.steps[at]?.left ?? 0)).toBe(1);
    expect(await ask(`/v1/nodes/${nodeIdOf(3)}/profile`, profile, unwell)).toMatchObject({ health: 'down' });
    const { items } = await ask('/v1/ranking?q=3&limit=100', ranking, unwell);
    expect(items.filter((node) => node.health === 'down').map(({ index }) => index)).toEqual([3]);
    expect((await ask('/v1/network/facts', networkFacts, unwell)).unwell).toEqual({ suspected: 0, degraded: 0, down: 1 });
  });

  test('are kept by caches: an entity tag, and 304 for who has it', async () => {
    const first = await site.get('/v1/nodes/best');
    expect(first.headers.get('cache-control')).toMatch(/^public, max-age=\d+$/);
    const again = await site.get('/v1/nodes/best', { headers: { 'if-none-match': first.headers.get('etag') ?? '' } });
    expect(again.status).toBe(304);
  });
});

describe('an operator and the network', () => {
  test('an operator has its nodes with their grades', async () => {
    const found = await ask(`/v1/operators/${networkNode(12).operator}`, operatorDetail);
    expect(found).toMatchObject({ total: 1, epoch: 6, grades: { poor: 1, failing: 0 } });
    expect(await statusOf(`/v1/operators/0x${'00'.repeat(20)}`)).toBe(404);
  });

  test('the facts add up', async () => {
    const facts = await ask('/v1/network/facts', networkFacts);
    expect(facts).toMatchObject({ epoch: 6, nodes: COUNT, scored: COUNT, validators: 4, due: 160, done: 156 });
    expect(facts.tiers.reduce((sum, { nodes }) => sum + nodes, 0)).toBe(COUNT);
    expect(facts.classes).toEqual([{ name: 'cpu-demo', nodes: COUNT }]);
    expect(facts.regions.reduce((sum, { nodes }) => sum + nodes, 0)).toBe(COUNT);
    expect(facts.audits).toBe(facts.jobs + facts.questions);
  });
});

describe('what is not revealed', () => {
  test.each(PATHS)('%s is the same with a hidden epoch stored as without, and tells of it after the reveal', async (path) => {
    expect(await textOf(await site.get(path))).toBe(withoutHidden.get(path));
    expect(await textOf(await siteAt(revealMs(9)).get(path))).not.toBe(withoutHidden.get(path));
  });

  test('before the first reveal there are claims, and nothing else', async () => {
    const early = siteAt(revealMs(5) - 1);
    const page = await ask('/v1/ranking?limit=5', ranking, early);
    expect(page).toMatchObject({ epoch: null, rootHash: null, total: COUNT });
    expect(
      page.items.every(
        ({ grade, scorePpm, nearest, uptimePpm }) =>
          grade === 'unproven' && scorePpm === null && nearest === null && uptimePpm === null,
      ),
    ).toBe(true);
    const found = await ask(`/v1/nodes/${nodeIdOf(3)}/profile`, profile, early);
    expect(found).toMatchObject({ grade: 'unproven', recent: [], regions: [], nearest: null, health: null });
    expect(found.bars.every(({ pass, present }) => pass + present === 0)).toBe(true);
  });
});
