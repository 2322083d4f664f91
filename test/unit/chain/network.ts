// A real chain for the tests of chain/: anvil as our own child on a port of its choosing, with all contracts deployed, the registry
// as the first contract of anvil's first account (so it has the address that the golden vectors name). The deployer holds the tokens
// and stakes them for others.
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { createTestClient, encodeFunctionData, erc20Abi, http, publicActions, type Hex } from 'viem';
import { deploymentArtifacts } from '../../../contracts/artifact.mjs';
import { foundryBinary } from '../../../contracts/forge.mjs';
import { registryClient, type RegistryClient } from '../../../chain/client.ts';
import { encodeApprove, encodeDeposit } from '../../../chain/stake-calls.ts';
import { VALIDATOR_STAKE } from '../../../chain/stakes.ts';
import { NODE_MIN, SUPPLY, VALIDATOR_MIN, addressesOf, deployAll, type Addresses } from '../../support/deploy.ts';
import { beacon } from '../../support/world.ts';

export const GENESIS = 1_700_000_000;
export const SLOT_SECONDS = 3;
export const SLOTS_PER_EPOCH = 10;
/** An epoch's reports are accepted during the next epoch. */
export const REPORT_SECONDS = SLOT_SECONDS * SLOTS_PER_EPOCH;
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
  readonly at: Addresses;
  readonly client: RegistryClient;
  readonly rpc: ReturnType<typeof testClient>;
  /** Sends a transaction to the registry (or creates a contract) and gives its receipt's facts. */
  send(
    from: Hex,
    data: Hex,
    to?: Hex | null,
  ): Promise<{ readonly gas: number; readonly created: Hex | null; readonly block: number }>;
  /** Deposits the deployer's tokens for somebody: as a validator's stake, or as a node's bond; the least that is needed, unless told. */
  stake(owner: Hex, id?: Hex, amount?: bigint): Promise<{ readonly gas: number }>;
  /** Sends the deployer's tokens to somebody. */
  pay(to: Hex, amount: bigint): Promise<void>;
  /** The revert data with which the call would be refused, or null. */
  refusal(from: Hex, data: Hex, to?: Hex): Promise<Hex | null>;
  /** Moves the clock to a second of an epoch, its first unless told; never back. */
  goTo(epoch: number, second?: number): Promise<void>;
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
  const code = await deploymentArtifacts();
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
  // The clock stands still but for `goTo`: on a slow machine the set-up of a test would else reach into later epochs.
  await rpc.setBlockTimestampInterval({ interval: 0 });
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
  const clock = { genesis: GENESIS, slotSeconds: SLOT_SECONDS, slotsPerEpoch: SLOTS_PER_EPOCH, reportSeconds: REPORT_SECONDS };
  const creations = deployAll({ deployer: DEPLOYER, ...clock, policyHash, beaconKey: beacon.publicKey }, code);
  for (const creation of creations) {
    if ((await send(DEPLOYER, creation, null)).created === null) throw new Error('a contract was not created');
  }
  const at = addressesOf(DEPLOYER);
  registry = at.registry;
  await send(DEPLOYER, encodeApprove(at.stakes, SUPPLY), at.token);

  return {
    url,
    registry,
    at,
    rpc,
    client: registryClient({ rpcUrls: [url], chainId: CHAIN_ID, registry }),
    send,
    async stake(owner, id = VALIDATOR_STAKE, amount = id === VALIDATOR_STAKE ? VALIDATOR_MIN : NODE_MIN) {
      return send(DEPLOYER, encodeDeposit(owner, id, amount), at.stakes);
    },
    async pay(to, amount) {
      const data = encodeFunctionData({ abi: erc20Abi, functionName: 'transfer', args: [to, amount] });
      await send(DEPLOYER, data, at.token);
    },
    async refusal(from, data, to = registry) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_call', params: [{ from, to, data }, 'latest'] }),
      });
      const body = (await response.json()) as { error?: { data?: Hex } };
      return body.error?.data ?? null;
    },
    async goTo(epoch, second = 0) {
      await rpc.setNextBlockTimestamp({ timestamp: BigInt(GENESIS + epoch * SLOT_SECONDS * SLOTS_PER_EPOCH + second) });
      await rpc.mine({ blocks: 1 });
    },
    stop: () => waitExit(child),
  };
}
