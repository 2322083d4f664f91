// What a network store holds of one report.
import type { Hex } from '../../protocol/bytes.ts';
import type { NodeTally } from '../../protocol/consensus/types.ts';
import type { NetworkStore } from '../../workers/services/network/ports.ts';

export async function storedTallies(
  store: Pick<NetworkStore, 'tallies'>,
  epoch: number,
  validator: Hex,
): Promise<readonly NodeTally[]> {
  const reports = await store.tallies(epoch, epoch);
  return reports.find((report) => report.validator === validator)?.tallies ?? [];
}
