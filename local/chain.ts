// The contracts on the embedded chain. Everything is deployed, staked and registered in one block, before which nobody can have
// read half of it; the genesis is chosen so that the first audited epoch begins a few seconds from now, with epochs 0 and 1 behind us.
import { createClient, http, type Client, type EIP1193RequestFn } from 'viem';
import { getTransactionReceipt } from 'viem/actions';
import { encodeRegisterNode, encodeRegisterValidator, type NodeClaims } from '../chain/transactions.ts';
import { ZERO32, type Hex } from '../protocol/bytes.ts';
import type { Policy } from '../protocol/policy.ts';
import { nodeIdOf, type PublicKey } from '../protocol/receipts.ts';
import type { EpochClock } from '../protocol/schedule.ts';
import type { Bytecodes } from './artifacts.ts';
import { CONTRACTS, STAKE, depositCall, deploymentCalls, type Call, type Contracts } from './deployment.ts';
import { LocalError } from './errors.ts';
import { EPOCH_SECONDS, FIRST_EPOCH, SLOT_SECONDS, SLOTS_PER_EPOCH } from './limits.ts';

/** The address of the registry, known before it is deployed: the deployer's first contract. */
export const REGISTRY = CONTRACTS.registry;
const GAS_EACH = 0xb71b00; // 12 million: the largest deployment takes about 6, any other call under 1

export type Registration = NodeClaims & { readonly operator: Hex; readonly publicKey: PublicKey; readonly proof: Hex };
export type ValidatorRegistration = {
  readonly operator: Hex;
  readonly signer: Hex;
  readonly seedTip: Hex;
  readonly url: string;
  /** In the token's smallest unit; the usual one if not given. */
  readonly stake?: bigint;
};

export type Setup = {
  readonly rpcUrl: string;
  readonly bytecodes: Bytecodes;
  readonly policy: Policy;
  /** Unix seconds at which the first audited epoch begins. */
  readonly firstEpochAt: number;
  readonly validators: readonly ValidatorRegistration[];
  readonly nodes: readonly Registration[];
};

type Rpc = (method: string, params?: readonly unknown[]) => Promise<unknown>;

export const rpcClient = (rpcUrl: string): Client =>
  createClient({ transport: http(rpcUrl, { timeout: 10_000, retryCount: 0 }) });

/** Any method, anvil's own included. */
function rpcOf(client: Client): Rpc {
  const request = client.request as unknown as EIP1193RequestFn;
  return (method, params = []) => request({ method, params } as never);
}

export const genesisFor = (firstEpochAt: number): number => firstEpochAt - FIRST_EPOCH * EPOCH_SECONDS;

function callsOf({ bytecodes, policy, firstEpochAt, validators, nodes }: Setup): Call[] {
  return [
    ...deploymentCalls(bytecodes, policy, genesisFor(firstEpochAt)),
    ...validators.map(({ operator, stake = STAKE.validator }) => depositCall(operator, ZERO32, stake)),
    ...nodes.map(({ operator, publicKey }) => depositCall(operator, nodeIdOf(publicKey), STAKE.nodeMin)),
    ...validators.map((one) => ({
      what: `the registration of the validator ${one.operator}`,
      from: one.operator,
      to: REGISTRY,
      data: encodeRegisterValidator(one),
    })),
    ...nodes.map((node) => ({
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

export type ChainParts = { readonly clock: EpochClock; readonly contracts: Contracts };

/** Deploys, stakes and registers, then moves the chain's clock to now and lets it mine a block a second. */
export async function setUpChain(setup: Setup): Promise<ChainParts> {
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
  const clock = { genesis: genesisFor(setup.firstEpochAt), slotSeconds: SLOT_SECONDS, slotsPerEpoch: SLOTS_PER_EPOCH };
  return { clock, contracts: CONTRACTS };
}
