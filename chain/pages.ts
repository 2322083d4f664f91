// Reads a paged list whole: a bounded number of pages at a time, in order.
import { PAGE_ENTRIES_MAX, PAGES_IN_FLIGHT_MAX } from './limits.ts';

/** All entries [0, total): `read(from, count)` must return exactly `count` of them. */
export async function readPages<T>(total: number, read: (from: number, count: number) => Promise<readonly T[]>): Promise<T[]> {
  const starts = Array.from({ length: Math.ceil(total / PAGE_ENTRIES_MAX) }, (_, page) => page * PAGE_ENTRIES_MAX);
  const pages: (readonly T[])[] = starts.map(() => []);
  let next = 0;
  const lane = async () => {
    for (let page = next++; page < starts.length; page = next++) {
      const from = page * PAGE_ENTRIES_MAX;
      pages[page] = await read(from, Math.min(PAGE_ENTRIES_MAX, total - from));
    }
  };
  await Promise.all(Array.from({ length: Math.min(PAGES_IN_FLIGHT_MAX, starts.length) }, lane));
  return pages.flat();
}
