// One node: its claims from the chain and its results epoch by epoch.
import type { NodeDetail } from '../../../schema/api/nodes.ts';
import type { NodeId } from '../../../schema/api/requests.ts';
import { found, missing, type Answer } from './answer.ts';
import { currentEpoch, horizonOf, windowOf } from './horizon.ts';
import { HISTORY_EPOCHS_MAX } from './limits.ts';
import { nodeItem } from './node-item.ts';
import { networkOn, verdictsOn } from './verdicts.ts';
import type { NodeView, WebPorts } from './ports.ts';
import { presenceOf } from './presence.ts';

export async function nodeInEffect(ports: WebPorts, id: NodeId): Promise<Answer<NodeView>> {
  const node = await ports.views.node(currentEpoch(ports), id);
  if (node !== null) return found(node);
  return missing(
    'not-found',
    `No node with the id ${id} is in effect. A registration takes effect two epochs later; /v1/nodes lists the nodes.`,
  );
}

export async function showNode(ports: WebPorts, input: { id: NodeId }): Promise<Answer<NodeDetail>> {
  const answer = await nodeInEffect(ports, input.id);
  if (!answer.ok) return answer;
  const node = answer.value;
  const horizon = horizonOf(ports);
  const [results, epochs, verdicts, network, presence] = await Promise.all([
    ports.views.nodeResults(horizon, [node.index]),
    ports.settings.validator === null ? [] : ports.views.nodeEpochs(horizon, node.index, HISTORY_EPOCHS_MAX),
    verdictsOn(ports, [node.index]),
    networkOn(ports, node.index),
    presenceOf(ports, node.index),
  ]);
  return found({
    ...nodeItem(ports, node, results, verdicts, Infinity),
    url: node.url,
    publicKey: { x: node.keyX, y: node.keyY },
    fromEpoch: node.fromEpoch,
    window: windowOf(horizon),
    epochs,
    presence,
    network,
  });
}
