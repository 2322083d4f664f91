// The registry on the embedded chain. Everything is deployed and registered in one block, before which nobody can have read half
// of it; the genesis is chosen so that the first audited epoch begins a few seconds from now, with epochs 0 and 1 behind us.
import { createClient, encodeDeployData, getContractAddress, http, type Client, type EIP1193RequestFn } from 'viem';
import { getTransactionReceipt } from 'viem/actions';
import { encodeRegisterNode, encodeRegisterValidator, type NodeClaims } from '../chain/transactions.ts';
import type { Hex } from '../protocol/bytes.ts';
import type { PublicKey } from '../protocol/receipts.ts';
import type { EpochClock } from '../protocol/schedule.ts';
import { auditRegistryAbi } from '../schema/abi/AuditRegistry.ts';
import { deployer, validator } from './accounts.ts';
import { LocalError } from './errors.ts';
import { EPOCH_SECONDS, FIRST_EPOCH, SLOT_SECONDS, SLOTS_PER_EPOCH } from './limits.ts';

/** The address of the registry, known before it is deployed: the deployer's first contract. */
export const REGISTRY = getContractAddress({ from: deployer.address, nonce: 0n }).toLowerCase() as Hex;
const GAS_EACH = 0xb71b00; // 12 million: the deployment takes under 6, a registration under 1

export type Registration = NodeClaims & { readonly operator: Hex; readonly publicKey: PublicKey; readonly proof: Hex };

export type Setup = {
  readonly rpcUrl: string;
  readonly bytecode: Hex;
  readonly policyHash: Hex;
  /** Unix seconds at which the first audited epoch begins. */
  readonly firstEpochAt: number;
  readonly validator: { readonly signer: Hex; readonly seedTip: Hex; readonly url: string };
  readonly nodes: readonly Registration[];
};

type Call = { readonly what: string; readonly from: Hex; readonly to?: Hex; readonly data: Hex };
type Rpc = (method: string, params?: readonly unknown[]) => Promise<unknown>;

export const rpcClient = (rpcUrl: string): Client =>
  createClient({ transport: http(rpcUrl, { timeout: 10_000, retryCount: 0 }) });

/** Any method, anvil's own included. */
function rpcOf(client: Client): Rpc {
  const request = client.request as unknown as EIP1193RequestFn;
  return (method, params = []) => request({ method, params } as never);
}

export const genesisFor = (firstEpochAt: number): number => firstEpochAt - FIRST_EPOCH * EPOCH_SECONDS;

function callsOf(setup: Setup): Call[] {
  const genesis = BigInt(genesisFor(setup.firstEpochAt));
  const args = [genesis, SLOT_SECONDS, SLOTS_PER_EPOCH, setup.policyHash] as const;
  return [
    {
      what: 'the deployment of the registry',
      from: deployer.address,
      data: encodeDeployData({ abi: auditRegistryAbi, bytecode: setup.bytecode, args }),
    },
    {
      what: 'the registration of the validator',
      from: validator.address,
      to: REGISTRY,
      data: encodeRegisterValidator(setup.validator),
    },
    ...setup.nodes.map((node) => ({
      what: `the registration of ${node.url}`,
      from: node.operator,
      to: REGISTRY,
      data: encodeRegisterNode(node),
    })),
  ];
}

/** Sends calls in order, with their nonces given, so that one block can hold them all. */
async function sendAll(rpc: Rpc, calls: readonly Call[]): Promise<Hex[]> {
  const nonces = new Map<Hex, number>();
  const hashes: Hex[] = [];
  for (const { from, to, data } of calls) {
    const nonce = nonces.get(from) ?? 0;
    nonces.set(from, nonce + 1);
    const hex = (value: number): Hex => `0x${value.toString(16)}`;
    const call = { from, ...(to === undefined ? {} : { to }), data, nonce: hex(nonce), gas: hex(GAS_EACH) };
    hashes.push((await rpc('eth_sendTransaction', [call])) as Hex);
  }
  return hashes;
}

/** Deploys and registers, then moves the chain's clock to now and lets it mine a block a second. */
export async function setUpChain(setup: Setup): Promise<EpochClock> {
  const client = rpcClient(setup.rpcUrl);
  const rpc = rpcOf(client);
  const calls = callsOf(setup);
  const hashes = await sendAll(rpc, calls);
  await rpc('evm_mine');
  for (const [i, hash] of hashes.entries()) {
    const { status } = await getTransactionReceipt(client, { hash });
    if (status !== 'success') throw new LocalError(`The chain refused ${calls[i]?.what ?? 'a transaction'}.`);
  }
  await rpc('evm_setNextBlockTimestamp', [Math.floor(Date.now() / 1000)]);
  await rpc('evm_mine');
  await rpc('evm_setIntervalMining', [1]);
  return { genesis: genesisFor(setup.firstEpochAt), slotSeconds: SLOT_SECONDS, slotsPerEpoch: SLOTS_PER_EPOCH };
}
