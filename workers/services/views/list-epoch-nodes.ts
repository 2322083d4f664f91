// The summaries of one revealed epoch: the leaves under its summary root.
import { summaryCursor } from '../../../schema/api/cursors.ts';
import type { EpochNodeList } from '../../../schema/api/epochs.ts';
import type { Epoch, EpochNodesQuery } from '../../../schema/api/requests.ts';
import { found, type Answer } from './answer.ts';
import { horizonOf } from './horizon.ts';
import type { WebPorts } from './ports.ts';
import { revealedEpoch } from './revealed-epoch.ts';

export async function listEpochNodes(
  ports: WebPorts,
  input: { epoch: Epoch; query: EpochNodesQuery },
): Promise<Answer<EpochNodeList>> {
  const epoch = await revealedEpoch(ports, input.epoch);
  if (!epoch.ok) return epoch;
  const { limit, cursor } = input.query;
  const rows = await ports.views.epochNodes(horizonOf(ports), input.epoch, { after: cursor ?? null, limit: limit + 1 });
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const more = rows.length > limit && last !== undefined;
  return found({ items, next: more ? summaryCursor.encode({ index: last.nodeIndex, kind: last.kind }) : null });
}
