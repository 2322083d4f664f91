// Archive objects by hash, the own and mirrored ones: manifests, chunks of records, mirrored transcripts, once their epoch is
// revealed. A report's archive hash stands on chain before that, so the hash alone must not open the object.
import type { Sha256 } from '../../../schema/api/requests.ts';
import { found, missing, type Answer } from './answer.ts';
import { horizonOf } from './horizon.ts';
import type { StoredObject, WebPorts } from './ports.ts';
import { revealedEpoch } from './revealed-epoch.ts';

/** Revealed by the clock, and either sealed here or known to the network's part. */
async function isOpen(ports: WebPorts, epoch: number): Promise<boolean> {
  return (await ports.network.knows(horizonOf(ports), epoch)) || (await revealedEpoch(ports, epoch)).ok;
}

export async function readObject(ports: WebPorts, input: { hash: Sha256 }): Promise<Answer<StoredObject>> {
  const key = `archive/${input.hash.slice(2)}` as const;
  const epoch = await ports.objects.epochOf(key);
  const object = epoch !== null && (await isOpen(ports, epoch)) ? await ports.objects.get(key) : null;
  if (object !== null) return found(object);
  return missing(
    'not-found',
    `No public archive object has the hash ${input.hash}. A transcript is served at /v1/audits/<epoch>-<slot>-<draw>/transcript.`,
  );
}
