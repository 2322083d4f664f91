// Keys at the door: who gets in, what others are told, and what headers say of the quota.
import { beforeEach, describe, expect, test } from 'vitest';
import { requireScope, callerIn } from '../../../workers/web/auth.ts';
import { freshKey, seedKey, seedTenant } from '../support/tenants.ts';
import { refused } from '../support/ask.ts';
import { bindings, freshDatabase, revealMs, siteAt, type Site } from '../support/web-env.ts';

const NOW = revealMs(40);

/** The site with one more route that needs the scope `audits`. */
function guarded(nowMs = NOW, ports: Parameters<typeof siteAt>[1] = {}): Site {
  const site = siteAt(nowMs, ports);
  site.app.get('/v1/guarded', requireScope('audits'), (c) => c.json({ tenant: callerIn(c).tenant, key: callerIn(c).key }));
  return site;
}

beforeEach(freshDatabase);

describe('a route that needs a scope', () => {
  test('lets a good key in, and says who it is', async () => {
    const { headers, keyId } = await seedTenant('one', ['audits']);
    const answer = await guarded().get('/v1/guarded', { headers });
    expect([answer.status, await answer.json()]).toEqual([200, { tenant: 'one', key: keyId }]);
    expect(answer.headers.get('ratelimit-policy')).toBe('"requests";q=600;w=60');
    expect(answer.headers.get('ratelimit')).toMatch(/^"requests";r=599;t=\d+$/);
    expect(answer.headers.get('vary')).toMatch(/Authorization/);
  });
});
