// What a quiet does to alerts: they are stored as muted, not lost, for the tenant (or everybody) and the time that it names.
import { beforeEach, expect, test } from 'vitest';
import { healthHook } from '../../../workers/services/health/hear.ts';
import type { Quiet } from '../../../workers/services/health/ports.ts';
import { d1Quiets } from '../../../workers/adapters/d1-quiets.ts';
import { fanOutAll } from '../alerts/rows.ts';
import { addNodes, nodeIdOf } from '../support/ledger-rows.ts';
import { bindings, freshDatabase } from '../support/web-env.ts';
import { EPOCH, heardRow, NOW, rigOf } from './support.ts';

beforeEach(async () => {
  await freshDatabase();
  await addNodes([0, 1, 2].map((index) => ({ index })));
  for (const tenant of ['one', 'two']) {
    await bindings.DB.prepare(
      `INSERT INTO webhook_endpoints (id, tenant, format, scheme, shown_url, sealed, types, nodes, operators, note, state, paused_until, since, created_at)
       VALUES (?1, ?1, 'standard', 'v1', '', '', '[]', '[]', '[]', '', 'active', 0, 0, 0)`,
    )
      .bind(tenant)
      .run();
  }
});

const quiet = (change: Partial<Quiet>): Quiet => ({
  ...{ id: 'qt_1', tenant: 'one', kind: 'mute', public: false, node: null, incident: null, note: '' },
  ...{ fromMs: NOW - 1_000, untilMs: NOW + 60_000, createdAtMs: NOW, ...change },
});

async function statesAfter(its: Quiet): Promise<Record<string, string>> {
  await d1Quiets(bindings.DB).add(its, { tenantMax: 10, publicMax: 10, sinceMs: 0 });
  const rig = rigOf();
  await healthHook(rig.context).heard(EPOCH, heardRow(1, 'unreachable'));
  await rig.deliver();
  await fanOutAll();
  const sql = `SELECT endpoint.tenant, delivery.state FROM deliveries AS delivery
    JOIN webhook_endpoints AS endpoint ON endpoint.number = delivery.endpoint`;
  const { results } = await bindings.DB.prepare(sql).all<{ tenant: string; state: string }>();
  return Object.fromEntries(results.map(({ tenant, state }) => [tenant, state]));
}

const NODE = { index: 1, id: nodeIdOf(1) };
const OTHER = { index: 2, id: nodeIdOf(2) };

test.each<[string, Partial<Quiet>, Record<string, string>]>([
  ['a mute of all', {}, { one: 'muted', two: 'due' }],
  ['a mute of the node', { node: NODE }, { one: 'muted', two: 'due' }],
  ['a mute of another node', { node: OTHER }, { one: 'due', two: 'due' }],
  ['a mute that is over', { untilMs: NOW }, { one: 'due', two: 'due' }],
  ['maintenance to come', { kind: 'maintenance', node: NODE, fromMs: NOW + 30_000 }, { one: 'due', two: 'due' }],
  ['maintenance of a tenant', { kind: 'maintenance', node: NODE }, { one: 'muted', two: 'due' }],
  ['maintenance that the operator announced', { kind: 'maintenance', node: NODE, public: true }, { one: 'muted', two: 'muted' }],
  [
    'another incident that was acknowledged',
    { kind: 'acknowledge', node: NODE, incident: 'inc_other' },
    { one: 'due', two: 'due' },
  ],
])('%s', async (_name, change, states) => {
  expect(await statesAfter(quiet(change))).toEqual(states);
});
