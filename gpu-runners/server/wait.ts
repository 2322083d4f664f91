// Waiting for a change that others tell of, with an end.

/** Resolves when it is woken through `wakers`, at the latest after `waitMs` (at least one). Who is woken looks again for itself. */
export function wokenWithin(wakers: Set<() => void>, waitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      wakers.delete(wake);
      resolve();
    };
    const timer = setTimeout(wake, Math.max(1, waitMs));
    wakers.add(wake);
  });
}
