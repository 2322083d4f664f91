// Provable faults that were found here, of public epochs: what, who, and how far the proof has come.
import { faultCursor } from '../../../schema/api/cursors.ts';
import type { FaultDetail, FaultList } from '../../../schema/api/consensus.ts';
import type { FaultsQuery, Hash } from '../../../schema/api/requests.ts';
import { found, missing, type Answer } from './answer.ts';
import { horizonOf } from './horizon.ts';
import type { WebPorts } from './ports.ts';

/** The first 48 bits of a key, as a number: with the epoch they order faults. */
const headOf = (faultKey: string): number => Number.parseInt(faultKey.slice(2, 14), 16);

export async function listFaults(ports: WebPorts, input: FaultsQuery): Promise<FaultList> {
  const page = { before: input.cursor ?? null, limit: input.limit + 1 };
  const faults = await ports.network.faults(horizonOf(ports), page);
  const items = faults.slice(0, input.limit);
  const last = faults.length > input.limit ? items.at(-1) : undefined;
  return {
    items,
    next: last === undefined ? null : faultCursor.encode({ epoch: last.epoch, head: headOf(last.faultKey) }),
  };
}

export async function showFault(ports: WebPorts, input: { faultKey: Hash }): Promise<Answer<FaultDetail>> {
  const fault = await ports.network.fault(horizonOf(ports), input.faultKey);
  if (fault === null) return missing('not-found', `No public fault with the key ${input.faultKey} is known here.`);
  return found({ ...fault, proof: JSON.parse(fault.proof) as unknown });
}
