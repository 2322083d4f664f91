// /metrics over D1: the format's grammar, every number where the API has it, caps, roles, and a dashboard that asks for what there is.
import { beforeAll, describe, expect, test } from 'vitest';
import { badge } from '../../../schema/api/badges.ts';
import { ranking } from '../../../schema/api/profile.ts';
import dashboard from '../../../docs/grafana.json' with { type: 'json' };
import { readOpenMetrics } from '../../support/openmetrics.ts';
import { nodeIdOf } from '../support/ledger-rows.ts';
import { bindings, freshDatabase, gatewayPorts, revealMs, siteAt } from '../support/web-env.ts';
import { addProfileEpoch, nodesUpTo, textOf } from './seed.ts';

const COUNT = 40;
const NOW = revealMs(7);
const site = siteAt(NOW);

async function read(path: string, at = site) {
  const response = await at.get(path);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
  return readOpenMetrics(await textOf(response));
}

beforeAll(async () => {
  await freshDatabase();
  await addProfileEpoch({ epoch: 6, nodes: nodesUpTo(COUNT) });
  await bindings.DB.prepare(`INSERT INTO troubles VALUES ('post', 'unavailable', 'secret words', ?, ?)`)
    .bind(NOW - 5_000, NOW)
    .run();
  await bindings.DB.prepare(
    'INSERT INTO chunks VALUES (6, 0, 0, 1, 2, NULL), (6, 0, 1, 1, NULL, NULL), (9, 0, 0, 1, 2, NULL)',
  ).run();
});

describe('/metrics', () => {
  test('is OpenMetrics, and says what the ranking says', async () => {
    const families = await read('/metrics');
    const valueOf = (name: string, labels: Record<string, string> = {}): number | undefined =>
      families
        .flatMap(({ samples }) => samples)
        .find((sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value))
        ?.value;
    expect(valueOf('assay_network_nodes')).toBe(COUNT);
    expect(valueOf('assay_network_nodes_shown')).toBe(COUNT);
    expect(valueOf('assay_network_root_epoch')).toBe(6);
    expect(valueOf('assay_own_troubles')).toBe(1);
    expect(valueOf('assay_own_trouble_seconds', { step: 'post', code: 'unavailable' })).toBe(5);
    expect(valueOf('assay_own_chunks', { state: 'finished' })).toBe(1);
    expect(valueOf('assay_own_chunks', { state: 'unfinished' })).toBe(1);
    const { items } = ranking.parse(await (await site.get('/v1/ranking?limit=100')).json());
    for (const { index, scorePpm, rate, latencyMs, grade } of items) {
      const node = String(index);
      expect(valueOf('assay_node_score_ratio', { node })).toBe((scorePpm ?? 0) / 1_000_000);
      expect(valueOf('assay_node_rate_ops', { node })).toBe(rate ?? undefined);
      expect(valueOf('assay_node_latency_seconds', { node })).toBe((latencyMs ?? 0) / 1000);
      expect(valueOf('assay_node_info', { node, grade, class: 'cpu-demo', id: nodeIdOf(index).slice(0, 14) })).toBe(1);
    }
  });

  test('tells nothing of a trouble’s words', async () => {
    expect(await textOf(await site.get('/metrics'))).not.toContain('secret words');
  });

  test('refuses parameters, in the words of the API', async () => {
    for (const path of ['/metrics?x=1', `/badges/nodes/${nodeIdOf(0)}.svg?show=price`]) {
      const response = await site.get(path);
      expect([response.status, response.headers.get('content-type')]).toEqual([400, 'application/problem+json']);
    }
  });

  test('of a gateway has no own work', async () => {
    const families = await read('/metrics', siteAt(NOW, gatewayPorts(NOW)));
    expect(families.some(({ name }) => name.startsWith('assay_own'))).toBe(false);
    expect(families.some(({ name }) => name === 'assay_node')).toBe(true);
  });

  test('of one node is that node’s part', async () => {
    const all = await read('/metrics');
    const one = await read(`/v1/nodes/${nodeIdOf(12)}/metrics`);
    for (const { name, samples } of one.filter((family) => family.name.startsWith('assay_node'))) {
      const same = all.find((family) => family.name === name)?.samples.filter(({ labels }) => labels['node'] === '12');
      expect(samples).toEqual(same);
    }
    expect((await site.get(`/v1/nodes/${nodeIdOf(COUNT)}/metrics`)).status).toBe(404);
  });
});

describe('the dashboard', () => {
  const targets = dashboard.panels.flatMap(({ targets: each }) => each.map(({ expr }) => expr));
  const asked = [...targets, ...dashboard.templating.list.flatMap((each) => ('definition' in each ? [each.definition] : []))];

  test('asks for metrics that exist, in every expression', async () => {
    const names = new Set((await read('/metrics')).flatMap(({ samples }) => samples.map(({ name }) => name)));
    expect(asked.length).toBeGreaterThan(20);
    // A report that was posted is not in these rows; its name is the one that /metrics would use.
    names.add('assay_own_posted_epoch');
    for (const expr of asked) {
      const used = expr.match(/assay_[a-z0-9_]+/g) ?? [];
      expect([expr, used.length > 0, used.filter((name) => !names.has(name))]).toEqual([expr, true, []]);
    }
  });

  test('groups by labels that exist', async () => {
    const families = await read('/metrics');
    for (const expr of asked) {
      for (const [, by = '', name = ''] of expr.matchAll(/by \(([^)]*)\) \((assay_[a-z_]+)/g)) {
        const labels = families.flatMap(({ samples }) => samples).find((sample) => sample.name === name)?.labels ?? {};
        expect([expr, by.split(', ').filter((label) => !(label in labels))]).toEqual([expr, []]);
      }
    }
  });
});

describe('badges', () => {
  test('say the grade, the score or the uptime', async () => {
    const of = async (index: number, query = '') =>
      badge.parse(await (await site.get(`/v1/badges/nodes/${nodeIdOf(index)}.json${query}`)).json());
    expect(await of(0)).toMatchObject({ label: 'assay', message: 'excellent', color: '116329', schemaVersion: 1 });
    expect(await of(0, '?show=score')).toMatchObject({ message: '98.5 %' });
    expect(await of(0, '?show=uptime')).toMatchObject({ message: '99.7 %' });
    expect(await of(4, '?show=score')).toMatchObject({ message: 'not enough data' });
    expect(await of(6)).toMatchObject({ message: 'failing' });
  });

  test('come as pictures, and keep for a while', async () => {
    const response = await site.get(`/badges/nodes/${nodeIdOf(0)}.svg`);
    expect(response.headers.get('content-type')).toBe('image/svg+xml; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('public, max-age=300');
    expect(await response.text()).toMatch(/^<svg .*excellent.*<\/svg>$/);
  });

  test('of no node there is none', async () => {
    for (const path of [`/badges/nodes/${nodeIdOf(COUNT)}.svg`, `/v1/badges/nodes/${nodeIdOf(COUNT)}.json`]) {
      expect((await site.get(path)).status).toBe(404);
    }
    for (const path of ['/badges/nodes/0x12.svg', `/badges/nodes/${nodeIdOf(0)}`, `/v1/badges/nodes/${nodeIdOf(0)}.svg`]) {
      expect([400, 404]).toContain((await site.get(path)).status);
    }
  });
});
