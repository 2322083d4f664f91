// Environment → ports: with compose/, one file a part, the only place that knows which real side stands behind which port. Each port can
// be replaced from outside of the deployed code; nothing in here does.
import { chainDeployment, chainRegistry } from './adapters/chain-registry.ts';
import { chainNetwork } from './adapters/chain-network.ts';
import { chainSender } from './adapters/chain-sender.ts';
import { d1Deployment, d1Ledger, d1Notes } from './adapters/d1-ledger.ts';
import { d1Network } from './adapters/d1-network.ts';
import { resolveOverHttps } from './adapters/doh-resolver.ts';
import { drandBeacon } from './adapters/drand-beacon.ts';
import { httpTransport } from './adapters/http-transport.ts';
import { d1NetworkViews, d1Views } from './adapters/d1-views.ts';
import { guardedPeers } from './adapters/peers.ts';
import { chunkQueue, keyPort, memberPort, senderPort, senderStub, systemClock, type SenderStub } from './adapters/platform.ts';
import { regionProbes, regionStub } from './adapters/regions.ts';
import { r2Objects } from './adapters/r2-objects.ts';
import { publicObjects } from './adapters/r2-public.ts';
import { prepareTables, sqlOutbox, sqlSigningLock } from './adapters/sql-outbox.ts';
import {
  parseConfig,
  parseKeys,
  parseLineConfig,
  parseNetworkConfig,
  parsePublic,
  type Config,
  type LineConfig,
  type NetworkConfig,
} from './config.ts';
import { accountPorts } from './compose/accounts.ts';
import { alertPorts } from './compose/alerts.ts';
import { healthContext, healthPorts, sightInput } from './compose/health.ts';
import { profilePorts } from './compose/profiles.ts';
import { spotPorts } from './compose/spots.ts';
import type { Env } from './env.ts';
import { DomainError } from './errors.ts';
import { PROBES_IN_FLIGHT_MAX } from './limits.ts';
import type { Hex } from '../protocol/bytes.ts';
import { slotAt } from '../protocol/schedule.ts';
import { signDigest } from '../protocol/signer.ts';
import { findPolicy } from '../schema/policy/shipped.ts';
import { healthHook } from './services/health/hear.ts';
import type { HealthContext, SightInput } from './services/health/working-ports.ts';
import { join, joinDeployment, recall, recallDeployment, type JoinPorts, type Membership } from './services/join.ts';
import type { Member, NetworkContext, NetworkPorts } from './services/network/ports.ts';
import type { Beacon, ChainSeen, Clock, Context, Ledger, Notes, Ports, Registry } from './services/ports.ts';
import type { RegionPorts } from './services/region.ts';
import { semaphore } from './services/semaphore.ts';
import type { SendingPorts } from './services/sending/advance.ts';
import { seenNow } from './services/sending/seen.ts';
import type { SigningLock } from './services/sending/sign-once.ts';
import type { WebPorts } from './services/views/ports.ts';
import { VERSION } from './version.ts';

/** What stands in for the real ports of a part: for simulations, never in a deployment. */
export type Replacements = {
  readonly ports?: (ports: Ports, env: Env) => Ports;
  readonly network?: (ports: NetworkPorts, env: Env) => NetworkPorts;
  readonly web?: (ports: WebPorts, env: Env) => WebPorts;
};

const domainOf = ({ chainId, registry }: NetworkConfig): Membership['domain'] => ({ chainId, registry });
const membership = (config: Config): Membership => ({ domain: domainOf(config), validator: config.validator });

/** Whether the names of our own beacon servers can be looked up: a node's name that cannot be is then the node's fault. */
async function resolverAnswers({ beaconUrls, allowHttpHosts }: LineConfig): Promise<boolean> {
  const hosts = beaconUrls.map((url) => new URL(url).hostname).filter((host) => !allowHttpHosts.has(host));
  for (const host of hosts) if ((await resolveOverHttps(host)).length > 0) return true;
  return hosts.length === 0;
}

