// Fetches the objects of an archive into memory: each by its hash, all of them together never more than a bundle can hold, however
// much an API names or serves.
import { toHex, type Hex } from '../../protocol/bytes.ts';
import { sha256 } from '../../protocol/hash.ts';
import { bundledBytes } from '../../schema/wire/bundle.ts';
import { BUNDLE_BYTES_MAX, BUNDLE_OBJECTS_MAX } from '../../schema/wire/limits.ts';
import { CliError } from '../command.ts';
import { FETCHES_IN_FLIGHT } from '../limits.ts';

/** One object to fetch: what it must hash to, and how to get it. */
export type Wanted = { readonly hash: Hex; readonly get: () => Promise<Uint8Array | null> };

export type Collection = {
  readonly objects: ReadonlyMap<Hex, Uint8Array>;
  /** Fetches a few at a time. @throws CliError when one is missing or wrong, or when they are too many or too large together */
  readonly add: (wanted: readonly Wanted[], onObject: (count: number) => void) => Promise<void>;
};

async function objectOf({ hash, get }: Wanted): Promise<Uint8Array> {
  const bytes = await get();
  if (bytes === null) throw new CliError(`The API does not have ${hash}, which the archive names. Try another mirror.`);
  if (toHex(sha256(bytes)) !== hash) throw new CliError(`The API serves other bytes under ${hash}. Try another mirror.`);
  return bytes;
}

export function createCollection(bytesMax = BUNDLE_BYTES_MAX, objectsMax = BUNDLE_OBJECTS_MAX): Collection {
  const objects = new Map<Hex, Uint8Array>();
  let size = 0;
  const keep = (hash: Hex, bytes: Uint8Array): void => {
    if (objects.has(hash)) return;
    size += bundledBytes(bytes.length);
    if (size > bytesMax)
      throw new CliError(`The archive is larger than a bundle can be (${String(bytesMax)} bytes). Verify it with --api instead.`);
    objects.set(hash, bytes);
  };
  return {
    objects,
    async add(wanted, onObject) {
      if (objects.size + wanted.length > objectsMax) {
        const count = String(objects.size + wanted.length);
        throw new CliError(
          `The archive names ${count} objects; a bundle has at most ${String(objectsMax)}. Verify it with --api instead.`,
        );
      }
      for (let from = 0; from < wanted.length; from += FETCHES_IN_FLIGHT) {
        const batch = wanted.slice(from, from + FETCHES_IN_FLIGHT);
        const fetched = await Promise.all(batch.map(async (one) => [one.hash, await objectOf(one)] as const));
        for (const [hash, bytes] of fetched) keep(hash, bytes);
        onObject(objects.size);
      }
    },
  };
}
