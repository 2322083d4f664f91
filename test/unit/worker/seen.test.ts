// What an empty signer is told of its validator's past: chain and database each have a say, and either one's memory of a seat counts.
import { expect, it } from 'vitest';
import type { Hex } from '../../../protocol/bytes.ts';
import { seenNow } from '../../../workers/services/sending/seen.ts';
import { openValidator } from './rig.ts';

const SIGNER: Hex = `0x${'51'.repeat(20)}`;

/** A validator with seats from epoch `first` on, whose database knows epoch 6 if any. */
async function seen(current: number, { first = Infinity, remembers = false, last = null as number | null }) {
  const { context, stored } = await openValidator();
  if (!remembers) stored.epochs.clear();
  const registry = {
    lastReport: async () => (last === null ? null : { epoch: last, reportHash: '0x' as Hex }),
    signer: async (epoch: number) => {
      if (epoch < 0) throw new Error('no such epoch');
      return epoch >= first ? SIGNER : null;
    },
  };
  return seenNow({ registry, ledger: context.ports.ledger }, current);
}

it.each([0, 1, 2, 40])('in its first seat’s epoch %i and the one after, there was no seat before', async (first) => {
  for (const current of [first, first + 1]) {
    expect(await seen(current, { first })).toEqual({ lastEpoch: null, currentEpoch: current, seatedBefore: false });
  }
  expect(await seen(first + 2, { first })).toMatchObject({ seatedBefore: true });
});

it('a seat that only the database remembers counts, and so does the newest report', async () => {
  expect(await seen(8, { remembers: true })).toMatchObject({ seatedBefore: true });
  expect(await seen(8, {})).toMatchObject({ seatedBefore: false });
  expect(await seen(8, { last: 7 })).toEqual({ lastEpoch: 7, currentEpoch: 8, seatedBefore: false });
});
