// The nodes: one process each, with a key and a folder of its own, honest or dishonest, as a provider would start them.
import { join } from 'node:path';
import { openIdentity, type NodeSigner } from '../gpu-runners/identity.ts';
import { registrationProof } from '../gpu-runners/proof.ts';
import type { Hex } from '../protocol/bytes.ts';
import { nodeOperators } from './accounts.ts';
import { REGISTRY, type Registration } from './chain.ts';
import { LocalError } from './errors.ts';
import { CHAIN_ID, LOOPBACK, READY_MS_MAX } from './limits.ts';
import { ROOT, type Child, type Processes } from './processes.ts';
import type { NodePlan } from './node-plans.ts';

/** A commitment that a runner made. */
export type Committed = {
  /** Operator address. */
  readonly validator: Hex;
  readonly epoch: number;
  readonly slot: number;
  readonly draw: number;
  readonly challengeHash: Hex;
};

export type FleetNode = {
  readonly plan: NodePlan;
  readonly nodeId: Hex;
  readonly port: number;
  readonly pid: number;
  /** What it is registered with. */
  readonly registration: Registration;
  /** Everything it has committed to, in order. */
  readonly committed: readonly Committed[];
};

export type Fleet = { readonly nodes: readonly FleetNode[] };

function readyPort(child: Child): Promise<number> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      reject(new LocalError(`The runner ${child.name} was not ready in time. Its output:\n${child.output()}`));
    }, READY_MS_MAX);
    child.onLine((line) => {
      const message = parsed(line);
      if (message['ready'] !== true) return;
      clearTimeout(late);
      resolve(Number(message['port']));
    });
    void child.exited.then((code) => {
      clearTimeout(late);
      reject(new LocalError(`The runner ${child.name} ended with code ${String(code)}. Its output:\n${child.output()}`));
    });
  });
}

function parsed(line: string): Readonly<Record<string, unknown>> {
  try {
    return line.startsWith('{') ? (JSON.parse(line) as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function flagsOf(plan: NodePlan, folder: string, rpcUrl: string): string[] {
  const entry = plan.behaviour === 'honest' ? 'main.ts' : 'adversaries/main.ts';
  const behaviour = plan.behaviour === 'honest' ? [] : ['--behaviour', plan.behaviour];
  return [
    ...['--disable-warning=ExperimentalWarning', join(ROOT, 'gpu-runners', entry), ...behaviour],
    ...['--json', '--host', LOOPBACK, '--port', '0', '--data', folder, '--class', plan.gpuClass],
    ...['--rpc', rpcUrl, '--registry', REGISTRY, '--chain-id', String(CHAIN_ID), '--grace', '0'],
    // Two cores serve everybody: a burst of draws waits instead of being refused.
    ...['--queue', '16', '--job-mib', '128', '--busy-wait-ms', '900', '--backend', 'cpu'],
  ];
}

function registrationOf(plan: NodePlan, identity: NodeSigner, port: number, index: number): Registration {
  const owner = nodeOperators[index % nodeOperators.length];
  if (owner === undefined) throw new Error('no account for a node operator');
  const proof = registrationProof(identity, { chainId: CHAIN_ID, registry: REGISTRY }, owner.address);
  return {
    url: `http://${LOOPBACK}:${String(port)}`,
    gpuClass: plan.gpuClass,
    vramMiB: plan.vramMiB,
    operator: owner.address,
    publicKey: identity.publicKey,
    proof: proof.signature,
  };
}

async function startNode(processes: Processes, plan: NodePlan, index: number, rpcUrl: string): Promise<FleetNode> {
  const folder = join(processes.folder, 'nodes', plan.name);
  const { signer } = openIdentity(folder);
  const compileCache = { NODE_COMPILE_CACHE: join(ROOT, '.cache', 'node') };
  const child = processes.start(plan.name, process.execPath, flagsOf(plan, folder, rpcUrl), compileCache);
  const committed: Committed[] = [];
  child.onLine((line) => {
    const event = parsed(line);
    if (event['event'] === 'committed') committed.push(event as unknown as Committed);
  });
  const port = await readyPort(child);
  const registration = registrationOf(plan, signer, port, index);
  return { plan, nodeId: signer.nodeId, port, pid: child.pid, registration, committed };
}

/** Starts all runners at once; they find their registry as soon as it is deployed. */
export async function startFleet(processes: Processes, plans: readonly NodePlan[], rpcUrl: string): Promise<Fleet> {
  return { nodes: await Promise.all(plans.map((plan, index) => startNode(processes, plan, index, rpcUrl))) };
}
