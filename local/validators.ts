// The validators and the gateway of one network: one runtime each with its own database, objects, queue, keys and port, as if
// each ran at another place. Any of them can be killed and started again on its state.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { toHex, type Hex } from '../protocol/bytes.ts';
import { seedTip } from '../protocol/seed.ts';
import { validatorAccounts } from './accounts.ts';
import { dishonestBundle, workerBundle } from './artifacts.ts';
import type { ValidatorRegistration } from './chain.ts';
import { startClock, type Clock } from './clock.ts';
import { CONTRACTS, STAKE } from './deployment.ts';
import type { DishonestName } from './dishonest/names.ts';
import { startEdge, type Edge, type WorkerEnv } from './edge.ts';
import { CHAIN_ID, LOOPBACK, SEED_CHAIN_LENGTH, TX_POLL_SECONDS } from './limits.ts';
import { freePort } from './ports.ts';
import type { Processes } from './processes.ts';
import { upstreamAt, type Upstream } from './upstreams.ts';
import type { EpochClock } from '../protocol/schedule.ts';
import { UPSTREAMS_MAX } from '../workers/services/health/limits.ts';

/** Names of the configuration that are said otherwise; one with `null` is left out. */
export type EnvChanges = Readonly<Record<string, string | null>>;

export type ValidatorPlan = {
  readonly name: string;
  readonly behaviour: 'honest' | DishonestName;
  /** In the token's smallest unit. */
  readonly stake?: bigint;
  readonly env?: EnvChanges;
};

export const honestValidators = (count: number): ValidatorPlan[] =>
  Array.from({ length: count }, (_, index) => ({ name: `v${String(index + 1)}`, behaviour: 'honest' }));

/** One Worker of the network. */
export type Member = {
  readonly name: string;
  readonly role: 'validator' | 'gateway';
  readonly behaviour: ValidatorPlan['behaviour'];
  /** Null for the gateway, as the next two. */
  readonly operator: Hex | null;
  readonly signer: Hex | null;
  readonly stake: bigint | null;
  readonly url: string;
  /** Who has it makes tenants of this Worker's API. */
  readonly adminKey: string;
  readonly edge: () => Edge;
  /** SIGKILLs the runtime and starts the Worker again on the same state. `down` runs in between. */
  readonly crash: (down?: () => Promise<void>) => Promise<void>;
};

export type MembersOptions = {
  readonly validators: readonly ValidatorPlan[];
  readonly gateway: boolean;
  /** Of the page's Worker: the gateway, or the first validator where there is none. 0 lets the system choose. */
  readonly port: number;
  readonly rpcUrl: string;
  readonly beaconUrl: string;
  readonly onLog: (line: string) => void;
  readonly onStop: (stop: () => Promise<void>) => void;
};

/** A Worker that runs, and what it is registered with; its clock starts when the chain has one. */
export type Started = {
  readonly member: Member;
  readonly registration: ValidatorRegistration | null;
  readonly begin: (clock: EpochClock) => void;
};

type Spec = {
  readonly name: string;
  readonly role: Member['role'];
  readonly index: number;
  readonly plan: ValidatorPlan;
  readonly port: number;
  /** Of a gateway: validators, with its keys there. */
  readonly upstreams?: readonly Upstream[];
};

function commonEnv({ rpcUrl, beaconUrl }: MembersOptions): Record<string, string> {
  return {
    CHAIN_ID: String(CHAIN_ID),
    RPC_URL: rpcUrl,
    REGISTRY_ADDRESS: CONTRACTS.registry,
    FAULT_PROVER_ADDRESS: CONTRACTS.prover,
    FAULT_WATCH: 'on',
    NEXT_POLICY: '',
    BEACON_URL: beaconUrl,
    PUBLIC_URL: '',
    PUBLIC_RPC_URL: rpcUrl,
    ALLOW_HTTP_HOSTS: LOOPBACK,
    SEED_CHAIN_LENGTH: String(SEED_CHAIN_LENGTH),
    TX_POLL_SECONDS: String(TX_POLL_SECONDS),
  };
}

/** What each Worker keeps to itself. */
type Secrets = { readonly seed: Hex; readonly admin: string; readonly vault: Hex };

