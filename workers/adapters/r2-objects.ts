// Immutable objects in R2: a key is written once; a second put, after a crash say, leaves the first one in place.
import type { Objects } from '../services/ports.ts';
import { retried } from './retry.ts';

export function r2Objects(bucket: R2Bucket): Objects {
  return {
    put: async (key, bytes, epoch) => {
      const options = { onlyIf: { etagDoesNotMatch: '*' }, customMetadata: { epoch: String(epoch) } };
      await retried(() => bucket.put(key, bytes, options));
    },
    get: async (key) => {
      const object = await retried(() => bucket.get(key));
      return object === null ? null : new Uint8Array(await object.arrayBuffer());
    },
  };
}
