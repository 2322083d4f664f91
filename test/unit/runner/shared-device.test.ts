// The line before a device that several identities share: in order of arrival, and never longer than those who are in it.
import { expect, it } from 'vitest';
import { lineAt, type Place } from '../../../gpu-runners/adversaries/shared-device.ts';
import { freePort } from '../../system/cast.ts';

/** Changes come one by one, so the last of a few is the one that counts. */
async function until(place: Place, before: number, together: number): Promise<void> {
  const stands = (): boolean => place.standing().before === before && place.standing().together === together;
  for (let changes = 0; changes < 5 && !stands(); changes++) await place.change();
  expect(place.standing()).toEqual({ before, together });
}

it('is in order of arrival, and moves on when somebody leaves', async () => {
  const port = await freePort();
  const [keeper, other] = [lineAt(port), lineAt(port)];
  const first = await keeper.join();
  const second = await other.join();
  const third = await keeper.join();
  await Promise.all([until(first, 0, 3), until(second, 1, 3), until(third, 2, 3)]);
  first.leave();
  await Promise.all([until(second, 0, 2), until(third, 1, 2)]);
  third.leave();
  await until(second, 0, 1);
  second.leave();
  await Promise.all([keeper.close(), other.close()]);
});

it('outlives nobody: when its keeper ends all are free, and the next one keeps it', async () => {
  const port = await freePort();
  const [keeper, other] = [lineAt(port), lineAt(port)];
  await keeper.join();
  const waiting = await other.join();
  await until(waiting, 1, 2);
  await keeper.close();
  await until(waiting, 0, 1);
  const again = await other.join();
  await until(again, 0, 1);
  again.leave();
  await other.close();
});
