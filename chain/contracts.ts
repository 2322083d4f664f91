// The contracts of a deployment beside its registry. Only the registry's address is configured: it names the stakes, the stakes name
// token and prover, and parts that do not name one another back are refused.
import type { Hex } from '../protocol/bytes.ts';
import { faultProverAbi } from '../schema/abi/FaultProver.ts';
import { rewardDistributorAbi } from '../schema/abi/RewardDistributor.ts';
import { stakeManagerAbi } from '../schema/abi/StakeManager.ts';
import type { RegistryClient } from './client.ts';
import { ChainError } from './errors.ts';
import { readRegistry, readView, type ArgsOf, type ResultOf, type ViewOf } from './read.ts';
import { addressOf, lower } from './values.ts';

export type Contracts = { readonly registry: Hex; readonly stakes: Hex; readonly token: Hex; readonly prover: Hex };

type StakesAbi = typeof stakeManagerAbi;
type ProverAbi = typeof faultProverAbi;
type DistributorAbi = typeof rewardDistributorAbi;

/** Calls a view of the stakes. @throws ChainError unreachable | no_code | reverted | bad_response */
export async function readStakes<Name extends ViewOf<StakesAbi>>(
  { rpc }: RegistryClient,
  address: Hex,
  functionName: Name,
  args: ArgsOf<StakesAbi, Name>,
): Promise<ResultOf<StakesAbi, Name>> {
  return readView(rpc, { address, abi: stakeManagerAbi }, functionName, args);
}

/** Calls a view of the fault prover. @throws ChainError unreachable | no_code | reverted | bad_response */
export async function readProver<Name extends ViewOf<ProverAbi>>(
  { rpc }: RegistryClient,
  address: Hex,
  functionName: Name,
  args: ArgsOf<ProverAbi, Name>,
): Promise<ResultOf<ProverAbi, Name>> {
  return readView(rpc, { address, abi: faultProverAbi }, functionName, args);
}

/** Calls a view of the rewards. @throws ChainError unreachable | no_code | reverted | bad_response */
export async function readRewards<Name extends ViewOf<DistributorAbi>>(
  { rpc }: RegistryClient,
  address: Hex,
  functionName: Name,
  args: ArgsOf<DistributorAbi, Name>,
): Promise<ResultOf<DistributorAbi, Name>> {
  return readView(rpc, { address, abi: rewardDistributorAbi }, functionName, args);
}

/** A part that is missing, or is another contract, is a wrong deployment; an RPC that fails is not. */
async function part<T>(what: string, address: Hex, read: Promise<T>): Promise<T> {
  return read.catch((error: unknown) => {
    if (error instanceof ChainError && error.code === 'unreachable') throw error;
    throw new ChainError(
      'wrong_deployment',
      `The contract at ${address} isn't the ${what} of this registry. Correct the registry's address.`,
    );
  });
}

function requireSame(what: string, expected: Hex, found: Hex): void {
  if (expected === lower(found)) return;
  throw new ChainError(
    'wrong_deployment',
    `The ${what} is ${lower(found)}, but ${expected} is the one here: these contracts don't belong together. Correct the registry's address.`,
  );
}

/**
 * The addresses of stakes, token and prover, found from the registry and checked against one another.
 * @throws ChainError wrong_deployment | unreachable | no_code | bad_response
 */
export async function readContracts(client: RegistryClient): Promise<Contracts> {
  const { registry } = client;
  const stakes = lower(await readRegistry(client, 'STAKES', []));
  const [back, namedProver, token] = await Promise.all([
    part('stake manager', stakes, readStakes(client, stakes, 'REGISTRY', [])),
    part('stake manager', stakes, readStakes(client, stakes, 'PROVER', [])),
    part('stake manager', stakes, readStakes(client, stakes, 'TOKEN', [])),
  ]);
  requireSame("stake manager's registry", registry, back);
  const prover = lower(namedProver);
  const [proverRegistry, proverStakes] = await Promise.all([
    part('fault prover', prover, readProver(client, prover, 'REGISTRY', [])),
    part('fault prover', prover, readProver(client, prover, 'STAKES', [])),
  ]);
  requireSame("fault prover's registry", registry, proverRegistry);
  requireSame("fault prover's stake manager", stakes, proverStakes);
  return { registry, stakes, token: lower(token), prover };
}

/**
 * The distributor, when it pays by this registry's roots in this token.
 * @throws ChainError wrong_deployment | unreachable
 */
export async function requireDistributor(client: RegistryClient, address: Hex, token: Hex): Promise<Hex> {
  const distributor = addressOf(address);
  const [registry, paid] = await Promise.all([
    part('reward distributor', distributor, readRewards(client, distributor, 'REGISTRY', [])),
    part('reward distributor', distributor, readRewards(client, distributor, 'TOKEN', [])),
  ]);
  requireSame("distributor's registry", client.registry, registry);
  requireSame("distributor's token", token, paid);
  return distributor;
}
