// Many reads at once, but never more than an RPC and a Worker allow; results in order.
import { PAGE_ENTRIES_MAX, PAGES_IN_FLIGHT_MAX } from './limits.ts';

/** `read` of each item, a bounded number at a time. */
export async function readEach<Item, T>(items: readonly Item[], read: (item: Item) => Promise<T>): Promise<T[]> {
  const results = new Map<number, T>();
  const left = items.entries();
  const lane = async () => {
    for (const [index, item] of left) results.set(index, await read(item));
  };
  await Promise.all(Array.from({ length: Math.min(PAGES_IN_FLIGHT_MAX, items.length) }, lane));
  return [...results].sort(([a], [b]) => a - b).map(([, result]) => result);
}

/** All entries [0, total): `read(from, count)` must return exactly `count` of them. */
export async function readPages<T>(total: number, read: (from: number, count: number) => Promise<readonly T[]>): Promise<T[]> {
  const starts = Array.from({ length: Math.ceil(total / PAGE_ENTRIES_MAX) }, (_, page) => page * PAGE_ENTRIES_MAX);
  const pages = await readEach(starts, (from) => read(from, Math.min(PAGE_ENTRIES_MAX, total - from)));
  return pages.flat();
}
