// The guard's word on an address, kept for a moment: it is asked before a request is due, and again when it is sent.
import { GUARDED_MS } from '../limits.ts';
import { guard, type Guarded, type Resolve } from '../services/guard.ts';

/** @param allowHttpHosts lower-case host names that may be plain http and private */
export function guarded(allowHttpHosts: ReadonlySet<string>, resolve: Resolve): (base: string) => Promise<Guarded> {
  const recent = new Map<string, { readonly until: number; readonly checked: Guarded }>();
  return async (base) => {
    const known = recent.get(base);
    if (known !== undefined && Date.now() < known.until) return known.checked;
    const checked = await guard(base, allowHttpHosts, resolve);
    recent.set(base, { until: Date.now() + GUARDED_MS, checked });
    return checked;
  };
}
