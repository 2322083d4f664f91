// What each call costs, as receipts say: one network, every write of every contract once. Keys and signatures are deterministic,
// so the figures are, too. The snapshot's test and `npm run bench -- gas` use it.
import { encodeFunctionData } from 'viem';
import { encodeProve } from '../../../chain/prove.ts';
import { readLastRoot } from '../../../chain/roots.ts';
import {
  encodeApprove,
  encodeClaim,
  encodeExecuteSlash,
  encodeQueuePenalty,
  encodeUnbond,
  encodeWithdraw,
} from '../../../chain/stake-calls.ts';
import { VALIDATOR_STAKE } from '../../../chain/stakes.ts';
import {
  encodeRetireNode,
  encodeRetireValidator,
  encodeRotateSeed,
  encodeUpdateNode,
  encodeUpdateValidator,
} from '../../../chain/transactions.ts';
import { deploymentArtifacts } from '../../../contracts/artifact.mjs';
import { ZERO32, type Hex } from '../../../protocol/bytes.ts';
import { penaltyLeaf, rewardLeaf } from '../../../protocol/consensus/leaves.ts';
import { rootHash } from '../../../protocol/consensus/root.ts';
import { policyHash } from '../../../protocol/policy.ts';
import { MEMBER_STEP } from '../../../protocol/schedule.ts';
import { buildStandardTree, standardProof, standardRoot } from '../../../protocol/trees/standard.ts';
import { rewardDistributorAbi } from '../../../schema/abi/RewardDistributor.ts';
import { VALIDATOR_MIN, deployAll, tokens } from '../../support/deploy.ts';
import { smallPolicy } from '../../support/world.ts';
import {
  addressFor,
  encodeSigned,
  encodeSignedRoot,
  makeReport,
  makeRoot,
  registerNode,
  registerValidator,
  testValidator,
  word,
  type TestNode,
} from './actors.ts';
import { DEPLOYER, GENESIS, SLOTS_PER_EPOCH, startNetwork, type Network } from './network.ts';
import { drawnIndex, signedChallenge, twoReceipts, twoReports, twoRoots } from './offences.ts';

const SEATS = 31;
const STAKE = 10n * VALIDATOR_MIN;
const claims = { url: 'https://node.provider.example', gpuClass: 'h100-sxm', vramMiB: 81_920 };
const validators = Array.from({ length: SEATS }, (_, i) => testValidator(`v${String(i)}`));
const [alice = testValidator('v0'), bob = testValidator('v1'), carol = testValidator('v2')] = validators;
const provider = addressFor('provider');
const anybody = addressFor('anybody');
/** A tree of so many lines, ours the first: a proof of ten steps. */
const LINES = 1_000;

let network: Network;
const gas: Record<string, number> = {};
const spend = async (name: string, done: Promise<{ gas: number }>): Promise<void> => {
  gas[name] = (await done).gas;
};

async function deploy(): Promise<void> {
  const setup = {
    ...{ deployer: DEPLOYER, genesis: GENESIS, slotSeconds: 60, slotsPerEpoch: 60, reportSeconds: 3600 },
    ...{ policyHash: policyHash(smallPolicy), beaconKey: smallPolicy.beacon.publicKey },
  };
  const code = await deploymentArtifacts();
  const names = Object.keys(code);
  for (const [i, creation] of deployAll(setup, code).entries()) {
    await spend(`deploy ${names[i] ?? ''}`, network.send(DEPLOYER, creation, null));
  }
}

const root = { ...makeRoot(2), policyHash: policyHash(smallPolicy) };

type Line = { readonly leaf: Uint8Array; readonly others: (i: number) => Uint8Array };

function treeOf({ leaf, others }: Line): { root: Hex; proof: Hex[] } {
  const tree = buildStandardTree(Array.from({ length: LINES }, (_, i) => (i === 0 ? leaf : others(i))));
  return { root: standardRoot(tree), proof: standardProof(tree.nodes, tree.places[0] ?? 0) };
}

type Nodes = { readonly node: TestNode; readonly stranger: TestNode };

async function registrations(): Promise<Nodes> {
  await network.stake(alice.operator, VALIDATOR_STAKE, STAKE);
  await spend('registerValidator, first', registerValidator(network, alice, 1n));
  for (const validator of validators.slice(1, 9)) await registerValidator(network, validator, STAKE);
  await spend('registerValidator, tenth', registerValidator(network, validators[9] ?? alice, STAKE));
  const node = await registerNode(network, 'n', provider, claims);
  gas['registerNode'] = node.gas;
  await spend('deposit for a validator with a seat', network.stake(bob.operator));
  await spend('deposit for a node', network.stake(provider, node.nodeId));
  return { node, stranger: await registerNode(network, 's', addressFor('stranger'), claims) };
}

