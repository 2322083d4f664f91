// The node set of an epoch, in order of index. Final for epochs up to the current one plus 1 (docs/contracts.md).
import type { EpochNode } from '../protocol/schedule.ts';
import type { RegistryClient } from './client.ts';
import { ChainError } from './errors.ts';
import { NODES_MAX } from './limits.ts';
import { readPages } from './pages.ts';
import { newestBlock, readRegistry, type ViewResult } from './read.ts';
import { className, epochArgument, lower } from './values.ts';

type NodeView = ViewResult<'nodesAt'>[number];

function toNode(view: NodeView): EpochNode {
  return {
    index: view.index,
    nodeId: lower(view.nodeId),
    operator: lower(view.operator),
    publicKey: { x: lower(view.qx), y: lower(view.qy) },
    url: view.url,
    gpuClass: className(view.gpuClass),
    vramMiB: view.vramMiB,
    retired: view.retired,
  };
}

/**
 * All nodes of an epoch, retired ones included, all pages read at one block.
 * @throws ChainError unreachable | no_code | too_many | bad_response
 */
export async function readNodes(client: RegistryClient, epoch: number): Promise<EpochNode[]> {
  const at = epochArgument(epoch);
  const block = await newestBlock(client);
  const total = await readRegistry(client, 'nodeCountAt', [at], block);
  if (total > NODES_MAX)
    throw new ChainError('too_many', `The registry has ${String(total)} nodes; this software handles ${String(NODES_MAX)}.`);
  const nodes = await readPages(total, async (from, count) => {
    const page = await readRegistry(client, 'nodesAt', [at, from, count], block);
    if (page.length !== count || page.some((view, i) => view.index !== from + i)) {
      throw new ChainError('bad_response', 'A page of nodes is incomplete or out of order. Try another RPC.');
    }
    return page;
  });
  return nodes.map(toNode);
}
