// A place is taken before a probe's clock starts, so that waiting for one of the six connections is never held against a node.

export type Semaphore = { readonly run: <T>(work: () => Promise<T>) => Promise<T> };

export function semaphore(width: number): Semaphore {
  let free = width;
  const waiting: (() => void)[] = [];
  const run = async <T>(work: () => Promise<T>): Promise<T> => {
    if (free > 0) free--;
    else {
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
      });
    }
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
  return { run };
}
