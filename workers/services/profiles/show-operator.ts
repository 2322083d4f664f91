// All nodes of one operator, best first.
import { GRADES, type Grade, type OperatorDetail } from '../../../schema/api/profile.ts';
import type { Address } from '../../../schema/api/requests.ts';
import { found, missing, type Answer } from '../views/answer.ts';
import { currentEpoch, horizonOf } from '../views/horizon.ts';
import type { WebPorts } from '../views/ports.ts';
import { OPERATOR_NODES_MAX } from './limits.ts';
import { newestRoot, unwellNodes } from './newest-root.ts';
import { ANY } from './ports.ts';
import { rankedNode } from './ranked-node.ts';

export async function showOperator(ports: WebPorts, { operator }: { operator: Address }): Promise<Answer<OperatorDetail>> {
  const [newest, unwell] = await Promise.all([newestRoot(ports), unwellNodes(ports)]);
  const root = newest.root?.epoch ?? -1;
  const { rows, total } = await ports.profiles.standings(horizonOf(ports), {
    ...{ current: currentEpoch(ports), root, sort: 'score', filter: { ...ANY, operator } },
    ...{ after: null, limit: OPERATOR_NODES_MAX },
  });
  if (rows.length === 0) {
    return missing('not-found', `${operator} has no node in effect. /v1/ranking lists all nodes with their operators.`);
  }
  const nodes = rows.map((row) => rankedNode(ports, newest, row, unwell));
  const counted = (wanted: Grade): number => nodes.filter(({ grade }) => grade === wanted).length;
  const grades = Object.fromEntries(GRADES.map((grade) => [grade, counted(grade)])) as Record<Grade, number>;
  return found({ operator, epoch: newest.root?.epoch ?? null, total, grades, nodes });
}
