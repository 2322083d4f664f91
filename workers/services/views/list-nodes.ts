// Nodes in effect now, by index, with what the window of revealed epochs says of each.
import { nodeCursor } from '../../../schema/api/cursors.ts';
import type { NodeList } from '../../../schema/api/nodes.ts';
import type { NodesQuery } from '../../../schema/api/requests.ts';
import { currentEpoch, horizonOf, windowOf } from './horizon.ts';
import { NODE_SCAN_MAX } from './limits.ts';
import { nodeItem } from './node-item.ts';
import { verdictsOn } from './verdicts.ts';
import type { WebPorts } from './ports.ts';

export async function listNodes(ports: WebPorts, input: NodesQuery): Promise<NodeList> {
  const epoch = currentEpoch(ports);
  const horizon = horizonOf(ports);
  const after = input.cursor?.index ?? -1;
  const upTo = after + NODE_SCAN_MAX;
  const gpuClass = input.class ?? null;
  const [found, total] = await Promise.all([
    ports.views.nodes(epoch, { after, upTo, limit: input.limit + 1, gpuClass }),
    ports.views.nodeCount(epoch),
  ]);
  const nodes = found.slice(0, input.limit);
  const indices = nodes.map((node) => node.index);
  const [results, verdicts] = await Promise.all([ports.views.nodeResults(horizon, indices), verdictsOn(ports, indices)]);
  const lastShown = nodes.at(-1)?.index ?? after;
  const resume = found.length > input.limit ? lastShown : upTo < total - 1 ? upTo : null;
  return {
    items: nodes.map((node) => nodeItem(ports, node, results, verdicts)),
    next: resume === null ? null : nodeCursor.encode({ index: resume }),
    window: windowOf(horizon),
  };
}
