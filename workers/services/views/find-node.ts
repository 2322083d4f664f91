// A node by what people write: its id, or its number.
import { nodeIdParam, type NodeId } from '../../../schema/api/requests.ts';
import { found, missing, type Answer } from './answer.ts';
import { currentEpoch } from './horizon.ts';
import type { WebPorts } from './ports.ts';

/** The id of the node in effect that `text` names. */
export async function findNode(ports: WebPorts, { text }: { text: string }): Promise<Answer<NodeId>> {
  const id = nodeIdParam.safeParse(text);
  if (id.success) return found(id.data);
  if (!/^(?:0|[1-9]\d{0,9})$/.test(text)) {
    return missing('bad-id', 'A node is named by its number, or by its id: 0x and 64 lower-case hex digits.');
  }
  const index = Number(text);
  const [node] = await ports.views.nodes(currentEpoch(ports), { after: index - 1, upTo: index, limit: 1, gpuClass: null });
  if (node?.index !== index) return missing('not-found', `No node ${text} is in effect; /v1/nodes lists the nodes.`);
  return found(nodeIdParam.parse(node.nodeId));
}
