// Environment → ports: the only file that knows which real side stands behind which port.
import { chainRegistry } from './adapters/chain-registry.ts';
import { chainSender } from './adapters/chain-sender.ts';
import { d1Ledger } from './adapters/d1-ledger.ts';
import { resolveOverHttps } from './adapters/doh-resolver.ts';
import { drandBeacon } from './adapters/drand-beacon.ts';
import { httpTransport } from './adapters/http-transport.ts';
import { d1NetworkViews, d1Views } from './adapters/d1-views.ts';
import { chunkQueue, keyPort, senderPort, systemClock } from './adapters/platform.ts';
import { r2Objects } from './adapters/r2-objects.ts';
import { publicObjects } from './adapters/r2-public.ts';
import { prepareTables, sqlOutbox, sqlSigningLock } from './adapters/sql-outbox.ts';
import { parseConfig, parseKeys, type Config } from './config.ts';
import type { Env } from './env.ts';
import { DomainError } from './errors.ts';
import type { Hex } from '../protocol/bytes.ts';
import { signDigest } from '../protocol/signer.ts';
import { findPolicy } from '../schema/policy/shipped.ts';
import { join, recall, recallDeployment, type Membership } from './services/join.ts';
import type { Beacon, Context, Ports } from './services/ports.ts';
import type { SendingPorts } from './services/sending/advance.ts';
import type { SigningLock } from './services/sending/sign-once.ts';
import type { WebPorts } from './services/views/ports.ts';
import { VERSION } from './version.ts';

const membership = ({ chainId, registry, validator }: Config): Membership => ({ domain: { chainId, registry }, validator });

/** Whether the names of our own beacon servers can be looked up: a node's name that cannot be is then the node's fault. */
async function resolverAnswers({ beaconUrls, allowHttpHosts }: Config): Promise<boolean> {
  const hosts = beaconUrls.map((url) => new URL(url).hostname).filter((host) => !allowHttpHosts.has(host));
  for (const host of hosts) if ((await resolveOverHttps(host)).length > 0) return true;
  return hosts.length === 0;
}

/** The beacon's key is the policy's, and the policy is the registry's: known once the Worker has joined. */
function lateBeacon(config: Config, policyHash: () => Promise<Hex | undefined>): Beacon {
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

/** @throws DomainError misconfigured */
function validatorPorts(env: Env, config: Config): Ports {
  const keys = parseKeys(env);
  const ledger = d1Ledger(env.DB, config.validator);
  return {
    clock: systemClock,
    registry: chainRegistry(config),
    beacon: lateBeacon(config, async () => (await ledger.deployment())?.policyHash),
    ledger,
    objects: r2Objects(env.ARCHIVE),
    transport: httpTransport(config.allowHttpHosts, resolveOverHttps),
    queue: chunkQueue(env.AUDITS),
    sender: senderPort(env.TX_SENDER, config.chainId, keys.signer),
    keys: keyPort(keys, config),
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
export function composeValidator(env: Env): ValidatorParts {
  const config = parseConfig(env);
  const ports = validatorPorts(env, config);
  return { ports, join: () => join(ports, membership(config)), recall: () => recall(ports, membership(config)) };
}

/** Where a tick's troubles go even when the configuration is too broken for anything else. */
export function composeNotes(env: Env): Pick<Ports, 'ledger' | 'clock'> {
  return { ledger: d1Ledger(env.DB, '0x'), clock: systemClock };
}

export type SenderParts = {
  readonly sending: SendingPorts;
  readonly lock: SigningLock;
  readonly sign: (digest: Hex) => Hex;
  readonly domain: Membership['domain'];
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
    domain: membership(config).domain,
    pollMs: 1000 * config.txPollSeconds,
  };
}

/** The public side needs no key: a reader of the same database could serve it. @throws DomainError not_ready | misconfigured */
export async function composeWeb(env: Env): Promise<WebPorts> {
  const config = parseConfig(env);
  const { chainId, registry, validator, role } = config;
  const known = recallDeployment(await d1Ledger(env.DB, validator).deployment(), { chainId, registry });
  if (known === null) throw new DomainError('not_ready', 'This validator has not read its registry yet. Try again in a minute.');
  const { policy, policyHash, clock } = known;
  const signer = env.SIGNER_KEY === undefined ? null : parseKeys(env).signer;
  return {
    views: d1Views(env.DB),
    network: d1NetworkViews(env.DB),
    objects: publicObjects(env.ARCHIVE),
    nowMs: systemClock.nowMs,
    settings: { role, version: VERSION, chainId, registry, validator, signer, policy, policyHash, clock },
  };
}