const freshSecrets = (): Secrets => ({
  seed: toHex(randomBytes(32)),
  admin: randomBytes(32).toString('base64url'),
  vault: toHex(randomBytes(32)),
});

function envOf(options: MembersOptions, { role, index, plan, port, upstreams }: Spec, secrets: Secrets): WorkerEnv {
  const { operator, signer } = validatorAccounts(index);
  const hosted = { ADMIN_KEY: secrets.admin, VAULT_KEY: secrets.vault };
  const gateway = { PUBLIC_URL: `http://${LOOPBACK}:${String(port)}`, UPSTREAMS: JSON.stringify(upstreams ?? []) };
  const own = {
    VALIDATOR_ADDRESS: operator.address,
    SIGNER_KEY: signer.key,
    SEED_SECRET: secrets.seed,
    ...(plan.behaviour === 'honest' ? {} : { DISHONEST: plan.behaviour }),
  };
  const env: Record<string, string | null> = {
    ...{ ...commonEnv(options), ...hosted, ROLE: role },
    ...{ ...(role === 'validator' ? own : gateway), ...plan.env },
  };
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== null));
}

async function startMember(processes: Processes, options: MembersOptions, spec: Spec, bundle: string): Promise<Started> {
  const { name, role, plan } = spec;
  const secrets = freshSecrets();
  const env = envOf(options, spec, secrets);
  const onLog = (line: string): void => options.onLog(`${name}: ${line}`);
  const start = (port: number): Promise<Edge> =>
    startEdge(processes, { name: `workerd ${name}`, bundle, env, state: join(processes.folder, name), port, onLog });
  let edge = await start(spec.port);
  options.onStop(() => edge.stop());
  let cron: Clock | null = null;
  const target = (at: Date): Promise<void> => edge.tick(at);
  const { url } = edge;
  const accounts = role === 'validator' ? validatorAccounts(spec.index) : null;
  const member: Member = {
    ...{ name, role, behaviour: plan.behaviour, url },
    ...{ operator: accounts?.operator.address ?? null, signer: accounts?.signer.address ?? null },
    ...{ adminKey: secrets.admin },
    stake: accounts === null ? null : (plan.stake ?? STAKE.validator),
    edge: () => edge,
    async crash(down) {
      cron?.setTarget(null);
      await edge.kill();
      await down?.();
      edge = await start(Number(new URL(url).port));
      cron?.setTarget(target);
    },
  };
  const registration =
    accounts === null
      ? null
      : {
          ...{ operator: accounts.operator.address, signer: accounts.signer.address, url },
          ...{ seedTip: seedTip(secrets.seed, SEED_CHAIN_LENGTH), stake: plan.stake ?? STAKE.validator },
        };
  return {
    ...{ member, registration },
    begin(clock) {
      cron = startClock(clock, onLog);
      const started = cron;
      options.onStop(() => started.stop());
      cron.setTarget(target);
    },
  };
}

/** Starts all Workers; validators in their order, then the gateway. */
export async function startMembers(processes: Processes, options: MembersOptions): Promise<Started[]> {
  const specs: Spec[] = options.validators.map((plan, index) => ({
    ...{ name: plan.name, role: 'validator', index, plan },
    port: index === 0 && !options.gateway ? options.port : 0,
  }));
  const gateway: ValidatorPlan = { name: 'gateway', behaviour: 'honest' };
  // Built before any runtime starts, one after the other: a build takes both cores.
  const honest = await workerBundle(processes);
  const dishonest = specs.some(({ plan }) => plan.behaviour !== 'honest') ? await dishonestBundle(processes) : honest;
  const validators = await Promise.all(
    specs.map((spec) => startMember(processes, options, spec, spec.plan.behaviour === 'honest' ? honest : dishonest)),
  );
  if (!options.gateway) return validators;
  const asked = validators.slice(0, UPSTREAMS_MAX);
  const upstreams = await Promise.all(
    asked.map(({ member }, index) => upstreamAt(member, validatorAccounts(index).operator.address)),
  );
  const port = options.port === 0 ? await freePort() : options.port; // known beforehand: it is part of the gateway's public address
  const spec = { name: 'gateway', role: 'gateway', index: -1, plan: gateway, port, upstreams } as const;
  return [...validators, await startMember(processes, options, spec, honest)];
}
