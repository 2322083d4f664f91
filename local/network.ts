// The whole network in one call: chain, beacon, nodes, validators, a gateway and their cron. Whatever was started is stopped
// again, also when a later part fails to start.
import { registryClient, type RegistryClient } from '../chain/client.ts';
import type { Hex } from '../protocol/bytes.ts';
import type { EpochClock } from '../protocol/schedule.ts';
import { startAnvil, type Anvil } from './anvil.ts';
import { bytecodes } from './artifacts.ts';
import { startBeacon, type Beacon } from './beacon.ts';
import { REGISTRY, setUpChain } from './chain.ts';
import type { Contracts } from './deployment.ts';
import type { Edge } from './edge.ts';
import { LocalError } from './errors.ts';
import { startFleet, type Fleet } from './fleet.ts';
import { CHAIN_ID, HEAD_START_SECONDS, SEATS_MAX, VALIDATORS_DEFAULT } from './limits.ts';
import { embeddedPolicy } from './policy.ts';
import { openProcesses, reapLeftovers, type Processes } from './processes.ts';
import { nodePlans, type NodePlan } from './node-plans.ts';
import { honestValidators, startMembers, type EnvChanges, type Member, type Started, type ValidatorPlan } from './validators.ts';

export type NetworkOptions = {
  readonly nodes?: readonly NodePlan[];
  /** So many honest ones, or these. */
  readonly validators?: number | readonly ValidatorPlan[];
  /** Whether a gateway runs beside them; it has the page's port then. */
  readonly gateway?: boolean;
  /** Of the public pages and API; 0 lets the system choose. */
  readonly port?: number;
  /** What the first validator's configuration says instead; a name with `null` is left out. */
  readonly env?: EnvChanges;
  /** The address that is registered as the first validator's signer; another one makes it unable to sign. */
  readonly registeredSigner?: Hex;
  /** Steps of the start, and lines that the Workers write. */
  readonly onLog?: (line: string) => void;
  /** Ends a start that is under way. */
  readonly signal?: AbortSignal;
  readonly onProcesses?: (processes: Processes) => void;
};

export type Network = {
  /** Of the page: the gateway's, or the first validator's where there is no gateway. */
  readonly url: string;
  readonly clock: EpochClock;
  readonly client: RegistryClient;
  readonly contracts: Contracts;
  readonly anvil: Anvil;
  readonly beacon: Beacon;
  readonly fleet: Fleet;
  readonly processes: Processes;
  /** In the order of their numbers. */
  readonly validators: readonly Member[];
  readonly gateway: Member | null;
  /** Of the validator with this number. */
  edge(index?: number): Edge;
  /** SIGKILLs one validator's runtime and starts the Worker again on the same state. */
  crashEdge(index?: number): Promise<void>;
  stop(): Promise<void>;
};

type Parts = {
  readonly anvil: Anvil;
  readonly beacon: Beacon;
  readonly fleet: Fleet;
  readonly clock: EpochClock;
  readonly contracts: Contracts;
  readonly started: readonly Started[];
};

function plansOf({ validators = VALIDATORS_DEFAULT, env }: NetworkOptions): ValidatorPlan[] {
  const plans = typeof validators === 'number' ? honestValidators(validators) : [...validators];
  if (plans.length < 1 || plans.length > SEATS_MAX) {
    throw new LocalError(`A network has 1 to ${String(SEATS_MAX)} validators, not ${String(plans.length)}.`, 2);
  }
  return plans.map((plan, index) => (index === 0 && env !== undefined ? { ...plan, env: { ...plan.env, ...env } } : plan));
}

async function startParts(
  processes: Processes,
  options: NetworkOptions,
  onStop: (stop: () => Promise<void>) => void,
): Promise<Parts> {
  const { policy } = embeddedPolicy();
  const [beacon, anvil] = await Promise.all([startBeacon(policy), startAnvil(processes)]);
  onStop(() => beacon.stop());
  const [code, fleet, started] = await Promise.all([
    bytecodes(),
    startFleet(processes, options.nodes ?? nodePlans(), anvil.url),
    startMembers(processes, {
      ...{ validators: plansOf(options), gateway: options.gateway ?? true, port: options.port ?? 0 },
      ...{ rpcUrl: anvil.url, beaconUrl: beacon.url, onLog: options.onLog ?? (() => undefined), onStop },
    }),
  ]);
  const registrations = started.flatMap(({ registration }) => (registration === null ? [] : [registration]));
  const { clock, contracts } = await setUpChain({
    ...{ rpcUrl: anvil.url, bytecodes: code, policy },
    firstEpochAt: Math.ceil(Date.now() / 1000) + HEAD_START_SECONDS,
    validators: registrations.map((one, index) =>
      index === 0 && options.registeredSigner !== undefined ? { ...one, signer: options.registeredSigner } : one,
    ),
    nodes: fleet.nodes.map(({ registration }) => registration),
  });
  return { anvil, beacon, fleet, clock, contracts, started };
}

function networkOf({ anvil, beacon, fleet, clock, contracts, started }: Parts): Omit<Network, 'processes' | 'stop'> {
  const members = started.map(({ member }) => member);
  const validators = members.filter(({ role }) => role === 'validator');
  const gateway = members.find(({ role }) => role === 'gateway') ?? null;
  const at = (index: number): Member => {
    const member = validators[index];
    if (member === undefined) throw new LocalError(`There is no validator ${String(index)}.`);
    return member;
  };
  return {
    ...{ url: (gateway ?? at(0)).url, clock, contracts, anvil, beacon, fleet, validators, gateway },
    client: registryClient({ rpcUrls: [anvil.url], chainId: CHAIN_ID, registry: REGISTRY }),
    edge: (index = 0) => at(index).edge(),
    crashEdge: (index = 0) => at(index).crash(),
  };
}

/** @throws LocalError with cause and mend when a part does not start */
export async function startNetwork(options: NetworkOptions = {}): Promise<Network> {
  const reaped = reapLeftovers();
  if (reaped > 0) options.onLog?.(`ended ${String(reaped)} processes that a killed network had left.`);
  const processes = openProcesses();
  options.onProcesses?.(processes);
  const stops: (() => Promise<void>)[] = [];
  let stopping: Promise<void> | undefined;
  const stopAll = async (): Promise<void> => {
    // The cron first, so that no tick reaches a Worker that is gone; then everything at once.
    for (const part of stops.splice(0).reverse()) await part().catch(() => undefined);
    await processes.close();
  };
  const stop = (): Promise<void> => (stopping ??= stopAll());
  options.signal?.addEventListener('abort', () => void stop(), { once: true });
  try {
    const parts = await startParts(processes, options, (part) => void stops.push(part));
    options.signal?.throwIfAborted();
    for (const { begin } of parts.started) begin(parts.clock);
    return { ...networkOf(parts), processes, stop };
  } catch (error) {
    await stop();
    await stopAll(); // what came up while the rest was being stopped
    throw error;
  }
}
