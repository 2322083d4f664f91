// Stakes through anvil: contracts found from the registry alone, accounts, tokens, and deployments that don't belong together.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeDeployData, type Hex } from 'viem';
import { deploymentArtifacts } from '../../../contracts/artifact.mjs';
import { registryClient } from '../../../chain/client.ts';
import { readContracts, requireDistributor } from '../../../chain/contracts.ts';
import { encodeApprove, encodeDeposit, encodeUnbond, encodeWithdraw } from '../../../chain/stake-calls.ts';
import { VALIDATOR_STAKE, readSlashes, readStake, readStakeRules, readToken } from '../../../chain/stakes.ts';
import { revertName } from '../../../chain/transactions.ts';
import { readActiveSet } from '../../../chain/validators.ts';
import { auditRegistryAbi } from '../../../schema/abi/AuditRegistry.ts';
import { NODE_MIN, UNBONDING_SECONDS, VALIDATOR_MIN, tokens } from '../../support/deploy.ts';
import { addressFor, registerValidator, testValidator } from './actors.ts';
import { CHAIN_ID, DEPLOYER, GENESIS, POLICY_HASH, startNetwork, type Network } from './network.ts';

const alice = testValidator('alice');
let network: Network;

beforeAll(async () => {
  network = await startNetwork();
  await registerValidator(network, alice);
}, 240_000);

afterAll(() => network.stop());

/** A registry whose stakes are somewhere. */
async function registryOver(stakes: Hex): Promise<Hex> {
  const { AuditRegistry: bytecode } = await deploymentArtifacts();
  const clock = { genesis: BigInt(GENESIS), slotSeconds: 3, slotsPerEpoch: 10, reportSeconds: 30 };
  const args = [{ ...clock, policyHash: POLICY_HASH, stakes }] as const;
  const { created } = await network.send(DEPLOYER, encodeDeployData({ abi: auditRegistryAbi, bytecode, args }), null);
  if (created === null) throw new Error('not created');
  return created;
}

const contractsOf = (registry: Hex) => readContracts(registryClient({ rpcUrls: [network.url], chainId: CHAIN_ID, registry }));

test('all contracts are found from the registry', async () => {
  const { distributor, ...parts } = network.at;
  expect(await readContracts(network.client)).toEqual(parts);
  expect(await requireDistributor(network.client, distributor, parts.token)).toBe(distributor);
});

test('parts that do not belong together are refused', async () => {
  const wrong = { name: 'ChainError', code: 'wrong_deployment' };
  await expect(contractsOf(await registryOver(network.at.token))).rejects.toMatchObject(wrong);
  await expect(contractsOf(await registryOver(addressFor('nobody')))).rejects.toMatchObject(wrong);
  const other = await registryOver(network.at.stakes);
  await expect(contractsOf(other)).rejects.toThrow(/stake manager's registry is 0x\w+, but 0x\w+ is the one here/);
  await expect(requireDistributor(network.client, network.at.token, network.at.token)).rejects.toMatchObject(wrong);
  await expect(requireDistributor(network.client, network.at.distributor, addressFor('t'))).rejects.toThrow(
    "distributor's token",
  );
});

test('an account through deposit, unbonding and withdrawal; the seat goes with the stake', async () => {
  const { client, at } = network;
  const read = () => readStake(client, at, alice.operator, VALIDATOR_STAKE);
  expect(await readStakeRules(client, at)).toEqual({
    ...{ validatorMin: VALIDATOR_MIN, nodeMin: NODE_MIN, unbondingSeconds: UNBONDING_SECONDS, slashDelaySeconds: 60 },
    penaltyCapPpm: 100_000,
  });
  expect(await read()).toEqual({ bonded: VALIDATOR_MIN, unbonding: 0n, availableAt: 0, pendingSlashes: 0 });

  await network.pay(alice.operator, tokens(5));
  await network.send(alice.operator, encodeApprove(at.stakes, tokens(5)), at.token);
  expect(await readToken(client, at, alice.operator)).toEqual({
    ...{ balance: tokens(5), allowance: tokens(5), symbol: 'TEST', decimals: 18 },
  });
  await network.send(alice.operator, encodeDeposit(alice.operator, VALIDATOR_STAKE, tokens(5)), at.stakes);
  expect((await read()).bonded).toBe(VALIDATOR_MIN + tokens(5));

  await network.goTo(2);
  expect(await readActiveSet(client, 2)).toMatchObject([{ operator: alice.operator, stake: VALIDATOR_MIN + tokens(5) }]);
  await network.send(alice.operator, encodeUnbond(VALIDATOR_STAKE, tokens(6)), at.stakes);
  const unbonding = await read();
  expect(unbonding).toMatchObject({ bonded: VALIDATOR_MIN - tokens(1), unbonding: tokens(6) });
  expect(unbonding.availableAt).toBeGreaterThanOrEqual(GENESIS + 60 + UNBONDING_SECONDS);
  expect(await readActiveSet(client, 4)).toEqual([]);

  const withdraw = encodeWithdraw(VALIDATOR_STAKE);
  expect(revertName((await network.refusal(alice.operator, withdraw, at.stakes)) ?? '0x')).toBe('StillUnbonding');
  await network.goTo(30);
  await network.send(alice.operator, withdraw, at.stakes);
  expect((await readToken(client, at, alice.operator)).balance).toBe(tokens(6));
  expect((await read()).unbonding).toBe(0n);
});

test('no slash was queued', async () => {
  expect(await readSlashes(network.client, network.at)).toEqual([]);
  await expect(readSlashes(network.client, network.at, 1_001)).rejects.toMatchObject({ code: 'bad_argument' });
});
