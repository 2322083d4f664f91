// The contracts of the embedded network: where they are, and how they are deployed there. The stakes' times suit epochs of half a
// minute; everything else is as it would be for a real network, with a token that is worth nothing.
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { encodeDeployData, encodeFunctionData, getContractAddress, maxUint256, parseAbi, parseEther } from 'viem';
import { fromHex, type Hex } from '../protocol/bytes.ts';
import { policyHash, type Policy } from '../protocol/policy.ts';
import { auditRegistryAbi } from '../schema/abi/AuditRegistry.ts';
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

export const tokenAbi = parseAbi([
  'function approve(address spender, uint256 value) returns (bool)',
  'function balanceOf(address account) view returns (uint256)',
]);
export const stakesAbi = parseAbi([
  'function depositFor(address owner, bytes32 id, uint256 amount)',
  'struct Account { uint256 bonded; uint256 unbonding; uint64 availableAt; uint32 pendingSlashes; }',
  'function accountOf(address owner, bytes32 id) view returns (Account)',
  'function compensationPool() view returns (uint256)',
  'function totalHeld() view returns (uint256)',
  'event SlashQueued(uint256 indexed slashId, address indexed owner, bytes32 indexed id, uint32 ppm, uint256 amount, address reporter, bytes32 faultKey, uint64 executableAt)',
  'event SlashExecuted(uint256 indexed slashId, uint256 amount, uint256 toReporter, uint256 toPool)',
]);
const distributorAbi = parseAbi(['function fund(uint256 amount)']);
const constructors = {
  token: parseAbi(['constructor(string name, string symbol, uint256 supply)']),
  stakes: parseAbi([
    'struct Setup { address token; address registry; address prover; address guardian; uint256 validatorMin; uint256 nodeMin; uint64 unbondingSeconds; uint64 slashDelaySeconds; uint32 slashCapPpm; uint32 reporterSharePpm; uint32 penaltyCapPpm; uint64 pauseSecondsMax; }',
    'constructor(Setup s)',
  ]),
  prover: parseAbi(['struct DrandKey { bytes32[8] words; }', 'constructor(address registry, address stakes, DrandKey key)']),
  distributor: parseAbi([
    'constructor(address token, address registry, address guardian, uint256 epochBudget, uint64 pauseSecondsMax)',
  ]),
};

/** One transaction of the set-up; without `to` it is a deployment. */
export type Call = { readonly what: string; readonly from: Hex; readonly to?: Hex; readonly data: Hex };

/** A G2 key in EIP-2537's form: x.c0, x.c1, y.c0, y.c1, each 64 bytes, as 32-byte words. */
export function drandKeyWords(publicKey: Hex): readonly Hex[] {
  const { x, y } = bls12_381.G2.Point.fromBytes(fromHex(publicKey)).toAffine();
  return [x.c0, x.c1, y.c0, y.c1].flatMap((value) => {
    const text = value.toString(16).padStart(128, '0');
    return [text.slice(0, 64), text.slice(64)].map((word): Hex => `0x${word}`);
  });
}

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
  const words = drandKeyWords(policy.beacon.publicKey) as unknown as readonly [Hex, Hex, Hex, Hex, Hex, Hex, Hex, Hex];
  const deploy = (what: string, data: Hex): Call => ({ what: `the deployment of ${what}`, from: deployer.address, data });
  const approve = (spender: Hex): Call => ({
    ...{ what: 'the approval of tokens', from: deployer.address, to: token },
    data: encodeFunctionData({ abi: tokenAbi, functionName: 'approve', args: [spender, maxUint256] }),
  });
  return [
    deploy('AuditRegistry', encodeDeployData({ abi: auditRegistryAbi, bytecode: code.AuditRegistry, args: [setup] })),
    deploy(
      'TestToken',
      encodeDeployData({ abi: constructors.token, bytecode: code.TestToken, args: ['Assay test token', 'tASSAY', SUPPLY] }),
    ),
    deploy('StakeManager', encodeDeployData({ abi: constructors.stakes, bytecode: code.StakeManager, args: [stakeSetup] })),
    deploy(
      'FaultProver',
      encodeDeployData({ abi: constructors.prover, bytecode: code.FaultProver, args: [registry, stakes, { words }] }),
    ),
    deploy(
      'RewardDistributor',
      encodeDeployData({
        ...{ abi: constructors.distributor, bytecode: code.RewardDistributor },
        args: [token, registry, guardian.address, rewardBudget(policy), pauseSecondsMax],
      }),
    ),
    approve(stakes),
    approve(distributor),
    {
      ...{ what: 'the funding of the rewards', from: deployer.address, to: distributor },
      data: encodeFunctionData({ abi: distributorAbi, functionName: 'fund', args: [FUNDED] }),
    },
  ];
}

/** Deposits into an account of the stakes; id zero is the owner's stake as a validator, else a node's bond. */
export function depositCall(owner: Hex, id: Hex, amount: bigint): Call {
  const data = encodeFunctionData({ abi: stakesAbi, functionName: 'depositFor', args: [owner, id, amount] });
  return { what: `the deposit for ${owner}`, from: deployer.address, to: CONTRACTS.stakes, data };
}
