// An archive's parts, fetched in the order in which they become believable: the manifest is the report's before it is parsed, a chunk
// the manifest's before its lines are.
import { CHUNK_BYTES_MAX, type Manifest } from '../../protocol/archive.ts';
import { toHex } from '../../protocol/bytes.ts';
import { sha256 } from '../../protocol/hash.ts';
import type { Policy } from '../../protocol/policy.ts';
import { openReplay, type ArchiveChunk, type EpochFacts, type Replay } from '../../protocol/replay/replay.ts';
import { findPolicy } from '../../schema/policy/shipped.ts';
import { ArchiveError, parseChunk, parseManifest } from '../../schema/wire/archive.ts';
import type { ArchiveSource } from './source.ts';

/** Bytes that are not what they have to be: a finding, not a fault of the network. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
  readonly check: string;

  constructor(check: string, message: string) {
    super(message);
    this.check = check;
  }
}

/** What `read` finds malformed becomes a failure of `check`. */
async function asFinding<T>(check: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ArchiveError) throw new Unreadable(check, error.message);
    throw error;
  }
}

async function loadChunk(source: ArchiveSource, manifest: Manifest, index: number): Promise<ArchiveChunk> {
  const ref = manifest.chunks[index];
  const bytes = ref === undefined ? null : await source.object(ref.sha256);
  if (ref === undefined || bytes === null) {
    throw new Unreadable('chunks', `chunk ${String(index)}: ${source.name} does not have ${ref?.sha256 ?? 'it'}`);
  }
  // other bytes than the manifest's are not parsed: the check of the chunks names them
  if (bytes.length > CHUNK_BYTES_MAX || toHex(sha256(bytes)) !== ref.sha256) return { bytes, lines: [] };
  const lines = await asFinding('chunks', () => {
    try {
      return parseChunk(bytes);
    } catch (error) {
      throw error instanceof ArchiveError ? new ArchiveError(`chunk ${String(index)}: ${error.message}`) : error;
    }
  });
  return { bytes, lines };
}

export type Loaded = { readonly replay: Replay; readonly policy: Policy };

/** @param manifestBytes whose hash is the report's. @throws Unreadable | CliError */
export async function loadReplay(
  facts: EpochFacts,
  source: ArchiveSource,
  manifestBytes: Uint8Array,
  onChunk: (done: number, total: number) => void,
): Promise<Loaded> {
  const manifest = await asFinding('manifest', () => parseManifest(manifestBytes));
  const policy = findPolicy(facts.policyHash) ?? (await asFinding('policy hash', () => source.policy(facts.policyHash)));
  const chunks: ArchiveChunk[] = [];
  for (const index of manifest.chunks.keys()) {
    chunks.push(await loadChunk(source, manifest, index));
    onChunk(chunks.length, manifest.chunks.length);
  }
  return { policy, replay: openReplay({ facts, policy, manifest, manifestBytes, chunks }) };
}
