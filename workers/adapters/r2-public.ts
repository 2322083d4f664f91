// The read side of R2 for the public routes: four prefixes, nothing else, whatever a caller asks for.
import type { PublicObjects } from '../services/views/ports.ts';

const PUBLIC_KEY = /^(?:(?:archive|consensus)\/[0-9a-f]{64}|transcripts\/\d{1,10}\/\d{1,10}\/\d{1,10}|tree\/\d{1,10})$/;

function parseEpoch(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : null;
}

/** Archive objects carry their epoch as the metadata `epoch`, written with them. */
export function publicObjects(bucket: R2Bucket): PublicObjects {
  return {
    epochOf: async (key) => {
      if (!PUBLIC_KEY.test(key)) return null;
      return parseEpoch((await bucket.head(key))?.customMetadata?.['epoch']);
    },
    get: async (key, range) => {
      if (!PUBLIC_KEY.test(key)) return null;
      const object = await bucket.get(key, range === undefined ? {} : { range });
      if (object === null) return null;
      if (range !== undefined && range.offset + range.length > object.size) {
        await object.body.cancel();
        return null;
      }
      return { body: object.body as ReadableStream<Uint8Array>, size: range?.length ?? object.size };
    },
  };
}
