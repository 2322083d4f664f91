// Places are taken before a probe's clock starts, so that waiting for one of the six connections is never held against a node. First
// come, first served: whoever needs several places at once is overtaken by nobody, or narrow ones could starve it.

export type Semaphore = {
  /** Runs `work` once `width` places are free together. @throws RangeError for more than there are */
  readonly run: <T>(width: number, work: () => Promise<T>) => Promise<T>;
};

export function semaphore(places: number): Semaphore {
  let free = places;
  const waiting: { readonly width: number; readonly enter: () => void }[] = [];
  const admit = (): void => {
    for (let next = waiting[0]; next !== undefined && next.width <= free; next = waiting[0]) {
      waiting.shift();
      free -= next.width;
      next.enter();
    }
  };
  const run = async <T>(width: number, work: () => Promise<T>): Promise<T> => {
    if (width < 1 || width > places) throw new RangeError(`${String(width)} of ${String(places)} places can never be free`);
    await new Promise<void>((enter) => {
      waiting.push({ width, enter });
      admit();
    });
    try {
      return await work();
    } finally {
      free += width;
      admit();
    }
  };
  return { run };
}
