// How D1 goes about quiets: they are looked up for every event and endpoint, so none of those looks may read them all; nor may what is held be
// looked for among all that was ever muted. The statements are those that the adapters prepare.
import { beforeAll, expect, it, vi } from 'vitest';
import { d1Quiets } from '../../../workers/adapters/d1-quiets.ts';
import { fanOutStep } from '../../../workers/adapters/webhook-fan-out.ts';
import { tellHeld } from '../../../workers/adapters/webhook-held.ts';
import { bindings, fresh } from '../support/bindings.ts';
import { addEndpoint, all, downEvent, tell } from './rows.ts';

vi.setConfig({ testTimeout: 60_000 });

const sql = new Set<string>();
const d1 = new Proxy(bindings.DB, {
  get: (target, name) => {
    if (name === 'prepare')
      return (text: string) => {
        sql.add(text);
        return target.prepare(text);
      };
    return name === 'batch' ? target.batch.bind(target) : (Reflect.get(target, name) as unknown);
  },
});

async function planOf(text: string): Promise<string[]> {
  const count = Math.max(0, ...[...text.matchAll(/\?(\d+)/g)].map(([, number]) => Number(number)));
  return (await all<{ detail: string }>(`EXPLAIN QUERY PLAN ${text}`, ...Array.from({ length: count }, () => 1))).map(
    ({ detail }) => detail,
  );
}

const isSlow = (step: string): boolean => /^SCAN (quiets?|deliver(y|ies)|known|incidents?)\b/.test(step);

beforeAll(async () => {
  await fresh();
  await addEndpoint({ id: 'ep_a' });
  await tell(downEvent(1, 'a'));
  await fanOutStep(d1, 1);
  await tellHeld(d1, 1);
  await d1Quiets(d1).remove('tenant-a', 'qt_1', 1);
});

it('no statement of the fan-out or of what is held reads all quiets or all deliveries', async () => {
  const about = [...sql].filter((text) => /\b(quiets|deliveries)\b/.test(text) && !text.includes('DELETE'));
  expect(about.length).toBeGreaterThanOrEqual(5);
  const plans = await Promise.all(about.map(planOf));
  expect(plans.flat().filter(isSlow)).toEqual([]);
  for (const [i, text] of about.entries()) {
    if (!text.includes('INDEXED BY quiets_public')) continue;
    const steps = plans[i]?.join('\n') ?? '';
    expect(steps).toContain('SEARCH quiet USING INDEX quiets_by_tenant (tenant=? AND until_ms>?)');
    expect(steps).toContain('SEARCH quiet USING INDEX quiets_public (node_index=? AND until_ms>?)');
  }
  expect(about.filter((text) => text.includes('INDEXED BY quiets_public'))).toHaveLength(2);
});

it('one that reads them all would be seen', async () => {
  expect((await planOf('SELECT 1 FROM quiets WHERE from_ms <= ?1 AND until_ms > ?1')).map(isSlow)).toEqual([true]);
});
