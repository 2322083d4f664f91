// Members of a cohort: other nodes of the drawn node's operator that start with it, so that one device cannot stand in for many
// (docs/protocol.md, section 6). Which ones follows from the draw's key, so nobody chooses them and nobody foresees them.
import { u32 } from './bytes.ts';
import { hmac } from './hash.ts';
import { MEMBER_STEP, auditClass, drawKey, type Draw, type EpochNode, type EpochPlan } from './schedule.ts';

/** The nodes that a draw's members are taken from: its operator's others that have a job of its kind, by index. */
export function cohortCandidates(plan: Pick<EpochPlan, 'policy'>, draw: Draw, siblings: readonly EpochNode[]): EpochNode[] {
  return siblings
    .filter(({ index }) => index !== draw.nodeIndex)
    .filter((node) => auditClass(plan.policy, node, draw.kind) !== null);
}

/**
 * The members of one due draw, in order; none for a draw of a single node.
 * @param siblings all nodes of the drawn node's operator, ascending by index (the drawn one may be among them)
 */
export function cohortMembers(plan: EpochPlan, draw: Draw, siblings: readonly EpochNode[]): { draw: Draw; node: EpochNode }[] {
  if (draw.cohort === 1) return [];
  const left = cohortCandidates(plan, draw, siblings);
  const key = drawKey(plan);
  const members: { draw: Draw; node: EpochNode }[] = [];
  for (let place = 1; place < draw.cohort && left.length > 0; place++) {
    const y = hmac(key, u32(draw.slot), u32(draw.draw), u32(place));
    const at = Number(new DataView(y.buffer, y.byteOffset).getBigUint64(0) % BigInt(left.length));
    for (const node of left.splice(at, 1)) {
      members.push({ node, draw: { ...draw, draw: draw.draw + place * MEMBER_STEP, nodeIndex: node.index } });
    }
  }
  return members;
}

/** The number of the draw that a member (or the draw itself) belongs to, and its place in the cohort: 0 for the drawn node. */
export function placeInCohort(draw: number): { readonly draw: number; readonly place: number } {
  return { draw: draw % MEMBER_STEP, place: Math.floor(draw / MEMBER_STEP) };
}
