// What follows from an epoch alone and costs about as much as a small job (a packed matrix, a cache of rows): that of the newest
// epochs is kept, least recently used out first.

/** Gives what is kept, or makes it; `peek` neither makes nor touches anything. */
export type Newest<I, O> = ((input: I) => O) & { readonly peek: (input: I) => O | undefined };

/** @param key two inputs with the same key give the same value */
export function newest<I, O>(max: number, key: (input: I) => string, make: (input: I) => O): Newest<I, O> {
  const kept = new Map<string, O>();
  const get = (input: I): O => {
    const name = key(input);
    const value = kept.get(name);
    kept.delete(name);
    const oldest = kept.keys().next().value;
    if (value === undefined && kept.size >= max && oldest !== undefined) kept.delete(oldest);
    const current = value ?? make(input);
    kept.set(name, current);
    return current;
  };
  return Object.assign(get, { peek: (input: I) => kept.get(key(input)) });
}
