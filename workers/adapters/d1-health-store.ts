// The working side of health in D1. A save is one batch: that the chunk was taken in, the nodes' states, their incidents, the events and whom
// they go to. Its first statements fail, and the batch with them, where somebody was faster.
import type { Hex } from '../../protocol/bytes.ts';
import type { Machine } from '../services/health/machine.ts';
import { INCIDENT_MS_KEPT, MUTE_MS_MAX, TOLD_MS_MAX, WORDS_PER_SAVE_MAX } from '../services/health/limits.ts';
import type {
  ChunkTally,
  DueAsk,
  HealthChange,
  HealthStore,
  KnownNode,
  Sighted,
  SlotTally,
  StoredHealth,
} from '../services/health/working-ports.ts';
import type { Chunk, HeardRow } from '../services/ports.ts';
import { batches } from './batches.ts';
import { incidentOf, type IncidentRow } from './d1-health.ts';
import { eventStatements } from './event-statements.ts';
import { retried } from './retry.ts';

const TAKE = 'INSERT INTO health_slots (epoch, slot, chunk, probes, failed) VALUES (?, ?, ?, ?, ?)';

const STALE = `
SELECT 1 FROM json_each(?1) AS wanted LEFT JOIN health_nodes AS known ON known.node_index = wanted.value ->> 0
WHERE coalesce(known.version, 0) <> wanted.value ->> 1`;

// A text that is no JSON is an error, which takes the whole batch back: SQL has no other way to say "unless".
const GUARD = `SELECT CASE WHEN EXISTS (${STALE}) THEN json('somebody was faster') END`;

const UPSERT = `
INSERT INTO health_nodes (node_index, node_id, state, version, machine, incident, since_ms, ask_at_ms)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7 FROM json_each(?1)
WHERE true ON CONFLICT (node_index) DO UPDATE SET node_id = excluded.node_id, state = excluded.state, version = excluded.version,
  machine = excluded.machine, incident = excluded.incident, since_ms = excluded.since_ms, ask_at_ms = excluded.ask_at_ms`;

const FORGET = 'DELETE FROM health_nodes WHERE node_index IN (SELECT value FROM json_each(?1))';

const UPSERT_INCIDENTS = `
INSERT INTO incidents (id, node_index, node_id, severity, cause, opened_at_ms, confirmed_at_ms, recovered_at_ms, seen_by, events)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7, value ->> 8, value ->> 9
FROM json_each(?1)
WHERE true ON CONFLICT (id) DO UPDATE SET severity = excluded.severity, cause = excluded.cause,
  confirmed_at_ms = excluded.confirmed_at_ms, recovered_at_ms = excluded.recovered_at_ms, seen_by = excluded.seen_by,
  events = excluded.events`;

const STORED = `
SELECT known.node_index AS own_index, known.node_id AS own_id, known.version, known.machine, incidents.*
FROM json_each(?1) AS wanted CROSS JOIN health_nodes AS known ON known.node_index = wanted.value
LEFT JOIN incidents ON incidents.id = known.incident`;

const MISSED = `
SELECT chunks.epoch, chunks.slot, chunks.chunk FROM chunks
LEFT JOIN health_slots AS taken ON (taken.epoch, taken.slot, taken.chunk) = (chunks.epoch, chunks.slot, chunks.chunk)
WHERE (chunks.epoch, chunks.slot) >= (?1, ?2) AND chunks.finished_at IS NOT NULL AND taken.epoch IS NULL
ORDER BY chunks.epoch, chunks.slot, chunks.chunk LIMIT ?3`;

const ROWS = `
SELECT slot, draw, node_index AS nodeIndex, node_id AS nodeId, kind, reason, started_at AS startedAt, transcript_hash AS transcriptHash
FROM audits WHERE epoch = ?1 AND slot = ?2 AND chunk = ?3`;

const KEEP_WORDS = `
INSERT INTO health_told (source, validator, heard_at_ms, sightings)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?1)
WHERE true ON CONFLICT (source) DO UPDATE SET validator = excluded.validator, heard_at_ms = excluded.heard_at_ms,
  sightings = excluded.sightings`;

