// The whole network in one call: chain, beacon, nodes, the Worker and its cron. Whatever was started is stopped again, also when
// a later part fails to start.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { registryClient, type RegistryClient } from '../chain/client.ts';
import { toHex, type Hex } from '../protocol/bytes.ts';
import type { EpochClock } from '../protocol/schedule.ts';
import { seedTip } from '../protocol/seed.ts';
import { signer, validator } from './accounts.ts';
import { startAnvil, type Anvil } from './anvil.ts';
import { registryBytecode, workerBundle } from './artifacts.ts';
import { startBeacon, type Beacon } from './beacon.ts';
import { REGISTRY, setUpChain } from './chain.ts';
import { startClock, type Clock } from './clock.ts';
import { startEdge, type Edge, type WorkerEnv } from './edge.ts';
import { startFleet, type Fleet } from './fleet.ts';
import { CHAIN_ID, HEAD_START_SECONDS, LOOPBACK, SEED_CHAIN_LENGTH, TX_POLL_SECONDS } from './limits.ts';
import { embeddedPolicy } from './policy.ts';
import { openProcesses, reapLeftovers, type Processes } from './processes.ts';
import { nodePlans, type NodePlan } from './scenario.ts';

export type NetworkOptions = {
  readonly nodes?: readonly NodePlan[];
  /** Of the public pages and API; 0 lets the system choose. */
  readonly port?: number;
  /** What this validator's configuration says instead; a name with `null` is left out. */
  readonly env?: Readonly<Record<string, string | null>>;
  /** The address that is registered as this validator's signer; another one makes it unable to sign. */
  readonly registeredSigner?: Hex;
  /** Steps of the start, and lines that the Worker writes. */
  readonly onLog?: (line: string) => void;
  /** Ends a start that is under way. */
  readonly signal?: AbortSignal;
  readonly onProcesses?: (processes: Processes) => void;
};

export type Network = {
  readonly url: string;
  readonly clock: EpochClock;
  readonly client: RegistryClient;
  readonly anvil: Anvil;
  readonly beacon: Beacon;
  readonly fleet: Fleet;
  readonly processes: Processes;
  edge(): Edge;
  /** SIGKILLs the runtime and starts the Worker again on the same state. `down` runs in between. */
  crashEdge(down?: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
};

function workerEnv(anvil: Anvil, beacon: Beacon, seedSecret: Hex): Record<string, string> {
  return {
    ROLE: 'validator',
    CHAIN_ID: String(CHAIN_ID),
    RPC_URL: anvil.url,
    REGISTRY_ADDRESS: REGISTRY,
    VALIDATOR_ADDRESS: validator.address,
    BEACON_URL: beacon.url,
    ALLOW_HTTP_HOSTS: LOOPBACK,
    SEED_CHAIN_LENGTH: String(SEED_CHAIN_LENGTH),
    TX_POLL_SECONDS: String(TX_POLL_SECONDS),
    SIGNER_KEY: signer.key,
    SEED_SECRET: seedSecret,
  };
}

function overridden(env: Record<string, string>, changes: NetworkOptions['env'] = {}): WorkerEnv {
  const merged = { ...env, ...changes };
  return Object.fromEntries(Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== null));
}

type Started = {
  readonly anvil: Anvil;
  readonly beacon: Beacon;
  readonly fleet: Fleet;
  readonly clock: EpochClock;
  readonly startWorker: () => Promise<Edge>;
  readonly first: Edge;
};

async function startParts(
  processes: Processes,
  options: NetworkOptions,
  onStop: (stop: () => Promise<void>) => void,
): Promise<Started> {
  const { policy, hash } = embeddedPolicy();
  const log = options.onLog ?? (() => undefined);
  const [beacon, anvil] = await Promise.all([startBeacon(policy), startAnvil(processes)]);
  onStop(() => beacon.stop());
  const seedSecret = toHex(randomBytes(32));
  const env = overridden(workerEnv(anvil, beacon, seedSecret), options.env);
  const state = join(processes.folder, 'edge');
  const startWorker = async (port = options.port ?? 0): Promise<Edge> =>
    startEdge(processes, { bundle: await workerBundle(processes), env, state, port, onLog: log });
  const [bytecode, fleet, first] = await Promise.all([
    registryBytecode(),
    startFleet(processes, options.nodes ?? nodePlans(), anvil.url),
    startWorker().then((edge) => {
      onStop(() => edge.stop());
      return edge;
    }),
  ]);
  const port = Number(new URL(first.url).port);
  const clock = await setUpChain({
    rpcUrl: anvil.url,
    bytecode,
    policyHash: hash,
    firstEpochAt: Math.ceil(Date.now() / 1000) + HEAD_START_SECONDS,
    validator: {
      signer: options.registeredSigner ?? signer.address,
      seedTip: seedTip(seedSecret, SEED_CHAIN_LENGTH),
      url: first.url,
    },
    nodes: fleet.nodes.map(({ registration }) => registration),
  });
  return { anvil, beacon, fleet, clock, first, startWorker: () => startWorker(port) };
}

/** @throws LocalError with cause and mend when a part does not start */
export async function startNetwork(options: NetworkOptions = {}): Promise<Network> {
  const log = options.onLog ?? (() => undefined);
  const reaped = reapLeftovers();
  if (reaped > 0) log(`ended ${String(reaped)} processes that a killed network had left.`);
  const processes = openProcesses();
  options.onProcesses?.(processes);
  const stops: (() => Promise<void>)[] = [];
  let stopping: Promise<void> | undefined;
  const stopAll = async (): Promise<void> => {
    for (const part of stops.splice(0).reverse()) await part().catch(() => undefined);
    await processes.close();
  };
  const stop = (): Promise<void> => (stopping ??= stopAll());
  options.signal?.addEventListener('abort', () => void stop(), { once: true });
  try {
    const started = await startParts(processes, options, (part) => void stops.push(part));
    options.signal?.throwIfAborted();
    let edge = started.first;
    const cron: Clock = startClock(started.clock, log);
    stops.push(() => cron.stop());
    cron.setTarget((at) => edge.tick(at));
    return {
      url: edge.url,
      clock: started.clock,
      client: registryClient({ rpcUrls: [started.anvil.url], chainId: CHAIN_ID, registry: REGISTRY }),
      anvil: started.anvil,
      beacon: started.beacon,
      fleet: started.fleet,
      processes,
      edge: () => edge,
      async crashEdge(down) {
        cron.setTarget(null);
        await edge.kill();
        await down?.();
        edge = await started.startWorker();
        stops.push(() => edge.stop());
        cron.setTarget((at) => edge.tick(at));
      },
      stop,
    };
  } catch (error) {
    await stop();
    await stopAll(); // what came up while the rest was being stopped
    throw error;
  }
}
