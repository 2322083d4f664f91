// A whole archive in one file, for checking it without the network: gzip of one JSON document (docs/protocol.md, section 12).
// Unpacking is bounded, so that a small file cannot fill the memory.
import { z } from 'zod';
import type { Hex } from '../../protocol/bytes.ts';
import type { Policy } from '../../protocol/policy.ts';
import { fromBase64, toBase64 } from '../base64.ts';
import { parsePolicy } from '../policy/policy.ts';
import { ArchiveError } from './archive.ts';
import { BUNDLE_BYTES_MAX, BUNDLE_OBJECTS_MAX, MANIFEST_BYTES_MAX, OBJECT_BYTES_MAX } from './limits.ts';
import { readAtMost } from './stream.ts';

export const BUNDLE_FORMAT = 'assay-bundle/1';

export type Bundle = {
  readonly policy: Policy;
  /** The manifest's bytes. */
  readonly manifest: Uint8Array;
  /** Chunks and transcripts by SHA-256. Whether a key is the hash of its bytes is for the reader to check. */
  readonly objects: ReadonlyMap<Hex, Uint8Array>;
};

const base64Max = (bytes: number): number => 4 * Math.ceil(bytes / 3);

const bundleSchema = z.strictObject({
  format: z.literal(BUNDLE_FORMAT),
  policy: z.unknown(),
  manifest: z.string().max(base64Max(MANIFEST_BYTES_MAX)),
  objects: z.record(z.string().regex(/^0x[0-9a-f]{64}$/), z.string().max(base64Max(OBJECT_BYTES_MAX))),
});

/** What an object of so many bytes takes in a bundle, with its key. */
export const bundledBytes = (bytes: number): number => base64Max(bytes) + 80;

function bytesOf(text: string, what: string): Uint8Array {
  const bytes = fromBase64(text);
  if (bytes === null) throw new ArchiveError(`${what}: not base64`);
  return bytes;
}

async function unpack(gzipped: Uint8Array<ArrayBuffer>, bytesMax: number): Promise<string> {
  let bytes: Uint8Array | null;
  try {
    bytes = await readAtMost(new Blob([gzipped]).stream().pipeThrough(new DecompressionStream('gzip')), bytesMax);
  } catch {
    throw new ArchiveError('bundle: not a whole gzip file');
  }
  if (bytes === null) throw new ArchiveError(`bundle: unpacked it has more than ${String(bytesMax)} bytes`);
  return new TextDecoder().decode(bytes);
}

function bundleJson(text: string): z.infer<typeof bundleSchema> {
  try {
    return bundleSchema.parse(JSON.parse(text));
  } catch (error) {
    const [issue] = error instanceof z.ZodError ? error.issues : [];
    throw new ArchiveError(issue === undefined ? 'bundle: not JSON' : `bundle: ${issue.path.join('.')}: ${issue.message}`);
  }
}

/** @throws ArchiveError */
export async function parseBundle(gzipped: Uint8Array<ArrayBuffer>, bytesMax = BUNDLE_BYTES_MAX): Promise<Bundle> {
  const json = bundleJson(await unpack(gzipped, bytesMax));
  const entries = Object.entries(json.objects);
  if (entries.length > BUNDLE_OBJECTS_MAX) {
    throw new ArchiveError(`bundle: ${String(entries.length)} objects, at most ${String(BUNDLE_OBJECTS_MAX)} are allowed`);
  }
  let policy: Policy;
  try {
    policy = parsePolicy(json.policy);
  } catch (error) {
    const [issue] = error instanceof z.ZodError ? error.issues : [];
    throw new ArchiveError(`bundle: policy: ${issue === undefined ? 'wrong' : `${issue.path.join('.')}: ${issue.message}`}`);
  }
  const objects = entries.map(([key, text]) => [key as Hex, bytesOf(text, `bundle object ${key}`)] as const);
  return { policy, manifest: bytesOf(json.manifest, 'bundle manifest'), objects: new Map(objects) };
}

/** @throws ArchiveError when the bundle would be larger than can be read again */
export async function encodeBundle(bundle: Bundle): Promise<Uint8Array> {
  let size = base64Max(bundle.manifest.length);
  for (const object of bundle.objects.values()) size += bundledBytes(object.length);
  if (size > BUNDLE_BYTES_MAX) {
    throw new ArchiveError(`bundle: it would have ${String(size)} bytes, at most ${String(BUNDLE_BYTES_MAX)} are allowed`);
  }
  const objects = Object.fromEntries([...bundle.objects].map(([key, bytes]) => [key, toBase64(bytes)]));
  const document = { format: BUNDLE_FORMAT, policy: bundle.policy, manifest: toBase64(bundle.manifest), objects };
  const stream = new Blob([JSON.stringify(document)]).stream().pipeThrough(new CompressionStream('gzip'));
  const bytes = await readAtMost(stream, BUNDLE_BYTES_MAX);
  if (bytes === null) throw new ArchiveError('bundle: it does not shrink below its limit');
  return bytes;
}