/** The beacon's key is the policy's, and the policy is the registry's: known once the Worker has joined. */
function lateBeacon(config: LineConfig, policyHash: () => Promise<Hex | undefined>): Beacon {
  const beacon = async (): Promise<Beacon> => {
    const hash = await policyHash();
    const policy = hash === undefined ? undefined : findPolicy(hash);
    if (policy === undefined) throw new DomainError('not_ready', 'The network’s policy is not known yet.');
    return drandBeacon(config.beaconUrls, policy.beacon.publicKey);
  };
  return {
    round: async (round) => (await beacon()).round(round),
    // A line that reaches the beacon proves little while names cannot be looked up.
    control: async () => (await (await beacon()).control()) && (await resolverAnswers(config)),
  };
}

const beaconOf = (env: Env, config: LineConfig): Beacon =>
  lateBeacon(config, async () => (await d1Deployment(env.DB).deployment())?.policyHash);

/** @throws DomainError misconfigured */
function validatorPorts(env: Env, config: Config): Ports {
  const keys = parseKeys(env);
  return {
    clock: systemClock,
    registry: chainRegistry(config),
    beacon: beaconOf(env, config),
    ledger: d1Ledger(env.DB, config.validator),
    objects: r2Objects(env.ARCHIVE),
    transport: httpTransport(config.allowHttpHosts, resolveOverHttps),
    regions: regionProbes((region) => regionStub(env.REGION_PROBE, region)),
    queue: chunkQueue({ brief: env.AUDITS, long: env.LONG_AUDITS }),
    sender: senderPort(senderStub(env.TX_SENDER, config, keys.signer)),
    keys: keyPort(keys, config),
    health: healthHook(healthContext(env, config)),
  };
}

export type ValidatorParts = {
  readonly ports: Ports;
  /** Reads the registry the first time. */
  readonly join: () => Promise<Context>;
  /** From the ledger alone; null before the first successful join. */
  readonly recall: () => Promise<Context | null>;
};

/** @throws DomainError misconfigured */
export function composeValidator(env: Env, replace: Replacements = {}): ValidatorParts {
  const config = parseConfig(env);
  const real = validatorPorts(env, config);
  const ports = replace.ports?.(real, env) ?? real;
  return { ports, join: () => join(ports, membership(config)), recall: () => recall(ports, membership(config)) };
}

/** What chain, database and clock say of this validator now. */
async function seenOf(ledger: Ledger, registry: Registry): Promise<ChainSeen> {
  const known = await ledger.deployment();
  if (known === null) throw new DomainError('not_ready', 'The registry’s clock is not known yet.');
  return seenNow({ registry, ledger }, slotAt(known.clock, systemClock.nowMs())?.epoch ?? 0);
}

function memberOf(env: Env): Member {
  const config = parseConfig(env);
  const stub: SenderStub = senderStub(env.TX_SENDER, config, parseKeys(env).signer);
  const registry = chainRegistry(config);
  const ledger = d1Ledger(env.DB, config.validator);
  return memberPort(stub, config, () => seenOf(ledger, registry));
}

function networkPorts(env: Env, config: NetworkConfig): NetworkPorts {
  return {
    clock: systemClock,
    chain: chainNetwork(config),
    beacon: beaconOf(env, config),
    peers: guardedPeers(config.allowHttpHosts, resolveOverHttps),
    objects: r2Objects(env.ARCHIVE),
    store: d1Network(env.DB),
    random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
    member: config.role === 'validator' ? memberOf(env) : null,
    publicUrl: parsePublic(env).publicUrl,
  };
}

export type NetworkParts = {
  readonly ports: NetworkPorts;
  readonly join: () => Promise<NetworkContext>;
};

/** The network's part, in either role. @throws DomainError misconfigured */
export function composeNetwork(env: Env, replace: Replacements = {}): NetworkParts {
  const config = parseNetworkConfig(env);
  const real = networkPorts(env, config);
  const ports = replace.network?.(real, env) ?? real;
  const joining: JoinPorts = { ledger: d1Deployment(env.DB), registry: chainDeployment(config) };
  return {
    ports,
    join: async () => {
      const { domain, clock, policyOf } = await joinDeployment(joining, domainOf(config));
      return { domain, clock, policyOf, ports };
    },
  };
}

