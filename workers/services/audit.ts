// Runs one chunk: claims it, probes its due draws at their times, stores all results at once. A chunk that was claimed before
// is left alone, whatever became of it: sealing makes VOIDs of what is missing, and no node is probed twice for a draw.
import { randomnessOf, type BeaconRound } from '../../protocol/beacon.ts';
import { ZERO32, concat, toHex } from '../../protocol/bytes.ts';
import { sha256 } from '../../protocol/hash.ts';
import type { AuditRow } from '../../protocol/record.ts';
import { auditClass, freshnessEnd, type Draw, type EpochNode, type EpochPlan } from '../../protocol/schedule.ts';
import { encodeTranscript } from '../../protocol/transcript.ts';
import { verdictOf, type Reason } from '../../protocol/verdict.ts';
import { DomainError } from '../errors.ts';
import { NETWORK_FAULT_PROBES_MIN, PROBES_IN_FLIGHT_MAX, WAIT_MS_MAX } from '../limits.ts';
import { planOf } from './plan.ts';
import { chunkDraws } from './chunks.ts';
import { probe, type Probe } from './probe.ts';
import type { Chunk, Context, FinishedRow } from './ports.ts';
import { semaphore, type Semaphore } from './semaphore.ts';

/** 'stored' · 'repeated': claimed before · 'closed': the epoch takes no results (any more). */
export type ChunkOutcome = 'stored' | 'repeated' | 'closed';

type Result = { readonly row: AuditRow; readonly transcript: Uint8Array | null; readonly round: BeaconRound | null };

/** Failures that a broken line on our own side would cause as well. */
const MAY_BE_OURS: ReadonlySet<Reason> = new Set(['unreachable', 'timeout', 'tls']);

/** A row for a draw that no challenge was sent for. */
export function unsentRow(context: Context, plan: EpochPlan, draw: Draw, nodeId: EpochNode['nodeId'], reason: Reason): AuditRow {
  return {
    ...{
      epoch: plan.epoch,
      slot: draw.slot,
      draw: draw.draw,
      validator: context.validator,
      nodeIndex: draw.nodeIndex,
      nodeId,
      kind: draw.kind,
    },
    ...{ challengeHash: ZERO32, commitment: ZERO32, openingHash: ZERO32, ...verdictOf(reason), elapsedMs: 0, measure: 0 },
    ...{ freshnessRound: draw.freshnessRound, startedAt: 0, transcriptHash: ZERO32 },
  };
}

function resultOf(row: AuditRow, done: Probe, round: BeaconRound): Result {
  const transcript = encodeTranscript(done.transcript);
  const { reason, challengeHash, commitment, openingHash, elapsedMs, measure, startedAt } = done;
  const facts = { challengeHash, commitment, openingHash, elapsedMs, measure, startedAt, ...verdictOf(reason) };
  return { row: { ...row, ...facts, transcriptHash: toHex(sha256(transcript)) }, transcript, round };
}

async function runDraw(
  context: Context,
  plan: EpochPlan,
  draw: Draw,
  node: EpochNode,
  places: Semaphore,
): Promise<Result | null> {
  const gpuClass = auditClass(plan.policy, node);
  if (gpuClass === null) return null; // an idle draw has no record
  const { clock, beacon, transport } = context.ports;
  const unsent = (reason: Reason): Result => ({
    row: unsentRow(context, plan, draw, node.nodeId, reason),
    transcript: null,
    round: null,
  });
  await clock.until(draw.scheduledMs);
  return places.run(async () => {
    const staleAt = freshnessEnd(plan.policy, draw.freshnessRound);
    // Early counts as late: a record that starts before its time is one that every replay refuses.
    const untimely = (): boolean => clock.nowMs() < draw.scheduledMs || clock.nowMs() >= staleAt;
    if (untimely()) return unsent('auditor_fault');
    const round = await beacon.round(draw.freshnessRound);
    if (round === null) return unsent('beacon_outage');
    await transport.prepare(node.url);
    if (untimely()) return unsent('auditor_fault');
    const done = await probe(context, { plan, draw, node, gpuClass, randomness: randomnessOf(round.signature) });
    const ours = MAY_BE_OURS.has(done.reason) && done.commitment === ZERO32 && !(await beacon.control());
    return resultOf(unsent('none').row, ours ? { ...done, reason: 'auditor_fault' } : done, round);
  });
}

