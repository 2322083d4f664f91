// Signers that do not keep to the rule: the same ports, but for the hand that signs.
import { toHex } from '../../../../../protocol/bytes.ts';
import { rootDigest, rootHash } from '../../../../../protocol/consensus/root.ts';
import { rootsOf } from '../../../../../protocol/consensus/leaves.ts';
import type { EpochRoot, Leaves, Statement } from '../../../../../protocol/consensus/types.ts';
import { signDigest } from '../../../../../protocol/signer.ts';
import { parseLeaves, tellable } from '../../../../../schema/wire/network.ts';
import { leavesKey } from '../../../../../workers/services/network/agree-sets.ts';
import type { NetworkPorts } from '../../../../../workers/services/network/ports.ts';
import { DOMAIN, type SimMember } from './world.ts';

const signedBy = ({ key, seat }: SimMember, root: EpochRoot): Statement => ({
  validator: seat.operator,
  root,
  signature: signDigest(rootDigest(DOMAIN, root), key),
});

/** Gives node 3 a better score than anybody else finds, and shows the leaves of it. */
export function wrongRoots(member: SimMember): SimMember['replace'] {
  return (ports: NetworkPorts) => {
    if (ports.member === null) return ports;
    const signRoot = async (root: EpochRoot): Promise<Statement> => {
      const bytes = await ports.objects.get(leavesKey(rootHash(root)));
      const told = bytes === null ? null : parseLeaves(bytes);
      if (told === null) return signedBy(member, { ...root, scoreRoot: toHex(new Uint8Array(32).fill(6)) });
      const scores = told.scores.map((score) => (score.nodeIndex === 3 ? { ...score, scorePpm: 999_999 } : score));
      const leaves: Leaves = { ...told, scores };
      const wrong = { ...root, ...rootsOf(leaves) };
      const text = JSON.stringify(tellable(leaves));
      await ports.objects.put(leavesKey(rootHash(wrong)), new TextEncoder().encode(text), root.epoch);
      return signedBy(member, wrong);
    };
    return { ...ports, member: { ...ports.member, signRoot } };
  };
}

/** Signs what is right, and another root beside it for the same round. */
export function equivocating(member: SimMember): SimMember['replace'] {
  return (ports: NetworkPorts) => {
    if (ports.member === null) return ports;
    const signRoot = async (root: EpochRoot): Promise<Statement> => {
      const other: EpochRoot = { ...root, rewardRoot: toHex(new Uint8Array(32).fill(7)) };
      await ports.store.addStatement(signedBy(member, other), rootHash(other), ports.clock.nowMs());
      return signedBy(member, root);
    };
    return { ...ports, member: { ...ports.member, signRoot } };
  };
}
