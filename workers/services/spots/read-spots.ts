// A tenant's own orders: one, a page of them, a transcript. Another tenant's are as if they were not there.
import type { SpotDetail, SpotList } from '../../../schema/api/spots.ts';
import { spotCursor, type TenantCursor } from '../../../schema/api/tenant-cursors.ts';
import { found, missing, type Answer } from '../views/answer.ts';
import { detailOf, itemOf } from './item.ts';
import type { SpotPorts, SpotRow } from './ports.ts';

type Ports = { readonly spots: Pick<SpotPorts, 'store' | 'objects'> };
type One = { readonly tenant: string; readonly id: string };

const absent = (id: string): Answer<never> =>
  missing('not-found', `There is no audit on demand ${id} of yours. Ended ones are kept for thirty days.`);

export async function ownSpot({ spots }: Ports, { tenant, id }: One): Promise<Answer<SpotRow>> {
  const row = await spots.store.own(tenant, id);
  return row === null ? absent(id) : found(row);
}

export async function showSpot(ports: Ports, one: One): Promise<Answer<SpotDetail>> {
  const row = await ownSpot(ports, one);
  return row.ok ? found(detailOf(row.value)) : row;
}

export async function listSpots(
  { spots }: Ports,
  { tenant, limit, cursor }: { readonly tenant: string; readonly limit: number; readonly cursor?: TenantCursor | undefined },
): Promise<Answer<SpotList>> {
  const before = cursor === undefined ? null : spotCursor.open(tenant, cursor);
  if (cursor !== undefined && before === null) {
    return missing('bad-cursor', 'cursor: not a cursor of this list; take it from the `next` of an answer.');
  }
  const rows = await spots.store.list(tenant, { before, limit: limit + 1 });
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  const next = last === undefined ? null : spotCursor.encode(tenant, { atMs: last.createdAtMs, id: last.id });
  return found({ items: shown.map(itemOf), next });
}

export async function spotTranscript(ports: Ports, one: One): Promise<Answer<Uint8Array>> {
  const row = await ownSpot(ports, one);
  if (!row.ok) return row;
  const bytes = row.value.transcriptBytes === null ? null : await ports.spots.objects.get(row.value.id);
  if (bytes !== null) return found(bytes);
  return missing('not-found', 'This audit has no transcript: it has not ended, or ended without a verdict.');
}
