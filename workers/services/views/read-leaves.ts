// All lines under a root as one JSON document: as this service computed them, or put together from its tables.
import type { Hex } from '../../../protocol/bytes.ts';
import type { Epoch, LeavesQuery } from '../../../schema/api/requests.ts';
import { tellable } from '../../../schema/wire/network.ts';
import { found, missing, type Answer } from './answer.ts';
import { finalEpoch, networkEpoch } from './final-root.ts';
import { horizonOf } from './horizon.ts';
import { LEAVES_BUILT_MAX } from './limits.ts';
import type { StoredObject, WebPorts } from './ports.ts';

export type ReadLeaves = { readonly body: StoredObject | Uint8Array<ArrayBuffer>; readonly rootHash: Hex };

const keyOf = (rootHash: Hex) => `consensus/${rootHash.slice(2)}` as const;

/** Of a root that was computed here, posted or not: its object names its epoch. */
async function ofRoot(ports: WebPorts, epoch: number, rootHash: Hex): Promise<ReadLeaves | null> {
  const key = keyOf(rootHash);
  const object = (await ports.objects.epochOf(key)) === epoch ? await ports.objects.get(key) : null;
  return object === null ? null : { body: object, rootHash };
}

export async function readLeaves(ports: WebPorts, input: { epoch: Epoch; query: LeavesQuery }): Promise<Answer<ReadLeaves>> {
  const { epoch, query } = input;
  const known = await networkEpoch(ports, epoch);
  if (!known.ok) return known;
  const final = await finalEpoch(ports, epoch);
  const wanted = query.root ?? (final.ok ? final.value.root.rootHash : null);
  const stored = wanted === null ? null : await ofRoot(ports, epoch, wanted);
  if (stored !== null) return found(stored);
  if (!final.ok && query.root === undefined) return final;
  if (!final.ok || wanted !== final.value.root.rootHash) {
    return missing('not-found', `The leaves of root ${String(wanted)} of epoch ${epoch} were not computed here.`);
  }
  const { scores, rewards, penalties } = await ports.network.leafCounts(horizonOf(ports), epoch);
  if (2 * scores + rewards + penalties > LEAVES_BUILT_MAX) {
    const detail = `The leaves of epoch ${epoch} are not stored in one piece, and are too many to be put together here. Ask another validator, or /v1/consensus/${epoch}/scores page by page.`;
    return missing('not-found', detail);
  }
  const leaves = tellable(await ports.network.leaves(horizonOf(ports), epoch));
  return found({ body: new Uint8Array(new TextEncoder().encode(JSON.stringify(leaves))), rootHash: wanted });
}
