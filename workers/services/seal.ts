// Seals an ended epoch: every due draw has exactly one row, the roots are computed from what is stored, the archive is
// written. Each step can be repeated after a crash and ends in the same root.
import { ARCHIVE_FORMAT, CHUNK_BYTES_MAX, archiveChunks, archiveHash, encodeManifest } from '../../protocol/archive.ts';
import type { Hex } from '../../protocol/bytes.ts';
import type { AuditRow } from '../../protocol/record.ts';
import { sealRows, type SealedRecords } from '../../protocol/report.ts';
import { epochDraws, epochStart, type EpochPlan } from '../../protocol/schedule.ts';
import { DomainError } from '../errors.ts';
import { SEAL_DRAWS_AT_ONCE } from '../limits.ts';
import { chunkCount } from './chunks.ts';
import { dueGroups } from './due.ts';
import { planOf } from './plan.ts';
import type { Context, EpochEntry, StoredRow } from './ports.ts';
import { unsentRow } from './rows.ts';

/** Whether the epoch may be sealed: it is over, and its probes are finished or their time is up. */
async function ready(context: Context, entry: EpochEntry, plan: EpochPlan): Promise<boolean> {
  const { clock, ports } = context;
  const late = ports.clock.nowMs() - 1000 * epochStart(clock, entry.epoch + 1);
  if (late < 0) return false;
  if (entry.state === 'sealing' || late >= 1000 * plan.policy.schedule.settleSeconds) return true;
  let expected = 0;
  for (let slot = 0; slot < clock.slotsPerEpoch; slot++) expected += chunkCount(plan, slot);
  return (await ports.ledger.finishedChunks(entry.epoch)) === expected;
}

const placeOf = ({ slot, draw }: { readonly slot: number; readonly draw: number }): string => `${String(slot)}/${String(draw)}`;

/** Rows for due draws that have none, members of cohorts too: issued and never finished, or never issued. */
async function missingRows(context: Context, plan: EpochPlan, rows: readonly AuditRow[]): Promise<StoredRow[]> {
  const have = new Set(rows.map(placeOf));
  // A draw with a row may lack a member's: which members it has is known from its operator's nodes only.
  const open = epochDraws(plan).filter((draw) => draw.cohort > 1 || !have.has(placeOf(draw)));
  const missing: StoredRow[] = [];
  for (let from = 0; from < open.length; from += SEAL_DRAWS_AT_ONCE) {
    const groups = await dueGroups(context.ports.ledger, plan, open.slice(from, from + SEAL_DRAWS_AT_ONCE));
    const lost = groups.flat().filter(({ draw }) => !have.has(placeOf(draw)));
    missing.push(...lost.map((due) => unsentRow(context, plan, due, 'interrupted')));
  }
  return missing;
}

/** Writes chunks, then the manifest that names them. Returns its hash. */
async function writeArchive(
  context: Context,
  entry: EpochEntry,
  plan: EpochPlan,
  rows: readonly AuditRow[],
  sealed: SealedRecords,
): Promise<Hex> {
  const { ledger, objects } = context.ports;
  if (entry.beacon === null) throw new DomainError('internal', 'An epoch without a beacon cannot be archived.');
  const used = [...new Set(rows.filter((row) => row.startedAt > 0).map((row) => row.freshnessRound))].sort((a, b) => a - b);
  const rounds = await ledger.rounds(used);
  const chunks = archiveChunks(rows, CHUNK_BYTES_MAX);
  for (const { ref, bytes } of chunks) await objects.put(`archive/${ref.sha256.slice(2)}`, bytes, entry.epoch);
  const manifest = encodeManifest({
    format: ARCHIVE_FORMAT,
    ...context.domain,
    epoch: entry.epoch,
    validator: context.validator,
    seed: plan.seed,
    policyHash: entry.policyHash,
    beacon: entry.beacon,
    nodeCount: entry.nodeCount,
    validatorCount: entry.validatorCount,
    due: sealed.due,
    done: sealed.done,
    auditRoot: sealed.auditRoot,
    summaryRoot: sealed.summaryRoot,
    rounds,
    chunks: chunks.map(({ ref }) => ref),
  });
  const hash = archiveHash(manifest);
  await objects.put(`archive/${hash.slice(2)}`, manifest, entry.epoch);
  return hash;
}

/** Returns false while it is too early. */
export async function sealEpoch(context: Context, entry: EpochEntry): Promise<boolean> {
  const { ledger, objects, clock } = context.ports;
  const plan = planOf(context, entry);
  if (!(await ready(context, entry, plan))) return false;
  await ledger.beginSealing(entry.epoch);
  await ledger.fill(await missingRows(context, plan, await ledger.rows(entry.epoch)));
  const rows = await ledger.rows(entry.epoch); // the roots are of what is stored, not of what this isolate remembers
  const sealed = sealRows(rows);
  const hash = await writeArchive(context, entry, plan, rows, sealed);
  await objects.put(`tree/${String(entry.epoch)}`, sealed.auditTree.nodes, entry.epoch);
  const places = rows.map(({ slot, draw }, i) => ({ slot, draw, place: sealed.auditTree.places[i] ?? 0 }));
  const { due, done, auditRoot, summaryRoot, summaries } = sealed;
  await ledger.finishSealing(
    entry.epoch,
    { due, done, auditRoot, summaryRoot, archiveHash: hash, summaries, places },
    clock.nowMs(),
  );
  return true;
}
