// A whole deployment as its creation transactions, in the one order in which every contract knows the others' addresses beforehand.
// Pure: whoever holds a key sends them. Amounts are in the token's smallest unit (10⁻¹⁸).
import { encodeDeployData, getContractAddress, parseUnits } from 'viem';
import type { deploymentArtifacts } from '../../contracts/artifact.mjs';
import { beaconKeyWords } from '../../chain/signatures.ts';
import type { Hex } from '../../protocol/bytes.ts';
import { auditRegistryAbi } from '../../schema/abi/AuditRegistry.ts';
import { faultProverAbi } from '../../schema/abi/FaultProver.ts';
import { rewardDistributorAbi } from '../../schema/abi/RewardDistributor.ts';
import { stakeManagerAbi } from '../../schema/abi/StakeManager.ts';
import { testTokenAbi } from '../../schema/abi/TestToken.ts';

export const tokens = (amount: number | string): bigint => parseUnits(String(amount), 18);

export type Addresses = {
  readonly registry: Hex;
  readonly token: Hex;
  readonly stakes: Hex;
  readonly prover: Hex;
  readonly distributor: Hex;
};

export const SUPPLY = tokens(1_000_000_000);
export const VALIDATOR_MIN = tokens(1_000);
export const NODE_MIN = tokens(10);
export const UNBONDING_SECONDS = 600;
export const SLASH_DELAY_SECONDS = 60;
export const EPOCH_BUDGET = tokens(1_000);
export const GUARDIAN: Hex = `0x${'9a'.repeat(20)}`;

export type DeploySetup = {
  readonly deployer: Hex;
  readonly genesis: number;
  readonly slotSeconds: number;
  readonly slotsPerEpoch: number;
  readonly reportSeconds: number;
  readonly policyHash: Hex;
  /** The beacon's public key, compressed (96 bytes). */
  readonly beaconKey: Hex;
};

/** Where one deployer's contracts lie when it sends the creations from nonce 0 on. */
export function addressesOf(deployer: Hex): Addresses {
  const at = (nonce: bigint): Hex => getContractAddress({ from: deployer, nonce }).toLowerCase() as Hex;
  return { registry: at(0n), token: at(1n), stakes: at(2n), prover: at(3n), distributor: at(4n) };
}

/** The creations in order. They must be the deployer's first transactions. */
export function deployAll(setup: DeploySetup, code: Awaited<ReturnType<typeof deploymentArtifacts>>): Hex[] {
  const { registry, token, stakes, prover } = addressesOf(setup.deployer);
  const { slotSeconds, slotsPerEpoch, reportSeconds, policyHash } = setup;
  const clock = { genesis: BigInt(setup.genesis), slotSeconds, slotsPerEpoch, reportSeconds };
  const rules = {
    ...{ validatorMin: VALIDATOR_MIN, nodeMin: NODE_MIN, unbondingSeconds: BigInt(UNBONDING_SECONDS) },
    ...{ slashDelaySeconds: BigInt(SLASH_DELAY_SECONDS), slashCapPpm: 500_000, reporterSharePpm: 100_000 },
    ...{ penaltyCapPpm: 100_000, pauseSecondsMax: 86_400n },
  };
  const key = { words: beaconKeyWords(setup.beaconKey) };
  return [
    encodeDeployData({
      ...{ abi: auditRegistryAbi, bytecode: code.AuditRegistry, args: [{ ...clock, policyHash, stakes }] },
    }),
    encodeDeployData({ abi: testTokenAbi, bytecode: code.TestToken, args: ['Test token', 'TEST', SUPPLY] }),
    encodeDeployData({
      abi: stakeManagerAbi,
      bytecode: code.StakeManager,
      args: [{ token, registry, prover, guardian: GUARDIAN, ...rules }],
    }),
    encodeDeployData({ abi: faultProverAbi, bytecode: code.FaultProver, args: [registry, stakes, key] }),
    encodeDeployData({
      abi: rewardDistributorAbi,
      bytecode: code.RewardDistributor,
      args: [token, registry, GUARDIAN, EPOCH_BUDGET, 86_400n],
    }),
  ];
}
