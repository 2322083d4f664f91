// The regions' real side: one Durable Object for each name that a policy has. Where the name is one of the platform's location hints, the
// object is made there, and stays; any other name is a label. Hints are honoured on the real edge only.
import { REGION_CALL_MS_MAX } from '../limits.ts';
import type { RegionAnswer, Regions } from '../services/ports.ts';
import type { RegionRequest } from '../services/region.ts';

/** The hints that were there when policies began to name regions, from the platform's own list. */
const HINTS: readonly DurableObjectLocationHint[] = ['wnam', 'enam', 'sam', 'weur', 'eeur', 'apac', 'oc', 'afr', 'me'];

/** The methods of the RegionProbe object, as its stub has them. */
export type RegionStub = {
  post(request: RegionRequest): Promise<RegionAnswer | null>;
  control(): Promise<boolean>;
};

/** What a region is asked to be made with. */
export function placementOf(region: string): DurableObjectNamespaceGetDurableObjectOptions {
  const locationHint = HINTS.find((hint) => hint === region);
  return locationHint === undefined ? {} : { locationHint };
}

export function regionStub(namespace: DurableObjectNamespace, region: string): RegionStub {
  return namespace.get(namespace.idFromName(region), placementOf(region)) as unknown as RegionStub;
}

/** The work's result, or `otherwise` when it fails or takes too long. */
async function bounded<T>(work: () => Promise<T>, otherwise: T, limitMs: number): Promise<T> {
  const late = Promise.withResolvers<T>();
  const timer = setTimeout(() => {
    late.resolve(otherwise);
  }, limitMs);
  try {
    return await Promise.race([work(), late.promise]);
  } catch {
    return otherwise; // the object is overloaded, was replaced, or cannot be reached
  } finally {
    clearTimeout(timer);
  }
}

export function regionProbes(stubOf: (region: string) => RegionStub): Regions {
  return {
    post: (region, url, path, body, limits) =>
      bounded(() => stubOf(region).post({ url, path, body, limits }), null, limits.deadlineMs + REGION_CALL_MS_MAX),
    control: (region) => bounded(() => stubOf(region).control(), false, 2 * REGION_CALL_MS_MAX),
  };
}