/** Reports and roots of the first ten seats; the second root's lines pay the provider and penalise its node. */
async function firstRoots(node: TestNode): Promise<void> {
  const report = async (epoch: number) =>
    network.send(anybody, encodeSigned(network, alice, await makeReport(network, alice, epoch)));
  await network.goTo(3);
  await spend('postReport, first', report(2));
  await network.goTo(4);
  await spend('postReport', report(3));
  const signers = validators.slice(0, 7);
  await spend('postEpoch, first, 7 signatures of 10', network.send(anybody, encodeSignedRoot(network, root, signers)));
  await network.goTo(5);
  const reward = { account: provider, cumulative: tokens(2) };
  const rewards = treeOf({
    leaf: rewardLeaf(reward),
    others: (i) => rewardLeaf({ account: alice.operator, cumulative: BigInt(i) }),
  });
  const penalty = { owner: provider, nodeId: node.nodeId, cumulative: tokens(1) };
  const penalties = treeOf({ leaf: penaltyLeaf(penalty), others: (i) => penaltyLeaf({ ...penalty, cumulative: BigInt(i) }) });
  const lines = { rewardRoot: rewards.root, penaltyRoot: penalties.root };
  const second = { ...root, ...lines, epoch: 3, previousRoot: rootHash(root) };
  await spend('postEpoch, 7 signatures of 10', network.send(anybody, encodeSignedRoot(network, second, signers)));

  const { at } = network;
  await network.send(DEPLOYER, encodeApprove(at.distributor, tokens(1_000)), at.token);
  const fund = encodeFunctionData({ abi: rewardDistributorAbi, functionName: 'fund', args: [tokens(1_000)] });
  await network.send(DEPLOYER, fund, at.distributor);
  await spend('claim', network.send(anybody, encodeClaim({ epoch: 3, ...reward, proof: rewards.proof }), at.distributor));
  const data = encodeQueuePenalty({ epoch: 3, ...penalty, proof: penalties.proof });
  await spend('queuePenalty', network.send(anybody, data, at.stakes));
}

async function faults({ node, stranger }: Nodes): Promise<void> {
  const { at } = network;
  const of = (name: string, proof: Parameters<typeof encodeProve>[0]) =>
    spend(name, network.send(anybody, encodeProve(proof), at.prover));
  const report = { ...(await makeReport(network, bob, 4)), epoch: 4 };
  await of('proveTwoReports', twoReports(network, bob, report));
  await of('proveTwoRoots', twoRoots(network, carol, 3));
  await network.goTo(6);
  const posted = await makeReport(network, alice, 5);
  await network.send(anybody, encodeSigned(network, alice, posted));
  const place = { slot: 99, draw: 0, nodeId: node.nodeId };
  await of('proveUndrawn', signedChallenge(network, alice, { report: posted, policy: smallPolicy }, place));
  // the last slot has a draw, however few there are
  const drawn = { ...place, slot: SLOTS_PER_EPOCH - 1, nodeId: word('no such node') };
  const erin = validators[4] ?? alice;
  const own = await makeReport(network, erin, 5);
  await network.send(anybody, encodeSigned(network, erin, own));
  await of('proveUndrawn, another node', signedChallenge(network, erin, { report: own, policy: smallPolicy }, drawn));
  const frank = validators[5] ?? alice;
  const theirs = await makeReport(network, frank, 5);
  await network.send(anybody, encodeSigned(network, frank, theirs));
  const around = { report: theirs, policy: smallPolicy };
  const index = drawnIndex(around, drawn);
  const member = { ...drawn, draw: MEMBER_STEP, nodeId: (index === 0 ? stranger : node).nodeId };
  await of('proveUndrawn, a member', signedChallenge(network, frank, around, member));
  await of('proveTwoReceipts', twoReceipts(network, 'n', node));
  await network.goTo(9);
  await spend('executeSlash of a validator', network.send(anybody, encodeExecuteSlash(1), at.stakes));
  await spend('executeSlash of a node', network.send(anybody, encodeExecuteSlash(0), at.stakes));
}

/** All seats taken; the last twenty-one, whom nobody slashed, sign. */
async function fullSet(): Promise<void> {
  const newcomers = validators.slice(10);
  for (const validator of newcomers.slice(0, -1)) await registerValidator(network, validator, STAKE);
  await spend('registerValidator, last seat', registerValidator(network, newcomers.at(-1) ?? alice, STAKE));
  await network.goTo(13);
  const signers = validators.map((validator, i) => (i < 10 ? null : validator));
  const previousRoot = (await readLastRoot(network.client))?.rootHash ?? ZERO32;
  const next = { ...root, epoch: 11, previousRoot };
  await spend('postEpoch, 21 signatures of 31', network.send(anybody, encodeSignedRoot(network, next, signers)));
}

async function changes(node: TestNode): Promise<void> {
  const { at } = network;
  const dave = validators[3] ?? alice;
  const update = encodeUpdateValidator({ signer: addressFor('other'), url: dave.url });
  await spend('updateValidator', network.send(dave.operator, update));
  await spend('rotateSeed', network.send(dave.operator, encodeRotateSeed(word('tip'))));
  await spend('updateNode', network.send(provider, encodeUpdateNode(node.nodeId, claims)));
  await spend('unbond', network.send(dave.operator, encodeUnbond(VALIDATOR_STAKE, tokens(1)), at.stakes));
  await spend('retireValidator', network.send(dave.operator, encodeRetireValidator()));
  await spend('retireNode', network.send(provider, encodeRetireNode(node.nodeId)));
  await network.goTo(4100 + 2);
  await spend('withdraw', network.send(dave.operator, encodeWithdraw(VALIDATOR_STAKE), at.stakes));
  const far = encodeSigned(network, alice, await makeReport(network, alice, 5 + 4096));
  await spend('postReport, gap of 4096', network.send(anybody, far));
}

/** Starts a chain of its own and stops it again. Gas by call, in the order of the snapshot. */
export async function measureGas(): Promise<Readonly<Record<string, number>>> {
  network = await startNetwork(policyHash(smallPolicy));
  try {
    await deploy();
    const nodes = await registrations();
    const { node } = nodes;
    await firstRoots(node);
    await faults(nodes);
    await fullSet();
    await changes(node);
    return gas;
  } finally {
    await network.stop();
  }
}
