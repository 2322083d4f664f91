// How D1 goes about the statements of deliveries: an endpoint has a month of finished ones, and none of what a wave or a tick asks may read
// them all. The statements are those that the adapters prepare.
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { eventStatements } from '../../../workers/adapters/event-statements.ts';
import { TENANT_STATEMENTS } from '../../../workers/adapters/tenant-tables.ts';
import { d1Alerts } from '../../../workers/adapters/d1-alerts.ts';
import { d1Deliveries, pruneAlerts } from '../../../workers/adapters/webhook-deliveries.ts';
import { pokeDue } from '../../../workers/adapters/webhook-objects.ts';
import { bindings, fresh } from '../support/bindings.ts';
import { addEndpoint, fanOutAll, sealedEvent, tell } from './rows.ts';

vi.setConfig({ testTimeout: 60_000 });

/** What was prepared; everything else is the database's own. */
const sql: string[] = [];
const d1 = new Proxy(bindings.DB, {
  get: (target, name) => {
    if (name === 'prepare')
      return (text: string) => {
        sql.push(text);
        return target.prepare(text);
      };
    return name === 'batch' ? target.batch.bind(target) : (Reflect.get(target, name) as unknown);
  },
});

async function planOf(text: string): Promise<string[]> {
  const numbered = [...text.matchAll(/\?(\d+)/g)].map(([, number]) => Number(number));
  const count = Math.max(0, ...numbered, [...text.matchAll(/\?(?!\d)/g)].length);
  const bound = bindings.DB.prepare(`EXPLAIN QUERY PLAN ${text}`).bind(...Array.from({ length: count }, () => null));
  const steps = (await bound.all<{ detail: string }>()).results.map(({ detail }) => detail);
  // A subquery of the same name is no table: what it reads has a step of its own.
  const made = new Set(steps.map((step) => /^(?:CO-ROUTINE|MATERIALIZE) (\w+)$/.exec(step)?.[1]));
  return steps.filter((step) => !made.has(/^SCAN (\w+)$/.exec(step)?.[1] ?? 'none'));
}

beforeAll(async () => {
  await fresh();
  await addEndpoint({ id: 'ep_a' });
  const store = d1Deliveries(d1);
  const endpoint = await store.endpoint('ep_a');
  if (endpoint === null) throw new Error('no endpoint');
  await store.claim(1, { nowMs: 1, untilMs: 2, limit: 3 });
  await store.nextDue(1, 1);
  const after = { failingSinceMs: null, deliveredAtMs: null, pausedUntilMs: 0, disabled: { reason: 'gone', atMs: 1 } };
  await store.finish(endpoint, { attempted: [], released: [], after, nowMs: 1 });
  await pruneAlerts(d1, 1);
  await pokeDue(d1, () => ({ poke: async () => undefined }), 1);
  await tell(sealedEvent(1));
  await fanOutAll(d1);
  const alerts = d1Alerts(d1);
  await alerts.replayRange(endpoint, { fromMs: 0, throughMs: Date.now(), after: 0, limit: 10 });
  await alerts.events('tenant-a', { after: 0, limit: 10 });
  await alerts.remove('tenant-a', 'ep_a');
  for (const { sql: text } of TENANT_STATEMENTS) d1.prepare(text);
  eventStatements(d1, [
    { id: 'evt', type: 'endpoint.test', node: null, occurredAtMs: 1, data: { endpoint: 'ep_a', message: '' } },
  ]);
});

const WHOLE = /^SCAN (deliveries|delivery_attempts|delivery|wanted|earlier|told|events|event|newer)\b/;
const isSlow = (step: string): boolean => WHOLE.test(step) || step.endsWith('PRIMARY KEY (endpoint=?)');
/** All that an endpoint ever had goes with it. */
const isRemoval = (text: string): boolean => /^DELETE FROM deliver\w+ WHERE endpoint (= \?$|IN \(SELECT number)/.test(text);

describe('no statement of deliveries and events', () => {
  it('reads a whole table of them, or all that an endpoint ever had', async () => {
    expect(sql.length).toBeGreaterThanOrEqual(28);
    const slow: string[] = [];
    for (const text of sql.filter((each) => !isRemoval(each))) {
      const steps = (await planOf(text)).filter(isSlow);
      slow.push(...steps.map((step) => `${step}: ${text.trim().slice(0, 60)}`));
    }
    expect(slow).toEqual([]);
  });

  it('would go unseen if it did: a plan that reads them all is told from one that does not', async () => {
    const whole = await planOf('SELECT event FROM deliveries WHERE endpoint = ?1 AND attempts = 2');
    expect(whole.map(isSlow)).toEqual([true]);
    expect((await planOf('SELECT place FROM events WHERE type = ?1')).map(isSlow)).toEqual([true]);
  });
});
