// Deliveries as they really go: events through D1, the object through its binding, requests to a receiver on this machine, signatures
// by the public library of the standard.
import { ed25519 } from '@noble/curves/ed25519.js';
import { Webhook } from 'standardwebhooks';
import { beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { event } from '../../../schema/api/events.ts';
import type { NewEndpoint } from '../../../schema/api/webhooks.ts';
import { alertPorts } from '../../../workers/compose/alerts.ts';
import { listDeliveries } from '../../../workers/services/alerts/deliveries.ts';
import { createEndpoint, ownEndpoint, rotateSecret, testEndpoint } from '../../../workers/services/alerts/endpoints.ts';
import { bindings, fresh } from '../support/bindings.ts';
import type {} from '../support/provided.ts';
import { downEvent, sealedEvent, tell } from './rows.ts';

// A machine that does ten other things at once needs more than the usual five seconds.
vi.setConfig({ testTimeout: 60_000 });

const RECEIVER = inject('webhookReceiver');
const ports = { alerts: alertPorts(bindings), nowMs: Date.now };
const TENANT = 'tenant-a';
let boxes = 0;

type Kept = { headers: Record<string, string>; body: string };
const kept = async (box: string): Promise<Kept[]> => (await fetch(`${RECEIVER}/box/${box}`)).json();

async function until<T>(look: () => Promise<T>, good: (value: T) => boolean, waitMs = 8_000): Promise<T> {
  const end = Date.now() + waitMs;
  for (;;) {
    const value = await look();
    if (good(value) || Date.now() > end) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
const received = (box: string, count: number): Promise<Kept[]> =>
  until(
    () => kept(box),
    (all) => all.length >= count,
  );

async function make(how: string, change: Partial<NewEndpoint> = {}): Promise<{ id: string; box: string; secret: string }> {
  const box = `dispatcher-${String(boxes++)}`;
  const body: NewEndpoint = {
    ...{ url: `${RECEIVER}/${how}/${box}`, format: 'standard', scheme: 'v1', types: [], nodes: [], operators: [], note: '' },
    ...change,
  };
  const made = await createEndpoint(ports, { tenant: TENANT, endpointsMax: 20, body });
  if (!made.ok) throw new Error(made.detail);
  return { id: made.value.endpoint.id, box, secret: made.value.secret ?? '' };
}

async function logOf(id: string) {
  const log = await listDeliveries(ports, { tenant: TENANT, id, limit: 50 });
  if (!log.ok) throw new Error(log.detail);
  return log.value.items;
}

beforeEach(fresh);

describe('an event', () => {
  it('arrives within seconds, signed as the standard says', async () => {
    const { box, secret, id } = await make('ok');
    await tell(downEvent(3, 'incident-1'));
    await ports.alerts.wake();
    const [got] = await received(box, 1);
    const { headers, body } = got ?? { headers: {}, body: '' };
    const told = event.parse(new Webhook(secret).verify(body, headers));
    expect(told).toMatchObject({ type: 'node.down', sequence: 1, node: { index: 3 }, id: headers['webhook-id'] });
    expect(() => new Webhook(secret).verify(body.replace('down', 'fine'), headers)).toThrow();
    const [done] = await until(
      () => logOf(id),
      ([first]) => first?.state === 'delivered',
    );
    expect(done).toMatchObject({ state: 'delivered', nextAttemptMs: null, attempts: [{ attempt: 1, status: 200, error: null }] });
  });

  it('arrives within seconds though a thousand others listen to a hundred events before it', async () => {
    const others = `INSERT INTO webhook_endpoints (id, tenant, format, scheme, shown_url, sealed, types, nodes, operators, note, state, paused_until, since, created_at)
      WITH RECURSIVE n (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 999)
      SELECT 'ep_' || value, 'other', 'standard', 'v1', '', '', '[]', '[]', '[]', '', 'active', ?1, 0, 0 FROM n`;
    await bindings.DB.prepare(others).bind(Number.MAX_SAFE_INTEGER).run();
    const { box } = await make('ok', { types: ['epoch.sealed'] });
    const beganMs = Date.now();
    await tell(...Array.from({ length: 100 }, (_, i) => downEvent(i, `incident-${String(i)}`)), sealedEvent(9));
    const storedMs = Date.now() - beganMs;
    await ports.alerts.wake();
    const answeredMs = Date.now() - beganMs - storedMs;
    expect(await received(box, 1)).toHaveLength(1);
    const arrivedMs = Date.now() - beganMs;
    expect(answeredMs).toBeLessThan(100);
    expect(arrivedMs).toBeLessThan(8_000);
  });

  it('is signed with both secrets while one follows the other', async () => {
    const { box, secret, id } = await make('ok');
    const rotated = await rotateSecret(ports, { tenant: TENANT, id });
    const fresh = rotated.ok ? rotated.value.secret : '';
    expect(fresh).toMatch(/^whsec_/);
    await testEndpoint(ports, { tenant: TENANT, id });
    const [got] = await received(box, 1);
    const { headers, body } = got ?? { headers: {}, body: '' };
    expect(headers['webhook-signature']?.split(' ')).toHaveLength(2);
    for (const each of [secret, fresh]) expect(new Webhook(each).verify(body, headers)).toMatchObject({ type: 'endpoint.test' });
  });

  it('is signed with the Worker’s public key for who shares no secret', async () => {
    const { box, secret } = await make('ok', { scheme: 'v1a' });
    expect(secret).toBe('');
    await tell(sealedEvent(9));
    await ports.alerts.wake();
    const [got] = await received(box, 1);
    const { headers, body } = got ?? { headers: {}, body: '' };
    const bytes = (text: string) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
    const key = bytes(ports.alerts.vault()?.publicKey().replace('whpk_', '') ?? '');
    const [scheme, signature = ''] = (headers['webhook-signature'] ?? '').split(',');
    const signed = new TextEncoder().encode(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`);
    expect([scheme, ed25519.verify(bytes(signature), signed, key)]).toEqual(['v1a', true]);
    signed[40] = 1 ^ (signed[40] ?? 0);
    expect(ed25519.verify(bytes(signature), signed, key)).toBe(false);
  });

  it('that was refused comes again with the same id and a signature of its own', async () => {
    const { box, secret, id } = await make('second');
    await tell(downEvent(1, 'incident-1'));
    await ports.alerts.wake();
    const [first, second] = await received(box, 2); // the second attempt follows after five seconds
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(second?.headers['webhook-timestamp']).not.toBe(first?.headers['webhook-timestamp']);
    for (const got of [first, second])
      expect(() => new Webhook(secret).verify(got?.body ?? '', got?.headers ?? {})).not.toThrow();
    const [done] = await until(
      () => logOf(id),
      ([entry]) => entry?.state === 'delivered',
    );
    expect(done?.attempts.map(({ status }) => status)).toEqual([500, 204]);
  });
});

describe('a receiver', () => {
  it('that is gone for good is asked no more, and the tenant’s other endpoints hear of it', async () => {
    const gone = await make('gone');
    const other = await make('ok', { types: ['node.down'] });
    await tell(sealedEvent(1));
    await ports.alerts.wake();
    const [told] = await received(other.box, 1);
    expect(JSON.parse(told?.body ?? '{}')).toMatchObject({ type: 'endpoint.disabled', data: { endpoint: gone.id } });
    const endpoint = await ownEndpoint(ports, { tenant: TENANT, id: gone.id });
    expect(endpoint.ok && [endpoint.value.state, endpoint.value.disabledReason]).toEqual([
      'disabled',
      'its receiver answered 410 Gone.',
    ]);
    await tell(sealedEvent(2));
    await ports.alerts.wake();
    expect(await kept(gone.box)).toHaveLength(1);
    expect((await logOf(gone.id)).map(({ state }) => state)).toEqual(['failed']);
  });

  it('that redirects is not followed', async () => {
    const { box, id } = await make('redirect');
    await tell(sealedEvent(1));
    await ports.alerts.wake();
    const [entry] = await until(
      () => logOf(id),
      ([first]) => (first?.attempts.length ?? 0) > 0,
    );
    expect(entry?.attempts.map(({ status }) => status)).toEqual([307]);
    expect(entry?.attempts[0]?.error).toContain('never followed');
    expect(await kept(`${box}-elsewhere`)).toEqual([]);
  });

  it('that asks for rest gets it', async () => {
    const { box, id } = await make('busy');
    await tell(sealedEvent(1), sealedEvent(2));
    await ports.alerts.wake();
    const log = await until(
      () => logOf(id),
      (all) => all.some(({ attempts }) => attempts.length > 0),
    );
    const wait = Math.max(...log.map(({ nextAttemptMs }) => (nextAttemptMs ?? 0) - Date.now()));
    expect(wait).toBeGreaterThan(100_000);
    await ports.alerts.wake();
    await tell(sealedEvent(3));
    await ports.alerts.wake();
    expect((await kept(box)).length).toBeLessThanOrEqual(2);
  });

  it('that answers a megabyte has the event, and its answer is cut off', async () => {
    const { id } = await make('large');
    await tell(sealedEvent(1));
    await ports.alerts.wake();
    const [entry] = await until(
      () => logOf(id),
      ([first]) => first?.state === 'delivered',
    );
    expect(entry?.state).toBe('delivered');
  });
});

it('the cron’s tick fans out what nobody woke for, and pokes', async () => {
  const { box } = await make('ok');
  await tell(downEvent(1, 'incident-1')); // and nobody wakes
  const { onCron } = await import('../../../workers/entries/cron.ts');
  const troubles = await onCron({ ...bindings, REGISTRY_ADDRESS: 'none' }, Date.now());
  expect(troubles.map(({ step }) => step)).not.toContain('alerts');
  expect(await received(box, 1)).toHaveLength(1);
});