const NODES = `
SELECT known.node_index AS "index", known.node_id AS id FROM json_each(?1) AS wanted
CROSS JOIN node_versions AS known ON known.node_index = wanted.value
WHERE known.retired = 0
  AND known.from_epoch = (SELECT max(from_epoch) FROM node_versions WHERE node_index = wanted.value AND from_epoch <= ?2)`;

type StoredRow = IncidentRow & {
  readonly own_index: number;
  readonly own_id: Hex;
  readonly version: number;
  readonly machine: string;
};

function storedOf(row: StoredRow): StoredHealth {
  return {
    node: { index: row.own_index, id: row.own_id },
    machine: JSON.parse(row.machine) as Machine,
    version: row.version,
    // A join that finds none leaves nulls, whatever the type says.
    incident: (row.id as string | null) === null ? null : incidentOf(row),
  };
}

function nodeTuples(changes: readonly HealthChange[], nowMs: number): unknown[] {
  return changes.flatMap(({ node, version, machine, incident }) => {
    if (machine === null) return [];
    const open = incident?.open === true ? incident.id : null;
    // Rises over deletions, too: what was read of a row that was there before is never taken for the new one's.
    const risen = Math.max(version + 1, nowMs);
    const row = [node.index, node.id, machine.state, risen, JSON.stringify(machine), open, machine.sinceMs];
    return [[...row, machine.ask?.atMs ?? null]];
  });
}

function incidentTuples(changes: readonly HealthChange[]): unknown[] {
  return changes.flatMap(({ incident: its }) => {
    if (its === null) return [];
    const row = [its.id, its.node.index, its.node.id, its.severity, its.cause, its.openedAtMs, its.confirmedAtMs];
    return [[...row, its.recoveredAtMs, JSON.stringify(its.seenBy), JSON.stringify(its.events)]];
  });
}

const versionsOf = (changes: readonly HealthChange[]): string =>
  JSON.stringify(changes.map(({ node, version }) => [node.index, version]));

function saving(
  db: D1Database,
  changes: readonly HealthChange[],
  taken: ChunkTally | null,
  nowMs: number,
): D1PreparedStatement[] {
  const well = changes.flatMap(({ node, machine }) => (machine === null ? [node.index] : []));
  const take =
    taken === null
      ? []
      : [db.prepare(TAKE).bind(taken.chunk.epoch, taken.chunk.slot, taken.chunk.chunk, taken.probes, taken.failed)];
  if (changes.length === 0) return take;
  return [
    ...take,
    db.prepare(GUARD).bind(versionsOf(changes)),
    db.prepare(UPSERT).bind(JSON.stringify(nodeTuples(changes, nowMs))),
    db.prepare(FORGET).bind(JSON.stringify(well)),
    db.prepare(UPSERT_INCIDENTS).bind(JSON.stringify(incidentTuples(changes))),
    ...eventStatements(
      db,
      changes.flatMap(({ events }) => events),
    ),
  ];
}

async function save(...[db, changes, taken, nowMs]: Parameters<typeof saving>): Promise<'saved' | 'stale' | 'taken'> {
  const statements = saving(db, changes, taken, nowMs);
  if (statements.length === 0) return 'saved';
  try {
    await db.batch(statements);
    return 'saved';
  } catch (error) {
    // What the database says is looked at again, not its words: the write may also have happened, and only its answer been lost.
    const { epoch, slot, chunk } = taken?.chunk ?? { epoch: -1, slot: -1, chunk: -1 };
    const known = 'SELECT 1 FROM health_slots WHERE epoch = ? AND slot = ? AND chunk = ?';
    if ((await db.prepare(known).bind(epoch, slot, chunk).first()) !== null) return 'taken';
    if ((await db.prepare(STALE).bind(versionsOf(changes)).first()) !== null) return 'stale';
    throw error;
  }
}

