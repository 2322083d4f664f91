// Fills D1 and R2 with epochs as sealing leaves them: real records, roots, trees, archives and transcripts, from a small
// deterministic generator. Nodes differ: 0 passes, 1 computes wrongly, 2 is unreachable at times, further ones pass.
import { ARCHIVE_FORMAT, archiveChunks, archiveHash, encodeManifest } from '../../../protocol/archive.ts';
import { concat, toHex, u32, ZERO32, type Hex } from '../../../protocol/bytes.ts';
import { sha256, tag } from '../../../protocol/hash.ts';
import type { AuditRow } from '../../../protocol/record.ts';
import { reportHash, sealRows, type EpochReport } from '../../../protocol/report.ts';
import { EMPTY_TRANSCRIPT, encodeTranscript } from '../../../protocol/transcript.ts';
import { verdictOf, type Reason } from '../../../protocol/verdict.ts';
import { audits, chunks, epochs, nodeVersions, summaries, type EpochState } from '../../../schema/tables/index.ts';
import { epochStart } from '../../../protocol/schedule.ts';
import { openDb } from '../../../workers/adapters/views/revealed.ts';
import { bindings, CLOCK, embeddedPolicy, REGISTRY, VALIDATOR } from './web-env.ts';
import { policyHash } from '../../../protocol/policy.ts';

const digest = (name: string, ...numbers: number[]): Uint8Array => sha256(tag(name), ...numbers.map(u32));
const hashOf = (name: string, ...numbers: number[]): Hex => toHex(digest(name, ...numbers));

export const nodeIdOf = (index: number): Hex => hashOf('node', index);
export const seedOf = (epoch: number): Hex => hashOf('seed', epoch);

export type NodeSeed = {
  readonly index: number;
  readonly url?: string;
  readonly gpuClass?: string | null;
  readonly retired?: boolean;
  readonly fromEpoch?: number;
};

export async function addNodes(nodes: readonly NodeSeed[]): Promise<void> {
  const db = openDb(bindings.DB);
  for (const { index, url, gpuClass, retired, fromEpoch } of nodes) {
    const keys = { keyX: hashOf('x', index), keyY: hashOf('y', index) };
    await db.insert(nodeVersions).values({
      ...{ nodeIndex: index, fromEpoch: fromEpoch ?? 0, nodeId: nodeIdOf(index), ...keys },
      operator: toHex(digest('operator', index).subarray(0, 20)),
      url: url ?? `https://gpu-${String(index)}.example.net/`,
      gpuClass: gpuClass === undefined ? 'cpu-demo' : gpuClass,
      vramMiB: 24_576,
      retired: retired ?? false,
    });
  }
}

function reasonOf(node: number, at: number): Reason {
  if (node === 1) return at % 4 === 1 ? 'none' : 'wrong_result';
  if (node === 2 && at % 5 === 0) return 'unreachable';
  if (node === 2 && at % 7 === 0) return 'below_claim';
  return at % 29 === 0 ? 'interrupted' : 'none';
}

type Made = { readonly row: AuditRow; readonly transcript: Uint8Array | null };

/** One draw a node and slot; its record as an audit would leave it. */
function makeRow(epoch: number, slot: number, draw: number, nodeIndex: number): Made {
  const reason = reasonOf(nodeIndex, epoch * CLOCK.slotsPerEpoch + slot);
  const { outcome } = verdictOf(reason);
  const sent = outcome !== 'void';
  const answered = sent && reason !== 'unreachable';
  const name = (label: string): Hex => hashOf(label, epoch, slot, draw);
  const part = (label: string, length: number): Uint8Array => concat(digest(label, epoch, slot, draw), new Uint8Array(length));
  const none = new Uint8Array();
  const replies = answered ? [part('commitment', 96), part('draw', 12), part('opening', 200)] : [none, none, none];
  const [commitment = none, drawn = none, opening = none] = replies;
  const transcript = sent
    ? encodeTranscript({ ...EMPTY_TRANSCRIPT, challenge: part('challenge', 64), commitment, draw: drawn, opening })
    : null;
  const startedAt = 1000 * (epochStart(CLOCK, epoch) + slot * CLOCK.slotSeconds) + 100 * draw;
  const row: AuditRow = {
    ...{ epoch, slot, draw, validator: VALIDATOR, nodeIndex, nodeId: nodeIdOf(nodeIndex), kind: 1, outcome, reason },
    challengeHash: sent ? name('challengeHash') : ZERO32,
    commitment: answered ? name('commitmentHash') : ZERO32,
    openingHash: answered ? name('openingHash') : ZERO32,
    elapsedMs: answered ? 800 + 13 * draw + nodeIndex : 0,
    measure: reason === 'none' || reason === 'below_claim' ? 312_000_000 + 1_000_000 * nodeIndex : 0,
    freshnessRound: Math.floor(startedAt / 1000) - 1_700_000_000 + 1,
    startedAt: sent ? startedAt : 0,
    transcriptHash: transcript === null ? ZERO32 : toHex(sha256(transcript)),
  };
  return { row, transcript };
}

