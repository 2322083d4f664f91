// Which draws must have a record, each with the members of its cohort: what audit probes and what sealing asks for is the same, because
// both ask here (and protocol/due.ts, which replay asks, too).
import { dueOf, type DueDraw } from '../../protocol/due.ts';
import type { Hex } from '../../protocol/bytes.ts';
import type { Draw, EpochNode, EpochPlan } from '../../protocol/schedule.ts';
import type { Ledger } from './ports.ts';

/** Nodes that start together: the drawn one, then the members of its cohort. Never empty. */
export type DueGroup = readonly DueDraw[];

const NOBODY: ReadonlyMap<Hex, EpochNode[]> = new Map();

/** The due ones of these draws, in their order; idle ones are left out. */
export async function dueGroups(
  ledger: Pick<Ledger, 'nodes' | 'operatorNodes'>,
  plan: EpochPlan,
  draws: readonly Draw[],
): Promise<DueGroup[]> {
  const { epoch } = plan;
  const nodes = await ledger.nodes(epoch, [...new Set(draws.map(({ nodeIndex }) => nodeIndex))]);
  const together = draws.filter(({ cohort }) => cohort > 1);
  const operators = new Set(together.flatMap(({ nodeIndex }) => nodes.get(nodeIndex)?.operator ?? []));
  const siblings = operators.size === 0 ? NOBODY : await ledger.operatorNodes(epoch, [...operators]);
  return draws.flatMap((draw) => {
    const node = nodes.get(draw.nodeIndex);
    const group = node === undefined ? [] : dueOf(plan, draw, node, siblings.get(node.operator) ?? []);
    return group.length === 0 ? [] : [group];
  });
}
