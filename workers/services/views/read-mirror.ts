// The manifest of any validator's archive that was found right here: exactly the bytes whose SHA-256 its report names.
import type { Address, Epoch } from '../../../schema/api/requests.ts';
import { found, missing, type Answer } from './answer.ts';
import { leftOutReason } from './consensus-item.ts';
import { horizonOf } from './horizon.ts';
import type { Hex } from '../../../protocol/bytes.ts';
import type { StoredObject, WebPorts } from './ports.ts';
import { notRevealed } from './revealed-epoch.ts';

export async function readMirror(
  ports: WebPorts,
  input: { operator: Address; epoch: Epoch },
): Promise<Answer<{ object: StoredObject; hash: Hex }>> {
  const { operator, epoch } = input;
  const hidden = notRevealed(ports, epoch);
  if (hidden !== undefined) return hidden;
  const mirror = await ports.network.mirror(horizonOf(ports), epoch, operator);
  if (mirror === null) return missing('not-found', `Nothing is known here of an archive of ${operator} for epoch ${epoch}.`);
  if (mirror.state !== 'verified' || mirror.archiveHash === null) {
    return missing(
      'not-found',
      `The archive of ${operator} for epoch ${epoch} is not mirrored here. ${leftOutReason(mirror, null) ?? ''}`,
    );
  }
  const object = await ports.objects.get(`archive/${mirror.archiveHash.slice(2)}`);
  if (object !== null) return found({ object, hash: mirror.archiveHash });
  return missing('not-found', `The archive ${mirror.archiveHash} is not stored here any more.`);
}
