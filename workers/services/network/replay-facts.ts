// What the replay of one peer's epoch starts from: facts of the chain, and an archive that is read and bounded before it is believed.
import { CHUNK_BYTES_MAX, type ChunkRef, type Manifest } from '../../../protocol/archive.ts';
import type { BeaconRound } from '../../../protocol/beacon.ts';
import { ZERO32, type Hex } from '../../../protocol/bytes.ts';
import type { Policy } from '../../../protocol/policy.ts';
import { openReplay, type ArchiveChunk, type EpochFacts, type Replay } from '../../../protocol/replay/replay.ts';
import { drawsPerEpoch, type EpochNode } from '../../../protocol/schedule.ts';
import { ArchiveError, parseChunk, parseManifest } from '../../../schema/wire/archive.ts';
import { MANIFEST_BYTES_MAX } from '../../../schema/wire/limits.ts';
import { RECORD_BYTES_MAX } from '../../limits.ts';
import { fetchObject, missingText, objectPath, type Fetching } from './mirror-fetch.ts';
import type { NetworkContext, NetworkEpoch, PeerSeat, PostedReport } from './ports.ts';

/** Everything about one validator's epoch that is not its archive. */
export type Subject = {
  readonly known: NetworkEpoch;
  readonly policy: Policy;
  readonly nodes: readonly EpochNode[];
  readonly seat: PeerSeat;
  readonly posted: PostedReport;
};

/** A check that did not pass. `final`: what was found is wrong, whoever else is asked. */
export class Unsound extends Error {
  readonly check: string;
  readonly final: boolean;

  constructor(check: string, detail: string, final = true) {
    super(detail);
    this.check = check;
    this.final = final;
  }
}

export function factsOf({ domain, clock }: NetworkContext, { known, nodes, seat, posted }: Subject): EpochFacts {
  const { epoch, policyHash, seats } = known;
  const { report, reportHash, signature, due, done, previous, seedBase } = posted;
  return {
    ...{ domain, clock, epoch, validator: seat.operator, signer: seat.signer, policyHash, report, signature },
    ...{ stored: { reportHash, due, done }, previous, seedBase, nodes, validatorCount: seats.length },
    signers: new Map(seats.map(({ operator, signer }) => [operator, signer])),
  };
}

function parsed<T>(check: string, what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ArchiveError) throw new Unsound(check, what === '' ? error.message : `${what}: ${error.message}`);
    throw error;
  }
}

/** @throws Unsound */
export async function fetchManifest(
  fetching: Fetching,
  posted: PostedReport,
): Promise<{ manifest: Manifest; bytes: Uint8Array; source: Hex | null }> {
  const { archiveHash } = posted.report;
  const found = await fetchObject(fetching, {
    ...{ sha256: archiveHash, bytesMax: MANIFEST_BYTES_MAX, ownerPath: objectPath(archiveHash) },
  });
  if (found.bytes === null) throw new Unsound('archive', missingText('manifest', archiveHash, found), false);
  const { bytes, source } = found;
  return { bytes, source, manifest: parsed('manifest', '', () => parseManifest(bytes)) };
}

/** Most freshness rounds that an epoch's draws can have: its last slot's draws may start a little after its end. */
function roundsMax({ slotSeconds, slotsPerEpoch }: EpochFacts['clock'], { beacon, schedule }: Policy, draws: number): number {
  const seconds = slotSeconds * slotsPerEpoch + (schedule.jitterMs + draws) / 1000;
  return Math.ceil(seconds / beacon.periodSeconds) + 2;
}

/** The most records that so many draws can have: one each, and one for each member of a cohort. */
const recordsMax = ({ kinds }: Policy, draws: number): number => draws * Math.max(1, ...kinds.map(({ cohort }) => cohort));

/** Refuses an archive that is larger than the epoch's draws can make it, before any of it is fetched. @throws Unsound */
export function requireSize(facts: EpochFacts, policy: Policy, manifest: Manifest): void {
  const { clock, nodes, validatorCount, epoch } = facts;
  const draws = drawsPerEpoch({ epoch, clock, policy, nodeCount: nodes.length, validatorCount });
  const records = manifest.chunks.reduce((sum, ref) => sum + ref.records, 0);
  const bytes = manifest.chunks.reduce((sum, ref) => sum + ref.bytes, 0);
  const most = recordsMax(policy, draws);
  if (records > most) {
    const detail = `the manifest names ${String(records)} records, the epoch has ${String(draws)} draws and at most ${String(most)} records`;
    throw new Unsound('chunks', detail);
  }
  if (bytes > records * RECORD_BYTES_MAX) {
    throw new Unsound('chunks', `the manifest names ${String(bytes)} bytes for ${String(records)} records`);
  }
  const rounds = roundsMax(clock, policy, draws);
  if (manifest.rounds.length > rounds) {
    const found = String(manifest.rounds.length);
    throw new Unsound('freshness rounds listed', `the manifest lists ${found} rounds, the epoch has at most ${String(rounds)}`);
  }
}

/** @throws Unsound */
export async function fetchChunk(fetching: Fetching, ref: ChunkRef, index: number): Promise<ArchiveChunk> {
  const what = `chunk ${String(index)}`;
  const bytesMax = Math.min(CHUNK_BYTES_MAX, ref.bytes);
  const found = await fetchObject(fetching, { sha256: ref.sha256, bytesMax, ownerPath: objectPath(ref.sha256) });
  if (found.bytes === null) throw new Unsound('chunks', missingText(what, ref.sha256, found), false);
  const { bytes } = found;
  return { bytes, lines: parsed('chunks', what, () => parseChunk(bytes)) };
}

export type Archive = {
  readonly manifest: Manifest;
  readonly manifestBytes: Uint8Array;
  readonly chunks: readonly ArchiveChunk[];
  readonly source: Hex | null;
};

/** The rest of an archive whose manifest is there. @throws Unsound */
export async function fetchChunks(fetching: Fetching, manifest: Manifest): Promise<ArchiveChunk[]> {
  const chunks: ArchiveChunk[] = [];
  for (const [index, ref] of manifest.chunks.entries()) chunks.push(await fetchChunk(fetching, ref, index));
  return chunks;
}

export function replayOf(
  facts: EpochFacts,
  policy: Policy,
  { manifest, manifestBytes, chunks }: Pick<Archive, 'manifest' | 'manifestBytes' | 'chunks'>,
  known: (beacon: BeaconRound) => boolean,
): Replay {
  return openReplay({ facts, policy, manifest, manifestBytes, chunks, known });
}

/** Whether a record has anything to look into. */
export const hasTranscript = (row: { readonly transcriptHash: Hex }): boolean => row.transcriptHash !== ZERO32;