export type HealthParts = { readonly context: HealthContext; readonly input: SightInput };

/** Everything that a slot's tick runs on; `validator` is null on a gateway. */
export type Joined = {
  readonly validator: Context | null;
  readonly network: NetworkContext;
  /** Left out where a test plays no health. */
  readonly health?: HealthParts;
};

/** Reads the registry the first time. @throws DomainError misconfigured, ChainError */
export async function composeTick(env: Env, replace: Replacements = {}): Promise<Joined> {
  const config = parseNetworkConfig(env);
  const validator = config.role === 'validator' ? await composeValidator(env, replace).join() : null;
  const network = await composeNetwork(env, replace).join();
  return { validator, network, health: { context: healthContext(env, config), input: sightInput(env, config, network) } };
}

/** Where a tick's troubles go even when the configuration is too broken for anything else. */
export function composeNotes(env: Env): { readonly ledger: Notes; readonly clock: Clock } {
  return { ledger: d1Notes(env.DB), clock: systemClock };
}

export type SenderParts = {
  readonly sending: SendingPorts;
  readonly lock: SigningLock;
  readonly sign: (digest: Hex) => Hex;
  readonly domain: Membership['domain'];
  readonly validator: Hex;
  readonly pollMs: number;
};

/** The sender object's parts over its own storage. */
export function composeSender(env: Env, sql: SqlStorage): SenderParts {
  const config = parseConfig(env);
  const keys = parseKeys(env);
  prepareTables(sql);
  return {
    sending: { outbox: sqlOutbox(sql), chain: chainSender(config, keys), nowMs: systemClock.nowMs },
    lock: sqlSigningLock(sql),
    sign: (digest) => signDigest(digest, keys.signerKey),
    ...membership(config),
    pollMs: 1000 * config.txPollSeconds,
  };
}

export type RegionParts = RegionPorts & { readonly control: () => Promise<boolean> };

/** A region object's parts: no key, and the same guard as everywhere. @throws DomainError misconfigured */
export function composeRegion(env: Env): RegionParts {
  const config = parseLineConfig(env);
  return {
    clock: systemClock,
    transport: httpTransport(config.allowHttpHosts, resolveOverHttps),
    places: semaphore(PROBES_IN_FLIGHT_MAX),
    control: beaconOf(env, config).control,
  };
}

/** The public side needs no key: a reader of the same database could serve it. @throws DomainError not_ready | misconfigured */
export async function composeWeb(env: Env, replace: Replacements = {}): Promise<WebPorts> {
  const config = parseNetworkConfig(env);
  const { chainId, registry, role } = config;
  const known = recallDeployment(await d1Deployment(env.DB).deployment(), domainOf(config));
  if (known === null) throw new DomainError('not_ready', 'This Worker has not read its registry yet. Try again in a minute.');
  const { policyOf, clock } = known;
  const network = d1NetworkViews(env.DB);
  const current = await network.seatsAt(slotAt(clock, systemClock.nowMs())?.epoch ?? 0);
  const policyHash = current?.policyHash ?? known.policyHash;
  const validator = role === 'validator' ? parseConfig(env).validator : null;
  const signer = role === 'gateway' || env.SIGNER_KEY === undefined ? null : parseKeys(env).signer;
  const ports: WebPorts = {
    views: d1Views(env.DB),
    network,
    objects: publicObjects(env.ARCHIVE),
    accounts: accountPorts(env),
    spots: spotPorts(env),
    health: healthPorts(env),
    alerts: alertPorts(env),
    profiles: profilePorts(env),
    nowMs: systemClock.nowMs,
    settings: {
      role,
      version: VERSION,
      chainId,
      registry,
      validator,
      signer,
      policy: policyOf(policyHash),
      policyHash,
      clock,
      ...parsePublic(env),
    },
  };
  return replace.web?.(ports, env) ?? ports;
}
