// Environment → the ports of the alerts part, for the API and for the objects that deliver.
import { d1Alerts } from '../adapters/d1-alerts.ts';
import { resolveOverHttps } from '../adapters/doh-resolver.ts';
import { guarded } from '../adapters/guarded.ts';
import { systemClock } from '../adapters/platform.ts';
import { d1Deliveries, pruneAlerts } from '../adapters/webhook-deliveries.ts';
import { dispatcherStub, pokeDue } from '../adapters/webhook-objects.ts';
import { webhookSender } from '../adapters/webhook-sender.ts';
import { webhookSigner } from '../adapters/webhook-signer.ts';
import { webhookVault } from '../adapters/webhook-vault.ts';
import { parseAllowedHosts, parseVaultKey } from '../config.ts';
import type { Env } from '../env.ts';
import type { AlertPorts, DeliveryPorts, Vault } from '../services/alerts/ports.ts';

/** Made when it is asked for: a malformed key breaks what needs it, and nothing else. */
function vaultOf(env: Env): () => Vault | null {
  let made: Vault | null = null;
  return () => {
    const key = parseVaultKey(env);
    return key === null ? null : (made ??= webhookVault(key));
  };
}

const poke = (env: Env): Promise<void> =>
  pokeDue(env.DB, (endpoint) => dispatcherStub(env.DISPATCHER, endpoint), systemClock.nowMs());
/** What it misses the next tick finds. */
const wakeOf =
  (env: Env): AlertPorts['wake'] =>
  () =>
    poke(env).catch(() => undefined);

export function alertPorts(env: Env): AlertPorts {
  return {
    wake: wakeOf(env),
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

const HOUR_MINUTES = 60;

/** A tick's part: who has something due is poked; what is old goes, once an hour. @throws storage's errors */
export async function alertsTick(env: Env, scheduledMs: number): Promise<void> {
  await poke(env);
  if (Math.floor(scheduledMs / 60_000) % HOUR_MINUTES === 0) await pruneAlerts(env.DB, systemClock.nowMs());
}
