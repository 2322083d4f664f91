// A real chain for the tests of chain/: anvil as our own child on a port of its choosing, with the registry deployed as the
// first contract of anvil's first account (so it has the address that the golden vectors name).
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { createTestClient, encodeDeployData, http, publicActions, type Hex } from 'viem';
import { registryArtifact } from '../../../contracts/artifact.mjs';
import { foundryBinary } from '../../../contracts/forge.mjs';
import { registryClient, type RegistryClient } from '../../../chain/client.ts';
import { auditRegistryAbi } from '../../../schema/abi/AuditRegistry.ts';

export const GENESIS = 1_700_000_000;
export const SLOT_SECONDS = 3;
export const SLOTS_PER_EPOCH = 10;
export const POLICY_HASH: Hex = `0x${'ab'.repeat(32)}`;
export const DEPLOYER: Hex = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266';
export const CHAIN_ID = 31_337;
const START_MS_MAX = 20_000;

function portOf(child: ChildProcess): Promise<number> {
  const { stdout } = child;
  if (stdout === null) throw new Error('anvil has no standard output');
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error('anvil did not start in time'));
    }, START_MS_MAX);
    child.on('exit', () => {
      reject(new Error('anvil ended at once'));
    });
    createInterface({ input: stdout }).on('line', (line) => {
      const port = /^Listening on .*:(\d+)$/.exec(line)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(Number(port));
    });
  });
}

const testClient = (url: string) =>
  createTestClient({ mode: 'anvil', transport: http(url, { retryCount: 0, timeout: 20_000 }), pollingInterval: 20 }).extend(
    publicActions,
  );

export type Network = {
  readonly url: string;
  readonly registry: Hex;
  readonly client: RegistryClient;
  readonly rpc: ReturnType<typeof testClient>;
  /** Sends a transaction to the registry (or creates a contract) and gives its receipt's facts. */
  send(
    from: Hex,
    data: Hex,
    to?: Hex | null,
  ): Promise<{ readonly gas: number; readonly created: Hex | null; readonly block: number }>;
  /** The name of the custom error with which the call would be refused, or null. */
  refusal(from: Hex, data: Hex): Promise<Hex | null>;
  /** Moves the clock to the first second of an epoch; never back. */
  goTo(epoch: number): Promise<void>;
  stop(): Promise<void>;
};

async function waitExit(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) =>
    child.once('exit', () => {
      resolve();
    }),
  );
  child.kill('SIGTERM');
  await gone;
}

export async function startNetwork(policyHash: Hex = POLICY_HASH): Promise<Network> {
  const { bytecode } = await registryArtifact();
  const args = [
    '--hardfork',
    'osaka',
    '--port',
    '0',
    '--timestamp',
    String(GENESIS),
    '--auto-impersonate',
    '--chain-id',
    String(CHAIN_ID),
  ];
  const child = spawn(foundryBinary('anvil'), args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const url = `http://127.0.0.1:${String(await portOf(child))}`;
  const rpc = testClient(url);
  let registry: Hex = DEPLOYER;

  const send: Network['send'] = async (from, data, to = registry) => {
    await rpc.setBalance({ address: from, value: 10n ** 20n });
    const hash = await rpc.request({
      method: 'eth_sendTransaction',
      params: [{ from, data, ...(to === null ? {} : { to }) }],
    } as never);
    const receipt = await rpc.waitForTransactionReceipt({ hash });
    if (receipt.status !== 'success') throw new Error('transaction reverted');
    return { gas: Number(receipt.gasUsed), created: receipt.contractAddress ?? null, block: Number(receipt.blockNumber) };
  };
  const constructorArgs = [BigInt(GENESIS), SLOT_SECONDS, SLOTS_PER_EPOCH, policyHash] as const;
  const { created } = await send(DEPLOYER, encodeDeployData({ abi: auditRegistryAbi, bytecode, args: constructorArgs }), null);
  if (created === null) throw new Error('the registry was not created');
  registry = created.toLowerCase() as Hex;

  return {
    url,
    registry,
    rpc,
    client: registryClient({ rpcUrls: [url], chainId: CHAIN_ID, registry }),
    send,
    async refusal(from, data) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_call', params: [{ from, to: registry, data }, 'latest'] }),
      });
      const body = (await response.json()) as { error?: { data?: Hex } };
      return body.error?.data ?? null;
    },
    async goTo(epoch) {
      await rpc.setNextBlockTimestamp({ timestamp: BigInt(GENESIS + epoch * SLOT_SECONDS * SLOTS_PER_EPOCH) });
      await rpc.mine({ blocks: 1 });
    },
    stop: () => waitExit(child),
  };
}