async function storeAudits(epoch: number, made: readonly Made[], places: Uint32Array): Promise<void> {
  const offsets = new Map<number, Uint8Array[]>();
  const stored = made.map(({ row, transcript }, i) => {
    const parts = offsets.get(row.slot) ?? [];
    offsets.set(row.slot, parts);
    const transcriptOffset = parts.reduce((sum, part) => sum + part.length, 0);
    if (transcript !== null) parts.push(transcript);
    const where = transcript === null ? { chunk: null } : { chunk: 0, transcriptOffset, transcriptLength: transcript.length };
    const { validator: _validator, ...columns } = row;
    return { ...columns, ...where, treePlace: places[i] ?? null };
  });
  const db = openDb(bindings.DB);
  // Four rows a statement: twenty columns each, and a statement takes a hundred parameters.
  const inserts = Array.from({ length: Math.ceil(stored.length / 4) }, (_, i) =>
    db.insert(audits).values(stored.slice(4 * i, 4 * i + 4)),
  );
  const [first, ...others] = inserts;
  if (first !== undefined) await db.batch([first, ...others]);
  for (const [slot, parts] of offsets) {
    const key = `transcripts/${String(epoch)}/${String(slot)}/0`;
    await bindings.ARCHIVE.put(key, concat(...parts), { customMetadata: { epoch: String(epoch) } });
    await db.insert(chunks).values({ epoch, slot, chunk: 0, issuedAt: 1, finishedAt: 2, transcripts: key });
  }
}

export type EpochSeed = {
  readonly epoch: number;
  readonly nodes: readonly number[];
  readonly state?: EpochState;
  readonly slots?: number;
};
export type SeededEpoch = {
  readonly rows: AuditRow[];
  readonly auditRoot: Hex;
  readonly manifest: Uint8Array;
  readonly archiveHash: Hex;
  readonly chunkHashes: Hex[];
};

/** An epoch with `slots` draws a node. Whatever its state, all its rows and objects are there: what hides it is the state alone. */
export async function addEpoch({ epoch, nodes, state = 'posted', slots = 4 }: EpochSeed): Promise<SeededEpoch> {
  const made = Array.from({ length: slots }, (_, slot) => nodes.map((node, draw) => makeRow(epoch, slot, draw, node))).flat();
  const rows = made.map(({ row }) => row);
  const sealed = sealRows(rows);
  const metadata = { customMetadata: { epoch: String(epoch) } };
  const archive = archiveChunks(rows, 2_000);
  const refs = archive.map(({ ref }) => ref);
  for (const { ref, bytes } of archive) await bindings.ARCHIVE.put(`archive/${ref.sha256.slice(2)}`, bytes, metadata);
  const counts = { due: sealed.due, done: sealed.done, auditRoot: sealed.auditRoot, summaryRoot: sealed.summaryRoot };
  const beacon = { round: 1000 + epoch, signature: toHex(concat(digest('beacon', epoch), new Uint8Array(16))) };
  const set = { nodeCount: nodes.length, validatorCount: 1 };
  const hashes = { seed: seedOf(epoch), policyHash: policyHash(embeddedPolicy()) };
  const manifest = encodeManifest({
    ...{ format: ARCHIVE_FORMAT, chainId: 31337, registry: REGISTRY, epoch, validator: VALIDATOR, beacon },
    ...{ ...set, ...hashes, ...counts, rounds: [], chunks: refs },
  });
  const hash = archiveHash(manifest);
  await bindings.ARCHIVE.put(`archive/${hash.slice(2)}`, manifest, metadata);
  await bindings.ARCHIVE.put(`tree/${String(epoch)}`, sealed.auditTree.nodes, metadata);
  await storeAudits(epoch, made, sealed.auditTree.places);
  const report: EpochReport = {
    ...{ epoch, validator: VALIDATOR, ...counts, ...hashes, beaconRound: beacon.round, nodeCount: nodes.length },
    ...{ previous: ZERO32, archiveHash: hash },
  };
  const count = (outcome: AuditRow['outcome']): number => rows.filter((row) => row.outcome === outcome).length;
  const db = openDb(bindings.DB);
  await db.insert(epochs).values({
    ...{ epoch, state, ...set, beaconRound: beacon.round, beaconSignature: beacon.signature, ...counts, archiveHash: hash },
    ...{ baseEpoch: 0, baseSeed: ZERO32, pass: count('pass'), fail: count('fail'), void: count('void') },
    sealedAt: 1000 * epochStart(CLOCK, epoch + 1) + 500,
    // Signed before it is posted: the row has it while the state is still `sealed`.
    ...{ report: JSON.stringify(report), reportHash: reportHash(report), signature: toHex(new Uint8Array(65).fill(7)) },
    ...(state === 'posted'
      ? {
          transactionHash: hashOf('transaction', epoch),
          blockNumber: 100 + epoch,
          postedAt: 1000 * epochStart(CLOCK, epoch + 1) + 900,
        }
      : {}),
  });
  for (const { validator: _validator, ...line } of sealed.summaries) await db.insert(summaries).values(line);
  return { rows, auditRoot: sealed.auditRoot, manifest, archiveHash: hash, chunkHashes: refs.map(({ sha256: name }) => name) };
}
