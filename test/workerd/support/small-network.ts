// The network that most web tests look at.
import { addEpoch, addNodes, type SeededEpoch } from './ledger-rows.ts';
import { freshDatabase } from './web-env.ts';

export const SMALL_NETWORK_LAST = 14;

/** Seven nodes of several kinds, eleven epochs; the last one is sealed and not yet posted. */
export async function smallNetwork(): Promise<Map<number, SeededEpoch>> {
  const seeded = new Map<number, SeededEpoch>();
  await freshDatabase();
  await addNodes(
    [0, 1, 2, 3, 4, 5, 6].map((index) => ({
      index,
      retired: index === 5,
      gpuClass: index === 6 ? 'h9000' : index % 2 ? 'cpu-fast' : 'cpu-demo',
    })),
  );
  await addNodes([
    { index: 0, fromEpoch: 9, url: 'https://moved.example.net/' },
    { index: 0, fromEpoch: 900, url: 'https://future.example.net/' },
    { index: 7, fromEpoch: 900 },
  ]);
  for (let epoch = 4; epoch <= SMALL_NETWORK_LAST; epoch++) {
    seeded.set(
      epoch,
      await addEpoch({
        epoch,
        nodes: epoch % 2 ? [0, 1, 2] : [0, 1, 2, 3],
        state: epoch === SMALL_NETWORK_LAST ? 'sealed' : 'posted',
      }),
    );
  }
  return seeded;
}
