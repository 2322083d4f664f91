// Environment → the parts of audits on demand: what the routes use, what does an order, and the tick.
import { d1Spots } from '../adapters/d1-spots.ts';
import { resolveOverHttps } from '../adapters/doh-resolver.ts';
import { systemClock } from '../adapters/platform.ts';
import { r2Spots } from '../adapters/r2-spots.ts';
import { spotTransport } from '../adapters/spot-transport.ts';
import { spotUpstreams } from '../adapters/spot-upstreams.ts';
import { d1Network } from '../adapters/d1-network.ts';
import { parseNetworkConfig, parseUpstreams } from '../config.ts';
import type { Env } from '../env.ts';
import { QUEUE_BATCH_MAX } from '../limits.ts';
import { batches } from '../adapters/batches.ts';
import type { Context } from '../services/ports.ts';
import { auditSpot } from '../services/spots/audit-spot.ts';
import { forwardSpot, type Forwarder } from '../services/spots/forward-spot.ts';
import { secureRandom, type SpotPorts } from '../services/spots/ports.ts';
import type { SpotRunner } from '../services/spots/run-spot.ts';
import type { SpotTick } from '../services/spots/tick-spots.ts';

const queueOf = (queue: Queue): SpotPorts['queue'] => ({
  send: async (ids) => {
    for (const batch of batches(ids, QUEUE_BATCH_MAX)) await queue.sendBatch(batch.map((id) => ({ body: { id } })));
  },
});

export function spotPorts(env: Env): SpotPorts {
  return {
    store: d1Spots(env.DB),
    objects: r2Spots(env.ARCHIVE),
    queue: queueOf(env.SPOTS),
    random: secureRandom,
    pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    upstreamCount: () => parseUpstreams(env).length,
  };
}

function forwarderOf(env: Env): Omit<Forwarder, 'note'> {
  const { chainId, registry, allowHttpHosts } = parseNetworkConfig(env);
  const network = d1Network(env.DB);
  return {
    domain: { chainId, registry },
    upstreams: spotUpstreams(parseUpstreams(env), allowHttpHosts, resolveOverHttps),
    clock: systemClock,
    takeRecord: d1Spots(env.DB).takeRecord,
    validatorOf: async (epoch, signer) =>
      (await network.epoch(epoch))?.seats.find((seat) => seat.signer === signer)?.operator ?? null,
  };
}

/**
 * What does an order: a validator itself, a gateway through others. Null for a validator that has not joined yet.
 * @param recall the context of this validator; not asked for on a gateway
 * @throws DomainError misconfigured
 */
export async function spotRunner(env: Env, recall: (env: Env) => Promise<Context | null>): Promise<SpotRunner | null> {
  const { role, allowHttpHosts } = parseNetworkConfig(env);
  const { store, objects, random } = spotPorts(env);
  const shared = { store, objects, random, nowMs: systemClock.nowMs };
  if (role === 'gateway') {
    const forwarder = forwarderOf(env);
    return { ...shared, audit: (row, _seed, note) => forwardSpot({ ...forwarder, note }, row) };
  }
  const context = await recall(env);
  if (context === null) return null;
  const transport = spotTransport(allowHttpHosts, resolveOverHttps);
  return { ...shared, audit: (row, seed, note) => auditSpot({ context, transport, note }, row, seed) };
}

export function spotTick(env: Env): SpotTick {
  const { store, objects, queue } = spotPorts(env);
  return { store, objects, queue, nowMs: systemClock.nowMs };
}
