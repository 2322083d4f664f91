// Where an archive's bytes come from: an API or a bundle. Neither is believed; all that is promised here is bounded sizes and
// times, and that an object which is simply not there is told apart from a network that failed.
import { readFile, stat } from 'node:fs/promises';
import type { ArchiveLine } from '../../protocol/archive.ts';
import type { Hex } from '../../protocol/bytes.ts';
import type { Policy } from '../../protocol/policy.ts';
import { parsePolicyBytes } from '../../schema/wire/archive.ts';
import { parseBundle } from '../../schema/wire/bundle.ts';
import { BUNDLE_BYTES_MAX, MANIFEST_BYTES_MAX, OBJECT_BYTES_MAX, POLICY_BYTES_MAX } from '../../schema/wire/limits.ts';
import { CliError } from '../command.ts';
import { fetchBytes } from './http.ts';

type TranscriptRow = Pick<ArchiveLine, 'slot' | 'draw' | 'transcriptHash'>;

export type ArchiveSource = {
  /** The policy with this hash, or what the source serves instead. @throws ArchiveError for a document that is no policy */
  readonly policy: (hash: Hex) => Promise<Policy>;
  readonly manifest: () => Promise<Uint8Array>;
  /** A record chunk; null when the source does not have it. */
  readonly object: (sha256: Hex) => Promise<Uint8Array | null>;
  /** A draw's transcript, whatever its hash turns out to be; null when the source does not have it. */
  readonly transcript: (row: TranscriptRow) => Promise<Uint8Array | null>;
  /** For messages: "the API", "the bundle". */
  readonly name: string;
};

/** @param api base URL; routes are below it */
export function apiSource(api: string, epoch: number): ArchiveSource {
  const base = api.endsWith('/') ? api : `${api}/`;
  const url = (route: string): string => new URL(route, base).href;
  return {
    name: 'the API',
    policy: async (hash) => {
      const bytes =
        (await fetchBytes(url(`v1/policies/${hash}`), POLICY_BYTES_MAX)) ??
        (await fetchBytes(url('v1/policy'), POLICY_BYTES_MAX));
      if (bytes === null) throw new CliError('The API serves no policy (status 404). Check --api.');
      return parsePolicyBytes(bytes);
    },
    manifest: async () => {
      const bytes = await fetchBytes(url(`v1/epochs/${String(epoch)}/archive`), MANIFEST_BYTES_MAX);
      if (bytes !== null) return bytes;
      throw new CliError(
        `The API has no archive of epoch ${String(epoch)}. Archives become public some time after their epoch (the policy's revealSeconds): try later, or another API.`,
      );
    },
    object: (sha256) => fetchBytes(url(`v1/objects/${sha256}`), OBJECT_BYTES_MAX),
    transcript: ({ slot, draw }) => {
      const id = [epoch, slot, draw].join('-');
      return fetchBytes(url(`v1/audits/${id}/transcript`), OBJECT_BYTES_MAX);
    },
  };
}

/** @throws CliError | ArchiveError */
export async function bundleSource(file: string): Promise<ArchiveSource> {
  const unreadable = new CliError(`${file} cannot be read. Check --file.`);
  const { size } = await stat(file).catch(() => {
    throw unreadable;
  });
  if (size > BUNDLE_BYTES_MAX)
    throw new CliError(`${file} has ${String(size)} bytes; a bundle has at most ${String(BUNDLE_BYTES_MAX)}.`);
  const bytes = await readFile(file).catch(() => {
    throw unreadable;
  });
  const bundle = await parseBundle(new Uint8Array(bytes));
  return {
    name: 'the bundle',
    policy: () => Promise.resolve(bundle.policy),
    manifest: () => Promise.resolve(bundle.manifest),
    object: (sha256) => Promise.resolve(bundle.objects.get(sha256) ?? null),
    transcript: ({ transcriptHash }) => Promise.resolve(bundle.objects.get(transcriptHash) ?? null),
  };
}