/**
 * When over a third of many probes fail at network level and one of them is known to be our own fault, the others are it, too. The
 * share alone proves nothing: nodes cost little, and whoever holds a third of them could turn his failures into VOIDs.
 */
function forgiveOutage(results: readonly Result[]): Result[] {
  const suspects = results.filter(({ row }) => MAY_BE_OURS.has(row.reason) && row.commitment === ZERO32);
  const sent = results.filter(({ transcript }) => transcript !== null);
  const ours = sent.filter(({ row }) => row.reason === 'auditor_fault').length;
  const many = sent.length >= NETWORK_FAULT_PROBES_MIN && 3 * (suspects.length + ours) > sent.length;
  if (ours === 0 || !many) return [...results];
  return results.map((result) =>
    suspects.includes(result) ? { ...result, row: { ...result.row, ...verdictOf('auditor_fault') } } : result,
  );
}

/** Transcripts one after the other, and where each lies. */
function pack(results: readonly Result[]): { rows: FinishedRow[]; bytes: Uint8Array } {
  const parts: Uint8Array[] = [];
  let offset = 0;
  const rows = results.map(({ row, transcript }) => {
    if (transcript === null) return { ...row, transcriptOffset: null, transcriptLength: null };
    const place = { transcriptOffset: offset, transcriptLength: transcript.length };
    parts.push(transcript);
    offset += transcript.length;
    return { ...row, ...place };
  });
  return { rows, bytes: concat(...parts) };
}

/** @throws what a draw threw, after the results of all others have been stored */
export async function auditChunk(context: Context, chunk: Chunk): Promise<ChunkOutcome> {
  const { ledger, objects, clock } = context.ports;
  const entry = await ledger.epoch(chunk.epoch);
  if (entry?.state !== 'open') return 'closed';
  const plan = planOf(context, entry);
  const draws = chunkDraws(plan, chunk);
  const [first] = draws;
  if (first === undefined) return 'closed'; // the schedule has no such chunk
  if (first.scheduledMs - clock.nowMs() > WAIT_MS_MAX) throw new DomainError('not_ready', 'A chunk came long before its time.');
  const nodes = await ledger.nodes(chunk.epoch, [...new Set(draws.map((draw) => draw.nodeIndex))]);
  if (!(await ledger.claim(chunk, clock.nowMs()))) return 'repeated';
  const places = semaphore(PROBES_IN_FLIGHT_MAX);
  const settled = await Promise.allSettled(
    draws.map(async (draw) => {
      const node = nodes.get(draw.nodeIndex);
      return node === undefined ? null : runDraw(context, plan, draw, node, places);
    }),
  );
  const done = settled.flatMap((draw) => (draw.status === 'fulfilled' && draw.value !== null ? [draw.value] : []));
  const results = forgiveOutage(done);
  const { rows, bytes } = pack(results);
  const key = bytes.length === 0 ? null : `transcripts/${String(chunk.epoch)}/${String(chunk.slot)}/${String(chunk.chunk)}`;
  if (key !== null) await objects.put(key, bytes, chunk.epoch);
  const rounds = new Map(results.flatMap(({ round }) => (round === null ? [] : [[round.round, round]])));
  const stored = await ledger.finish(chunk, rows, [...rounds.values()], key, clock.nowMs());
  const broken = settled.find((draw) => draw.status === 'rejected');
  if (broken !== undefined) throw broken.reason; // its draw alone has no row, and becomes a VOID at sealing
  return stored ? 'stored' : 'closed';
}
