// Environment → the ports of the health part: what the web reads, what answers and questions are stored with, and whom a slot asks.
import { d1Health } from '../adapters/d1-health.ts';
import { d1HealthStore } from '../adapters/d1-health-store.ts';
import { batches } from '../adapters/batches.ts';
import { systemClock } from '../adapters/platform.ts';
import { parseConfig, parseKeys, parsePublic, parseUpstreams, type NetworkConfig } from '../config.ts';
import type { Env } from '../env.ts';
import { QUEUE_BATCH_MAX } from '../limits.ts';
import { signDigest } from '../../protocol/signer.ts';
import { slotAt } from '../../protocol/schedule.ts';
import { askPeers, seatSources, upstreamSources, type Source } from '../services/health/ask-peers.ts';
import type { HealthPorts } from '../services/health/ports.ts';
import type { HealthContext, SightInput, WorkingPorts } from '../services/health/working-ports.ts';
import type { NetworkContext } from '../services/network/ports.ts';
import { alertPorts } from './alerts.ts';

export function healthPorts(env: Env): HealthPorts {
  return d1Health(env.DB);
}

function queueOf(queue: Queue): WorkingPorts['queue'] {
  return {
    send: async (messages) => {
      for (const batch of batches(messages, QUEUE_BATCH_MAX)) {
        await queue.sendBatch(batch.map(({ delaySeconds, ...body }) => ({ body, delaySeconds })));
      }
    },
  };
}

/** What this Worker's health machines run on. @throws DomainError misconfigured */
export function healthContext(env: Env, { role }: Pick<NetworkConfig, 'role'>): HealthContext {
  return {
    role,
    validator: role === 'validator' ? parseConfig(env).validator : null,
    publicUrl: parsePublic(env).publicUrl,
    ports: {
      clock: systemClock,
      store: d1HealthStore(env.DB),
      queue: queueOf(env.RECHECKS),
      wake: () => alertPorts(env).wake(),
    },
  };
}

async function sourcesOf(env: Env, role: NetworkConfig['role'], network: NetworkContext, nowMs: number): Promise<Source[]> {
  if (role === 'gateway') return upstreamSources(parseUpstreams(env));
  const epoch = slotAt(network.clock, nowMs)?.epoch ?? 0;
  const seats = (await network.ports.store.epoch(epoch))?.seats ?? [];
  const { signerKey } = parseKeys(env);
  const own = {
    domain: network.domain,
    operator: parseConfig(env).validator,
    sign: (digest: `0x${string}`) => signDigest(digest, signerKey),
  };
  return seatSources(seats, own, nowMs);
}

/** Whom a slot asks: the other seats, or a gateway's upstreams. */
export function sightInput(env: Env, { role }: Pick<NetworkConfig, 'role'>, network: NetworkContext): SightInput {
  const ask = async (nowMs: number) => askPeers(network.ports.peers, await sourcesOf(env, role, network, nowMs), nowMs);
  return { clock: network.clock, askPeers: ask };
}
