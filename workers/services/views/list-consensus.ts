// Public epochs of the network with their roots, newest first.
import { epochCursor } from '../../../schema/api/cursors.ts';
import type { ConsensusList } from '../../../schema/api/consensus.ts';
import type { EpochsQuery } from '../../../schema/api/requests.ts';
import { consensusItem } from './consensus-item.ts';
import { horizonOf } from './horizon.ts';
import type { WebPorts } from './ports.ts';

export async function listConsensus(ports: WebPorts, input: EpochsQuery): Promise<ConsensusList> {
  const horizon = horizonOf(ports);
  const page = { before: input.cursor?.epoch ?? null, limit: input.limit + 1 };
  const [views, newest] = await Promise.all([ports.network.epochs(horizon, page), ports.network.lastFinal(horizon)]);
  const items = views.slice(0, input.limit);
  const last = items.at(-1);
  const next = views.length > input.limit && last !== undefined ? epochCursor.encode({ epoch: last.epoch }) : null;
  const newestRoot = Math.max(newest?.epoch ?? -1, ...views.filter(({ root }) => root !== null).map(({ epoch }) => epoch));
  return { items: items.map((view) => consensusItem(ports, view, newestRoot)), next };
}
