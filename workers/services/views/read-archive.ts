// The manifest of a revealed epoch: exactly the bytes whose SHA-256 is the report's archiveHash.
import type { Hex } from '../../../protocol/bytes.ts';
import type { Epoch } from '../../../schema/api/requests.ts';
import { found, missing, type Answer } from './answer.ts';
import type { StoredObject, WebPorts } from './ports.ts';
import { revealedEpoch } from './revealed-epoch.ts';

export async function readArchive(
  ports: WebPorts,
  input: { epoch: Epoch },
): Promise<Answer<{ object: StoredObject; hash: Hex }>> {
  const answer = await revealedEpoch(ports, input.epoch);
  if (!answer.ok) return answer;
  const hash = answer.value.archiveHash;
  const object = await ports.objects.get(`archive/${hash.slice(2)}`);
  if (object !== null) return found({ object, hash });
  return missing('not-found', `The archive of epoch ${input.epoch} is not stored here any more. Any mirror may have ${hash}.`);
}
