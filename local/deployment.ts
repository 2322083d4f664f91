// The contracts of the embedded network: where they are, and how they are deployed there. The stakes' times suit epochs of half a
// minute; everything else is as it would be for a real network, with a token that is worth nothing.
import { encodeDeployData, encodeFunctionData, getContractAddress, maxUint256, parseEther } from 'viem';
import { beaconKeyWords } from '../chain/signatures.ts';
import { encodeApprove, encodeDeposit } from '../chain/stake-calls.ts';
import type { Hex } from '../protocol/bytes.ts';
import { policyHash, type Policy } from '../protocol/policy.ts';
import { auditRegistryAbi } from '../schema/abi/AuditRegistry.ts';
import { faultProverAbi } from '../schema/abi/FaultProver.ts';
import { rewardDistributorAbi } from '../schema/abi/RewardDistributor.ts';
import { stakeManagerAbi } from '../schema/abi/StakeManager.ts';
import { testTokenAbi } from '../schema/abi/TestToken.ts';
import { deployer, guardian } from './accounts.ts';
import type { Bytecodes } from './artifacts.ts';
import { SLOTS_PER_EPOCH, SLOT_SECONDS } from './limits.ts';

const addressOf = (nonce: bigint): Hex => getContractAddress({ from: deployer.address, nonce }).toLowerCase() as Hex;

/** Known before anything is deployed: the deployer's first contracts, in this order. */
export const CONTRACTS = {
  registry: addressOf(0n),
  token: addressOf(1n),
  stakes: addressOf(2n),
  prover: addressOf(3n),
  distributor: addressOf(4n),
} as const;
export type Contracts = typeof CONTRACTS;

/** In the token's smallest unit, 10⁻¹⁸. */
export const STAKE = { validatorMin: parseEther('1000'), nodeMin: parseEther('100'), validator: parseEther('10000') } as const;
/** Of the stakes, all in seconds or millionths. */
export const STAKE_RULES = {
  unbondingSeconds: 300n,
  slashDelaySeconds: 15n,
  slashCapPpm: 500_000,
  reporterSharePpm: 200_000,
  penaltyCapPpm: 100_000,
  pauseSecondsMax: 60n,
} as const;
const SUPPLY = parseEther('1000000000');
const FUNDED = parseEther('1000000');
/** The policy's millionths of a token in the token's smallest unit. */
const MILLIONTH = 10n ** 12n;

/** One transaction of the set-up; without `to` it is a deployment. */
export type Call = { readonly what: string; readonly from: Hex; readonly to?: Hex; readonly data: Hex };

function rewardBudget({ rewards }: Policy): bigint {
  return BigInt(rewards.validatorsPerEpoch + rewards.nodesPerEpoch) * MILLIONTH;
}

/** The deployments, one after the other from nonce 0, then the money that deposits and rewards come from. */
export function deploymentCalls(code: Bytecodes, policy: Policy, genesis: number): Call[] {
  const { registry, token, stakes, prover, distributor } = CONTRACTS;
  const { unbondingSeconds, slashDelaySeconds, slashCapPpm, reporterSharePpm, penaltyCapPpm, pauseSecondsMax } = STAKE_RULES;
  const setup = {
    ...{ genesis: BigInt(genesis), slotSeconds: SLOT_SECONDS, slotsPerEpoch: SLOTS_PER_EPOCH, stakes },
    ...{ reportSeconds: policy.schedule.revealSeconds, policyHash: policyHash(policy) },
  };
  const stakeSetup = {
    ...{ token, registry, prover, guardian: guardian.address, validatorMin: STAKE.validatorMin, nodeMin: STAKE.nodeMin },
    ...{ unbondingSeconds, slashDelaySeconds, slashCapPpm, reporterSharePpm, penaltyCapPpm, pauseSecondsMax },
  };
  const words = beaconKeyWords(policy.beacon.publicKey);
  const deploy = (what: string, data: Hex): Call => ({ what: `the deployment of ${what}`, from: deployer.address, data });
  const approve = (spender: Hex): Call => ({
    ...{ what: 'the approval of tokens', from: deployer.address, to: token },
    data: encodeApprove(spender, maxUint256),
  });
  return [
    deploy('AuditRegistry', encodeDeployData({ abi: auditRegistryAbi, bytecode: code.AuditRegistry, args: [setup] })),
    deploy(
      'TestToken',
      encodeDeployData({ abi: testTokenAbi, bytecode: code.TestToken, args: ['Assay test token', 'tASSAY', SUPPLY] }),
    ),
    deploy('StakeManager', encodeDeployData({ abi: stakeManagerAbi, bytecode: code.StakeManager, args: [stakeSetup] })),
    deploy(
      'FaultProver',
      encodeDeployData({ abi: faultProverAbi, bytecode: code.FaultProver, args: [registry, stakes, { words }] }),
    ),
    deploy(
      'RewardDistributor',
      encodeDeployData({
        ...{ abi: rewardDistributorAbi, bytecode: code.RewardDistributor },
        args: [token, registry, guardian.address, rewardBudget(policy), pauseSecondsMax],
      }),
    ),
    approve(stakes),
    approve(distributor),
    {
      ...{ what: 'the funding of the rewards', from: deployer.address, to: distributor },
      data: encodeFunctionData({ abi: rewardDistributorAbi, functionName: 'fund', args: [FUNDED] }),
    },
  ];
}

/** Deposits into an account of the stakes; id zero is the owner's stake as a validator, else a node's bond. */
export function depositCall(owner: Hex, id: Hex, amount: bigint): Call {
  const data = encodeDeposit(owner, id, amount);
  return { what: `the deposit for ${owner}`, from: deployer.address, to: CONTRACTS.stakes, data };
}
