// The guard's word on an address, kept for a moment: it is asked before a request is due, and again when it is sent.
import { GUARDED_MAX, GUARDED_MS } from '../limits.ts';
import { guard, type Guarded, type Resolve } from '../services/guard.ts';

/** No word on the address: there was no time to look its name up. */
export const NO_TIME: Guarded = { ok: false, why: 'no time to look its name up' };

/** @param beginBeforeMs from this Unix time in milliseconds on, no name is looked up any more */
type Check = (base: string, beginBeforeMs?: number) => Promise<Guarded>;

/** @param allowHttpHosts lower-case host names that may be plain http and private */
export function guarded(allowHttpHosts: ReadonlySet<string>, resolve: Resolve): Check {
  const recent = new Map<string, { readonly until: number; readonly checked: Guarded }>();
  /** What has run out; everything where nothing has: it is only asked again. */
  const forget = (): void => {
    for (const [base, { until }] of recent) if (until <= Date.now()) recent.delete(base);
    if (recent.size >= GUARDED_MAX) recent.clear();
  };
  return async (base, beginBeforeMs = Infinity) => {
    const known = recent.get(base);
    if (known !== undefined && Date.now() < known.until) return known.checked;
    const late = { is: false };
    const checked = await guard(base, allowHttpHosts, async (host) => {
      late.is = Date.now() >= beginBeforeMs;
      return late.is ? [] : resolve(host);
    });
    if (late.is) return NO_TIME; // and nothing to remember
    if (recent.size >= GUARDED_MAX) forget();
    recent.set(base, { until: Date.now() + GUARDED_MS, checked });
    return checked;
  };
}
