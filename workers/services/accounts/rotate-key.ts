// Replaces a key by one with the same scopes. For the overlap both are good, so that whoever uses the old one can be told the new one in
// time; then the old one ends by itself. A key is rotated once: its successor is what can be rotated next.
import type { NewKey, RotateKeyBody } from '../../../schema/api/accounts.ts';
import { found, missing, type Answer } from '../views/answer.ts';
import { isLive } from './authenticate.ts';
import { beyond } from './create-key.ts';
import { freshKey, keyBounds, TOO_MANY } from './key-item.ts';
import { KEYS_LIVE_MAX } from './limits.ts';
import type { AccountPorts, Caller, StoredKey } from './ports.ts';
import { NO_KEY } from './revoke-key.ts';

type Ports = { readonly accounts: AccountPorts; readonly nowMs: () => number };
type Input = { readonly caller: Caller; readonly id: string; readonly body: RotateKeyBody };

/** When the old key ends: after the overlap, and never later than it would have. */
export function overlapEndMs(old: Pick<StoredKey, 'expiresAtMs'>, nowMs: number, overlapSeconds: number): number {
  return Math.min(old.expiresAtMs ?? Number.POSITIVE_INFINITY, nowMs + 1000 * overlapSeconds);
}

/** What the old key was made to live, unless another life is asked for. */
export function successorLifeSeconds(
  old: Pick<StoredKey, 'createdAtMs' | 'expiresAtMs'>,
  asked: number | undefined,
): number | null {
  if (asked !== undefined) return asked;
  return old.expiresAtMs === null ? null : Math.ceil((old.expiresAtMs - old.createdAtMs) / 1000);
}

export async function rotateKey({ accounts, nowMs }: Ports, { caller, id, body }: Input): Promise<Answer<NewKey>> {
  const now = nowMs();
  const old = await accounts.store.key(caller.tenant, id);
  if (old === null) return missing('not-found', NO_KEY);
  if (!isLive(old, now))
    return missing('gone', 'This key is revoked or expired, so that nothing is there to replace. Make a new one.');
  const rotated = (by: string): Answer<NewKey> =>
    missing('conflict', `This key was rotated before. Its successor is ${by}; rotate that, or revoke it if its text was lost.`);
  if (old.successor !== null) return rotated(old.successor);
  const refused = beyond(caller, old.scopes);
  if (refused !== null) return refused;

  const lifeSeconds = successorLifeSeconds(old, body.expiresInSeconds);
  const { row, told } = freshKey(accounts, { ...old, origin: 'made', lifeSeconds }, now);
  // Its predecessor still counts, so there is room for one more.
  const bounds = keyBounds(now, KEYS_LIVE_MAX + 1);
  if (await accounts.store.rotate(old, row, overlapEndMs(old, now, body.overlapSeconds), bounds)) return found(told);
  // Somebody was faster, or there was no room.
  const winner = (await accounts.store.key(caller.tenant, id))?.successor ?? null;
  return winner === null ? missing('conflict', TOO_MANY) : rotated(winner);
}
