// The bindings that web tests use, and the app over them as compose.ts would build it, with a clock that the test holds.
import { applyD1Migrations, reset, type D1Migration } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { policyHash, type Policy } from '../../../protocol/policy.ts';
import { epochStart, type EpochClock } from '../../../protocol/schedule.ts';
import { shippedPolicies } from '../../../schema/policy/shipped.ts';
import { d1NetworkViews, d1Views } from '../../../workers/adapters/d1-views.ts';
import { accountPorts } from '../../../workers/compose/accounts.ts';
import { alertPorts } from '../../../workers/compose/alerts.ts';
import { healthPorts } from '../../../workers/compose/health.ts';
import { profilePorts } from '../../../workers/compose/profiles.ts';
import { spotPorts } from '../../../workers/compose/spots.ts';
import { publicObjects } from '../../../workers/adapters/r2-public.ts';
import { httpApp } from '../../../workers/entries/http.ts';
import type { Env } from '../../../workers/env.ts';
import type { WebPorts } from '../../../workers/services/views/ports.ts';
import type { App } from '../../../workers/web/request.ts';

type Bindings = Env & { readonly TEST_MIGRATIONS: D1Migration[] };
export const bindings = env as unknown as Bindings;

export const CLOCK: EpochClock = { genesis: 1_790_000_000, slotSeconds: 3, slotsPerEpoch: 10 };
export const VALIDATOR = `0x${'7e'.repeat(20)}` as const;
export const REGISTRY = `0x${'5e'.repeat(20)}` as const;

export function embeddedPolicy(): Policy {
  const policy = shippedPolicies.find(({ name }) => name === 'embedded');
  if (policy === undefined) throw new Error('The embedded policy does not ship.');
  return policy;
}

/** The moment from which `epoch` is public. */
export const revealMs = (epoch: number): number =>
  1000 * (epochStart(CLOCK, epoch + 1) + embeddedPolicy().schedule.revealSeconds);

export function webPorts(nowMs: number): WebPorts {
  const policy = embeddedPolicy();
  return {
    views: d1Views(bindings.DB),
    network: d1NetworkViews(bindings.DB),
    objects: publicObjects(bindings.ARCHIVE),
    accounts: accountPorts(bindings),
    spots: spotPorts(bindings),
    health: healthPorts(bindings),
    alerts: alertPorts(bindings),
    profiles: profilePorts(bindings),
    nowMs: () => nowMs,
    settings: {
      ...{ role: 'validator', version: '0.1.0', chainId: 31337, registry: REGISTRY, validator: VALIDATOR },
      ...{ signer: `0x${'51'.repeat(20)}`, policy, policyHash: policyHash(policy), clock: CLOCK },
      ...{ publicUrl: null, publicRpcUrl: null },
    },
  };
}

export type Faults = unknown[];
export type Site = {
  readonly app: App;
  readonly faults: Faults;
  readonly get: (path: string, init?: RequestInit) => Promise<Response>;
};

/** The same deployment as a gateway: no validator's keys, no audits of its own. */
export function gatewayPorts(nowMs: number): WebPorts {
  const ports = webPorts(nowMs);
  return { ...ports, settings: { ...ports.settings, role: 'gateway', validator: null, signer: null } };
}

/** The app at a moment; `faults` collects what it reports as its own. */
export function siteAt(nowMs: number, ports: Partial<WebPorts> = {}): Site {
  const faults: Faults = [];
  const app = httpApp(
    () => ({ ...webPorts(nowMs), ...ports }),
    (error) => faults.push(error),
  );
  return { app, faults, get: async (path, init) => app.request(new Request(`https://assay.test${path}`, init)) };
}

export async function freshDatabase(): Promise<void> {
  await reset();
  await applyD1Migrations(bindings.DB, bindings.TEST_MIGRATIONS);
}
