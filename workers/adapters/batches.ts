// What does not fit into one statement or one call goes in several.

/** The items in runs of at most `size`, in order. */
export function batches<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
