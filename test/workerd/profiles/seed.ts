// Epochs with their reports' lines, stored as mirroring and adopting store them.
import { BUCKETS } from '../../../workers/services/profiles/buckets.ts';
import type { ReportLine } from '../../../workers/services/profiles/report-lines.ts';
import type { Mirror } from '../../../workers/services/network/ports.ts';
import { addNetworkEpoch, store, type NetworkSeed, type SeededNetwork } from '../support/network-rows.ts';
import { d1Profiles } from '../../../workers/adapters/d1-profiles.ts';
import { ANY, type Facets } from '../../../workers/services/profiles/ports.ts';
import { horizonOf } from '../../../workers/services/views/horizon.ts';
import { bindings, revealMs, webPorts } from '../support/web-env.ts';

export const rowsOf = async <T>(sql: string, ...values: unknown[]): Promise<T[]> =>
  (
    await bindings.DB.prepare(sql)
      .bind(...values)
      .all<T>()
  ).results;

/** Bucket 6 is up to 60 ms, bucket 9 up to 160 ms: every third node is nearer to `apac` than to `weur`. */
export function lineOf(epoch: number, seat: number, nodeIndex: number): ReportLine {
  const at = (bucket: number): number[] => Array.from({ length: BUCKETS }, (_, i) => (i === bucket ? 4 : 0));
  const isFar = nodeIndex % 3 === 0;
  const failed = nodeIndex % 7 === 6;
  return {
    nodeIndex,
    regions: [
      { region: 'apac', present: 4, absent: 0, counts: at(isFar ? 6 : 9) },
      { region: 'weur', present: 4, absent: failed ? 2 : 0, counts: at(isFar ? 9 : 6) },
    ],
    audits: [
      {
        ...{ slot: 3, draw: 10 * seat, kind: 1, outcome: failed ? 'fail' : 'pass', reason: failed ? 'wrong_result' : 'none' },
        ...{ elapsedMs: 814, measure: failed ? 0 : 312_000_000, startedAt: 1_790_000_000_000 + 30_000 * epoch + seat },
      },
    ],
  };
}

/** The epoch as of `seed`, and lines of every seat's report; adopted twice, as a repeated tick would. */
export async function addProfileEpoch(seed: NetworkSeed): Promise<SeededNetwork> {
  const added = await addNetworkEpoch(seed);
  const mirrors = await store().mirrors(seed.epoch, seed.epoch);
  for (const [seat, { operator }] of added.seats.entries()) {
    const mirror: Mirror | undefined = mirrors.find(({ validator }) => validator === operator);
    if (mirror?.state !== 'verified') continue;
    const report = (await store().tallies(seed.epoch, seed.epoch)).find(({ validator }) => validator === operator);
    const lines = seed.nodes.map((index) => lineOf(seed.epoch, seat, index));
    await store().setMirror(mirror, report?.tallies ?? [], lines);
  }
  if (seed.root !== 'none') await store().adopt(added.stored, seed.root === 'disputed' ? null : added.leaves);
  return added;
}

/** What a profile is made from, of one node at the reveal of an epoch. */
export const facetsAt = async (epoch: number, index: number, step = 1): Promise<Facets> => {
  const standing = { current: epoch, root: epoch, sort: 'index', filter: { ...ANY, index }, after: null, limit: 1 } as const;
  const asked = {
    index,
    standing,
    sums: { from: 0, through: epoch },
    bars: { from: 0, step },
    regionsFrom: 0,
    recentLimit: 50,
  };
  return d1Profiles(bindings.DB).facets(horizonOf(webPorts(revealMs(epoch))), asked);
};

/** Of any content type: workerd warns of `text()` where it knows no text. */
export const textOf = async (response: Response): Promise<string> => new TextDecoder().decode(await response.arrayBuffer());

export const nodesUpTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
