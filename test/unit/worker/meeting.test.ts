// Members of a cohort wait for one another, and for nobody who has left.
import { expect, it } from 'vitest';
import { meetings } from '../../../workers/services/meeting.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function settled(promise: Promise<void>): Promise<boolean> {
  let done = false;
  void promise.then(() => {
    done = true;
  });
  await turn();
  return done;
}

it('alone nothing is waited for', async () => {
  const [own] = meetings(1);
  expect([await settled(own?.filled() ?? Promise.reject(new Error('nobody'))), meetings(0)]).toEqual([true, []]);
});

it('the last of three lets all go on, and coming twice counts once', async () => {
  const [a, b, c] = meetings(3);
  if (a === undefined || b === undefined || c === undefined) throw new Error('not three');
  const first = a.filled();
  void a.filled();
  const second = b.filled();
  expect([await settled(first), await settled(second)]).toEqual([false, false]);
  expect(await settled(c.filled())).toBe(true);
  expect([await settled(first), await settled(second)]).toEqual([true, true]);
});

it('who leaves holds up nobody, at any place, however often', async () => {
  const [a, b, c] = meetings(3);
  if (a === undefined || b === undefined || c === undefined) throw new Error('not three');
  const first = a.filled();
  b.leave();
  b.leave();
  expect(await settled(first)).toBe(false);
  await Promise.all([c.filled(), first]);
  const found = a.found();
  expect(await settled(found)).toBe(false);
  await Promise.all([c.found(), found]);
  const timed = a.timed();
  expect(await settled(timed)).toBe(false);
  c.leave();
  expect(await settled(timed)).toBe(true);
});
