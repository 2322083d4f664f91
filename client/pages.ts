// All pages of a list, one after another. A cursor is a place in an order: rows that appear meanwhile neither repeat nor hide others.
export type Page<T> = { readonly items: readonly T[]; readonly next: string | null };
/** What goes into the query of the next request: nothing at first. */
export type Place = { readonly cursor?: string };

/** A list of the API has at most 100 items a page: a million items. */
export const PAGES_MAX = 10_000;

/**
 * @param read asks for one page
 * @example for await (const items of pages((at) => api.GET('/v1/nodes', { params: { query: { limit: 100, ...at } } }))) show(items);
 * @throws Error where a service leads in a circle, or without end
 */
export async function* pages<T>(
  read: (at: Place) => Promise<{ readonly data?: Page<T> | undefined }>,
): AsyncGenerator<readonly T[], void, undefined> {
  const seen = new Set<string>();
  for (let at: Place = {}; seen.size < PAGES_MAX;) {
    const { data } = await read(at);
    if (data === undefined) throw new Error('The service answered with neither a page nor a problem.');
    yield data.items;
    if (data.next === null) return;
    if (seen.has(data.next)) throw new Error(`The service leads in a circle: its cursor ${data.next} came twice.`);
    seen.add(data.next);
    at = { cursor: data.next };
  }
  throw new Error(`The list has more than ${String(PAGES_MAX)} pages; ask with a filter, or for an export.`);
}
