// Revealed epochs, newest first.
import { epochCursor } from '../../../schema/api/cursors.ts';
import type { EpochList } from '../../../schema/api/epochs.ts';
import type { EpochsQuery } from '../../../schema/api/requests.ts';
import { horizonOf } from './horizon.ts';
import type { WebPorts } from './ports.ts';
import { epochItem } from './revealed-epoch.ts';

export async function listEpochs(ports: WebPorts, input: EpochsQuery): Promise<EpochList> {
  const before = input.cursor?.epoch ?? null;
  const views = await ports.views.epochs(horizonOf(ports), { before, limit: input.limit + 1 });
  const items = views.slice(0, input.limit);
  const last = items.at(-1);
  const next = views.length > input.limit && last !== undefined ? epochCursor.encode({ epoch: last.epoch }) : null;
  return { items: items.map((view) => epochItem(ports, view)), next };
}