type WordRow = { readonly source: string; readonly validator: Hex; readonly heard_at_ms: number; readonly sightings: string };

function wordsOf(db: D1Database): Pick<HealthStore, 'words' | 'keepWords'> {
  return {
    words: async (sinceMs) => {
      const { results } = await db
        .prepare('SELECT * FROM health_told WHERE heard_at_ms >= ?1 ORDER BY source')
        .bind(sinceMs)
        .all<WordRow>();
      return results.map(({ source, validator, heard_at_ms: heardAtMs, sightings }) => {
        return { source, validator, heardAtMs, sightings: JSON.parse(sightings) as Sighted[] };
      });
    },
    keepWords: async (words) => {
      if (words.length === 0) return;
      const tuples = words.map((word) => [word.source, word.validator, word.heardAtMs, JSON.stringify(word.sightings)]);
      const statements = batches(tuples, WORDS_PER_SAVE_MAX).map((some) => db.prepare(KEEP_WORDS).bind(JSON.stringify(some)));
      await retried(() => db.batch(statements));
    },
  };
}

export function d1HealthStore(db: D1Database): HealthStore {
  return {
    stored: async (indices) => {
      if (indices.length === 0) return new Map();
      const { results } = await db.prepare(STORED).bind(JSON.stringify(indices)).all<StoredRow>();
      return new Map(results.map((row) => [row.own_index, storedOf(row)]));
    },
    unwell: async (after, limit) => {
      const sql = `SELECT node_index FROM health_nodes WHERE state <> 'healthy' AND node_index > ?1 ORDER BY node_index LIMIT ?2`;
      const { results } = await db.prepare(sql).bind(after, limit).all<{ node_index: number }>();
      return results.map((row) => row.node_index);
    },
    due: async (atMs, limit) => {
      const sql = `SELECT node_index AS node, machine ->> '$.ask.key' AS key, machine ->> '$.ask.step' AS step, ask_at_ms AS atMs
        FROM health_nodes WHERE ask_at_ms IS NOT NULL AND ask_at_ms <= ?1 ORDER BY ask_at_ms LIMIT ?2`;
      return (await db.prepare(sql).bind(atMs, limit).all<DueAsk>()).results;
    },
    save: (changes, taken, nowMs) => save(db, changes, taken, nowMs),
    slot: async (epoch, slot) => {
      const sql =
        'SELECT coalesce(sum(probes), 0) AS probes, coalesce(sum(failed), 0) AS failed FROM health_slots WHERE epoch = ? AND slot = ?';
      return (await db.prepare(sql).bind(epoch, slot).first<SlotTally>()) ?? { probes: 0, failed: 0 };
    },
    missed: async ({ epoch, slot }, limit) => (await db.prepare(MISSED).bind(epoch, slot, limit).all<Chunk>()).results,
    rowsOf: async ({ epoch, slot, chunk }) => (await db.prepare(ROWS).bind(epoch, slot, chunk).all<HeardRow>()).results,
    ...wordsOf(db),
    nodes: async (epoch, indices) => {
      if (indices.length === 0) return new Map();
      const { results } = await db.prepare(NODES).bind(JSON.stringify(indices), epoch).all<KnownNode>();
      return new Map(results.map((node) => [node.index, node]));
    },
    prune: async (epoch, nowMs) => {
      await db.batch([
        db.prepare('DELETE FROM health_slots WHERE epoch < ?').bind(epoch),
        db.prepare('DELETE FROM health_told WHERE heard_at_ms < ?').bind(nowMs - 2 * TOLD_MS_MAX),
        db.prepare('DELETE FROM incidents WHERE opened_at_ms < ? AND recovered_at_ms IS NOT NULL').bind(nowMs - INCIDENT_MS_KEPT),
        db.prepare('DELETE FROM quiets WHERE until_ms < ?').bind(nowMs - MUTE_MS_MAX),
        db.prepare('DELETE FROM public_windows WHERE until_ms < ?').bind(nowMs - MUTE_MS_MAX),
      ]);
    },
  };
}
