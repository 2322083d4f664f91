// One line under a final root with its proof, for `verifyScore` and its likes on chain. The tree is built again from the stored rows,
// and nothing goes out that does not lead to the root.
import { toHex, type Hex } from '../../../protocol/bytes.ts';
import {
  penaltyLeaf,
  rewardLeaf,
  scoreLine,
  scoreTreeLeaves,
  serviceLine,
  validatorLine,
} from '../../../protocol/consensus/leaves.ts';
import type { EpochRoot, Leaves } from '../../../protocol/consensus/types.ts';
import { buildStandardTree, standardProof, verifyStandardProof } from '../../../protocol/trees/standard.ts';
import type { Proof } from '../../../schema/api/consensus.ts';
import type { Address, Epoch, Hash, NodeIndex } from '../../../schema/api/requests.ts';
import { tellable } from '../../../schema/wire/network.ts';
import { found, missing, type Answer } from './answer.ts';
import { finalEpoch } from './final-root.ts';
import { horizonOf } from './horizon.ts';
import { LEAVES_BUILT_MAX } from './limits.ts';
import type { WebPorts } from './ports.ts';

/** Where a line is: its place among all leaf hashes of its tree, and its fields. */
type Line = {
  readonly tree: Proof['tree'];
  readonly hashes: readonly Uint8Array[];
  readonly place: number;
  readonly leaf: object;
};

/** @param onChain how a contract sees that the line is there */
function verifyWords(tree: Proof['tree'], onChain: string): string[] {
  return [
    'leafHash is keccak(keccak(abi.encode(the fields of leaf, in their order))); docs/protocol.md, section 16.6, has their types.',
    `proof leads from leafHash to root (OpenZeppelin MerkleProof); root is the ${tree} of the EpochRoot that was posted for the epoch.`,
    `On chain: ${onChain} is true.`,
  ];
}

async function prove(
  ports: WebPorts,
  epoch: Epoch,
  onChain: string,
  find: (leaves: Leaves) => Line | string,
): Promise<Answer<Proof>> {
  const answer = await finalEpoch(ports, epoch);
  if (!answer.ok) return answer;
  const { root, rootHash } = answer.value.root;
  const horizon = horizonOf(ports);
  const { scores, rewards, penalties } = await ports.network.leafCounts(horizon, epoch);
  if (2 * scores + rewards + penalties > LEAVES_BUILT_MAX) {
    return missing(
      'not-found',
      `The trees of epoch ${epoch} have more than ${LEAVES_BUILT_MAX} leaves, too many to be built for one request. Build them from /v1/consensus/${epoch}/leaves.`,
    );
  }
  const line = find(await ports.network.leaves(horizon, epoch));
  if (typeof line === 'string') return missing('not-found', line);
  return found({ ...provedLine(root, line), epoch, rootHash, verify: verifyWords(line.tree, onChain) });
}

function provedLine(root: EpochRoot, { tree, hashes, place, leaf }: Line): Omit<Proof, 'epoch' | 'rootHash' | 'verify'> {
  const { nodes, places } = buildStandardTree(hashes);
  const leafHash = hashes[place] ?? new Uint8Array(32);
  const proof = standardProof(nodes, places[place] ?? 0);
  if (!verifyStandardProof(root[tree], leafHash, proof)) {
    throw new Error(`The stored rows of epoch ${root.epoch} do not give its ${tree}.`);
  }
  return { tree, root: root[tree], leaf: tellable(leaf), leafHash: toHex(leafHash), proof };
}

export async function proveScore(ports: WebPorts, input: { epoch: Epoch; nodeIndex: NodeIndex }): Promise<Answer<Proof>> {
  return prove(ports, input.epoch, `verifyScore(${input.epoch}, leaf, proof) of the AuditRegistry`, (leaves) => {
    const leaf = leaves.scores.find(({ nodeIndex }) => nodeIndex === input.nodeIndex);
    if (leaf === undefined)
      return `Node ${input.nodeIndex} has no score under the root of epoch ${input.epoch}: it was retired, or not in effect.`;
    return { tree: 'scoreRoot', hashes: scoreTreeLeaves(leaves), place: scoreLine(leaves, input.nodeIndex), leaf };
  });
}

/** The registry has no call of its own for this line. */
export async function proveService(ports: WebPorts, input: { epoch: Epoch; nodeIndex: NodeIndex }): Promise<Answer<Proof>> {
  return prove(
    ports,
    input.epoch,
    `MerkleProof.verify(proof, AuditRegistry.rootOf(${input.epoch}).scoreRoot, leafHash)`,
    (leaves) => {
      const leaf = leaves.services.find(({ nodeIndex }) => nodeIndex === input.nodeIndex);
      if (leaf === undefined)
        return `Node ${input.nodeIndex} has no service under the root of epoch ${input.epoch}: it was retired, or not in effect.`;
      return { tree: 'scoreRoot', hashes: scoreTreeLeaves(leaves), place: serviceLine(leaves, input.nodeIndex), leaf };
    },
  );
}

export async function proveValidator(ports: WebPorts, input: { epoch: Epoch; operator: Address }): Promise<Answer<Proof>> {
  return prove(ports, input.epoch, `verifyValidator(${input.epoch}, leaf, proof) of the AuditRegistry`, (leaves) => {
    const leaf = leaves.validators.find(({ validator }) => validator === input.operator);
    if (leaf === undefined) return `${input.operator} had no seat in epoch ${input.epoch}.`;
    return { tree: 'scoreRoot', hashes: scoreTreeLeaves(leaves), place: validatorLine(leaves, input.operator), leaf };
  });
}

export async function proveReward(ports: WebPorts, input: { epoch: Epoch; account: Address }): Promise<Answer<Proof>> {
  return prove(
    ports,
    input.epoch,
    `verifyReward(${input.epoch}, pool, account, cumulative, proof) of the AuditRegistry`,
    ({ rewards }) => {
      const place = rewards.findIndex(({ account }) => account === input.account);
      const reward = rewards[place];
      if (reward === undefined) return `${input.account} has earned nothing up to the root of epoch ${input.epoch}.`;
      return { tree: 'rewardRoot', hashes: rewards.map(rewardLeaf), place, leaf: { pool: 0, ...reward } };
    },
  );
}

export async function provePenalty(ports: WebPorts, input: { epoch: Epoch; nodeId: Hash }): Promise<Answer<Proof>> {
  return prove(
    ports,
    input.epoch,
    `verifyPenalty(${input.epoch}, owner, nodeId, cumulative, proof) of the AuditRegistry`,
    ({ penalties }) => {
      const place = penalties.findIndex(({ nodeId }) => nodeId === (input.nodeId as Hex));
      const leaf = penalties[place];
      if (leaf === undefined) return `Node ${input.nodeId} was charged nothing up to the root of epoch ${input.epoch}.`;
      return { tree: 'penaltyRoot', hashes: penalties.map(penaltyLeaf), place, leaf };
    },
  );
}
