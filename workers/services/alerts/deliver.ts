// One endpoint's deliveries, as its object works on them: claim, send, store, until nothing is due. What was claimed and not stored comes
// back when its lease ends, with the same id: a crash repeats a delivery at worst and never loses one.
import { LANES, LEASE_MS, PASS_MS_MAX, RATES, WAVE_FAILURES_MAX, WAVE_MS_MAX } from './limits.ts';
import { bodyOf } from './format.ts';
import { afterWave, attemptedOf, type Tried } from './outcome.ts';
import type { DeliveryPorts, Due, EndpointSecrets, Message, Reply, StoredEndpoint, Vault } from './ports.ts';

/** The secrets that sign now: the old one beside the new one while both are good. */
function signing({ secret, previous }: EndpointSecrets, nowMs: number): string[] {
  const old = previous !== null && nowMs < previous.untilMs ? [previous.secret] : [];
  return secret === null ? [] : [secret, ...old];
}

const BASE_HEADERS = { 'content-type': 'application/json', 'user-agent': 'Assay-Webhooks/1', 'accept-encoding': 'identity' };

/** The id stays in every attempt; timestamp and signature are of this one. */
async function messageOf(ports: DeliveryPorts, endpoint: StoredEndpoint, secrets: EndpointSecrets, due: Due): Promise<Message> {
  const { event } = due;
  const body = bodyOf(event, endpoint.format, secrets.routingKey);
  if (endpoint.format !== 'standard') return { url: secrets.url, headers: { ...BASE_HEADERS, 'webhook-id': event.id }, body };
  const nowMs = ports.nowMs();
  const seconds = Math.floor(nowMs / 1000);
  const signature = await ports.sign(endpoint, signing(secrets, nowMs), { id: event.id, seconds, body });
  const signed = { 'webhook-id': event.id, 'webhook-timestamp': String(seconds), 'webhook-signature': signature };
  return { url: secrets.url, headers: { ...BASE_HEADERS, ...signed }, body };
}

/** Events of one node one after the other; nodes, and what is about none, beside each other. */
function threads(due: readonly Due[]): Due[][] {
  const byNode = Map.groupBy(due, ({ event, place }) => (event.node === null ? `-${String(place)}` : String(event.node.index)));
  return [...byNode.values()];
}

const UNWRITABLE: Reply = { status: null, retryAfter: null, error: 'The event could not be put into this endpoint’s format.' };

/** One event that cannot be written must not hold up the others for ever. */
async function attempt(ports: DeliveryPorts, endpoint: StoredEndpoint, secrets: EndpointSecrets, due: Due): Promise<Reply> {
  const message = await messageOf(ports, endpoint, secrets, due).catch(() => null);
  return message === null ? UNWRITABLE : ports.send(message);
}

type Wave = { readonly tried: Tried[]; readonly endMs: number };

/** Sends one node's events in order until one fails, or the wave is over. */
async function sendThread(
  ports: DeliveryPorts,
  endpoint: StoredEndpoint,
  secrets: EndpointSecrets,
  { wave, thread }: { readonly wave: Wave; readonly thread: readonly Due[] },
): Promise<void> {
  const isOver = (): boolean =>
    ports.nowMs() >= wave.endMs ||
    wave.tried.some(({ reply }) => reply.status === 410 || reply.retryAfter !== null) ||
    wave.tried.filter(({ reply }) => reply.status === null || reply.status >= 300).length >= WAVE_FAILURES_MAX;
  for (const due of thread) {
    if (isOver()) return;
    const atMs = ports.nowMs();
    const reply = await attempt(ports, endpoint, secrets, due);
    wave.tried.push({ due, reply, atMs, endMs: ports.nowMs() });
    if (reply.status === null || reply.status >= 300) return;
  }
}

/** @returns false when nothing was due, or the endpoint needs no second wave now */
async function runWave(ports: DeliveryPorts, endpoint: StoredEndpoint, secrets: EndpointSecrets): Promise<boolean> {
  const startMs = ports.nowMs();
  const { wave: limit, waveMs } = RATES[endpoint.format];
  const due = await ports.store.claim(endpoint.number, { nowMs: startMs, untilMs: startMs + LEASE_MS, limit });
  if (due.length === 0) return false;
  const wave: Wave = { tried: [], endMs: startMs + WAVE_MS_MAX };
  const queue = threads(due);
  const lane = async (): Promise<void> => {
    for (let thread = queue.shift(); thread !== undefined; thread = queue.shift()) {
      await sendThread(ports, endpoint, secrets, { wave, thread });
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  const nowMs = ports.nowMs();
  const attempted = wave.tried.map((tried) => attemptedOf(tried, ports.chance()));
  const touched = new Set(attempted.map(({ place }) => place));
  const released = due.map(({ place }) => place).filter((place) => !touched.has(place));
  const after = afterWave(endpoint, wave.tried, nowMs);
  await ports.store.finish(endpoint, { attempted, released, after, nowMs });
  if (after.disabled !== null) await ports.wake(); // its tenant's other endpoints are told
  const restMs = waveMs - (ports.nowMs() - startMs);
  if (restMs > 0) await ports.sleep(restMs);
  return after.disabled === null;
}

/** When to come again, in Unix milliseconds; null when nothing waits. */
async function nextPass({ store, nowMs }: DeliveryPorts, endpoint: StoredEndpoint): Promise<number | null> {
  const now = nowMs();
  const next = await store.nextDue(endpoint.number, now);
  return next === null ? null : Math.max(next, endpoint.pausedUntilMs);
}

/**
 * Delivers what is due, for a minute at most.
 * @returns when to come again; null when nothing waits
 * @throws DomainError misconfigured when its secrets cannot be opened; storage's errors
 */
export async function deliverDue(ports: DeliveryPorts, id: string): Promise<number | null> {
  const { store, nowMs } = ports;
  const endMs = nowMs() + PASS_MS_MAX;
  let vault: Vault | null = null;
  for (;;) {
    const endpoint = await store.endpoint(id);
    if (endpoint?.state !== 'active') return null;
    if (nowMs() < endpoint.pausedUntilMs)
      return (await store.nextDue(endpoint.number, -1)) === null ? null : endpoint.pausedUntilMs;
    if (nowMs() >= endMs) return nowMs();
    vault ??= ports.vault();
    if (vault === null) return null; // the operator took the key away: what is due waits for it
    const secrets = await vault.open(endpoint.id, endpoint.sealed);
    if (!(await runWave(ports, endpoint, secrets))) return nextPass(ports, endpoint);
  }
}
