// Environment → the ports of the alerts part, for the API and for the objects that deliver.
import { waitUntil } from 'cloudflare:workers';
import { d1Alerts } from '../adapters/d1-alerts.ts';
import { resolveOverHttps } from '../adapters/doh-resolver.ts';
import { guarded } from '../adapters/guarded.ts';
import { systemClock } from '../adapters/platform.ts';
import { d1Deliveries, pruneAlerts } from '../adapters/webhook-deliveries.ts';
import { fanOutStep } from '../adapters/webhook-fan-out.ts';
import { dispatcherStub, pokeDue, pokeSome, type DispatcherStub } from '../adapters/webhook-objects.ts';
import { tellHeld } from '../adapters/webhook-held.ts';
import { webhookSender } from '../adapters/webhook-sender.ts';
import { webhookSigner } from '../adapters/webhook-signer.ts';
import { webhookVault } from '../adapters/webhook-vault.ts';
import { parseAllowedHosts, parseVaultKey } from '../config.ts';
import type { Env } from '../env.ts';
import { fanOut } from '../services/alerts/fan-out.ts';
import { FAN_OUT_MS_MAX } from '../services/alerts/limits.ts';
import type { AlertPorts, DeliveryPorts, Vault } from '../services/alerts/ports.ts';

/** Made when it is asked for: a malformed key breaks what needs it, and nothing else. */
function vaultOf(env: Env): () => Vault | null {
  let made: Vault | null = null;
  return () => {
    const key = parseVaultKey(env);
    return key === null ? null : (made ??= webhookVault(key));
  };
}

const stubsOf =
  ({ DISPATCHER }: Env) =>
  (endpoint: string): DispatcherStub =>
    dispatcherStub(DISPATCHER, endpoint);

/** @throws storage's errors */
const fanOutNow = (env: Env): Promise<boolean> => {
  const { nowMs } = systemClock;
  const poke = (endpoints: readonly string[]): Promise<void> => pokeSome(stubsOf(env), endpoints);
  return fanOut({ step: () => fanOutStep(env.DB, nowMs()), poke, nowMs }, FAN_OUT_MS_MAX);
};

/** Goes on after whoever asked has his answer; what it misses the next tick finds. */
async function afterwards(work: () => Promise<unknown>): Promise<void> {
  waitUntil(work().catch(() => undefined));
}
const wakeOf =
  (env: Env): AlertPorts['wake'] =>
  () =>
    afterwards(() => fanOutNow(env));

export function alertPorts(env: Env): AlertPorts {
  return {
    wake: wakeOf(env),
    poke: (endpoint) => afterwards(() => pokeSome(stubsOf(env), [endpoint])),
    endpoints: d1Alerts(env.DB),
    vault: vaultOf(env),
    check: guarded(parseAllowedHosts(env), resolveOverHttps),
    random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
  };
}

/** What one endpoint's object works with. @throws DomainError misconfigured */
export function deliveryPorts(env: Env): DeliveryPorts {
  return {
    store: d1Deliveries(env.DB),
    vault: vaultOf(env),
    send: webhookSender(parseAllowedHosts(env), resolveOverHttps),
    sign: webhookSigner(parseVaultKey(env)),
    nowMs: systemClock.nowMs,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    chance: Math.random,
    wake: wakeOf(env),
  };
}

/** A tick's part: what waits is fanned out, what a quiet held is looked at, who has something due is poked, what is old goes. @throws storage's errors */
export async function alertsTick(env: Env): Promise<void> {
  await fanOutNow(env);
  await tellHeld(env.DB, systemClock.nowMs());
  await pokeDue(env.DB, stubsOf(env), systemClock.nowMs());
  await pruneAlerts(env.DB, systemClock.nowMs());
}
