// Transcripts of audits on demand: a prefix that no public route reads, each object written once.
import type { SpotObjects } from '../services/spots/ports.ts';
import { retried } from './retry.ts';

const keyOf = (id: string): string => `spots/${id}`;

export function r2Spots(bucket: R2Bucket): SpotObjects {
  return {
    put: async (id, bytes) => {
      await retried(() => bucket.put(keyOf(id), bytes, { onlyIf: { etagDoesNotMatch: '*' } }));
    },
    get: async (id) => {
      const object = await retried(() => bucket.get(keyOf(id)));
      return object === null ? null : new Uint8Array(await object.arrayBuffer());
    },
    remove: async (ids) => {
      await retried(() => bucket.delete(ids.map(keyOf)));
    },
  };
}
