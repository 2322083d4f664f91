// The statements that keep the profiles' read models: one for a verified report's lines, and those that go with a root as it is taken in. All
// are idempotent: the same report and root give the same rows.
import type { Hex } from '../../protocol/bytes.ts';
import { BUCKETS } from '../services/profiles/buckets.ts';
import {
  AUDITS_PER_EPOCH,
  CLEARED_EPOCHS,
  EPOCHS_KEPT,
  LATENCY_BOUNDS_MS,
  LATENCY_OVER_MS,
  LINES_EPOCHS_KEPT,
  NODES_PER_PART,
  PLACE_EVERY_EPOCHS,
  PLACE_WINDOW_EPOCHS,
  RECENT_EPOCHS_KEPT,
  SPAN_EPOCHS,
} from '../services/profiles/limits.ts';
import { spanOf } from '../services/profiles/job-epochs.ts';
import type { ReportLine } from '../services/profiles/report-lines.ts';
import type { StoredRoot } from '../services/network/ports.ts';
import { batches } from './batches.ts';

const buckets = Array.from({ length: BUCKETS }, (_, i) => i);

/** As [nodeIndex, [[region, present, absent, …counts]], [[slot, draw, kind, outcome, reason, elapsedMs, measure, startedAt]]]. */
const tupleOf = ({ nodeIndex, regions, audits }: ReportLine): unknown[] => [
  nodeIndex,
  regions.map(({ region, present, absent, counts }) => [region, present, absent, ...counts]),
  audits.map((audit) => [
    ...[audit.slot, audit.draw, audit.kind, audit.outcome, audit.reason, audit.elapsedMs, audit.measure, audit.startedAt],
  ]),
];

/** Replaces what is kept of the report. */
export function lineStatements(
  d1: D1Database,
  { epoch, validator }: { readonly epoch: number; readonly validator: Hex },
  lines: readonly ReportLine[],
): D1PreparedStatement[] {
  const insert = d1.prepare('INSERT OR REPLACE INTO report_lines (epoch, validator, part, lines) VALUES (?, ?, ?, ?)');
  return [
    d1.prepare('DELETE FROM report_lines WHERE epoch = ? AND validator = ?').bind(epoch, validator),
    ...batches(lines, NODES_PER_PART).map((part, i) => insert.bind(epoch, validator, i, JSON.stringify(part.map(tupleOf)))),
  ];
}

// The root's own epoch and those of earlier reports that it is the first to count; never so far back that their lines are gone.
const COUNTED = `
counted AS (
  SELECT ?1 AS epoch UNION SELECT entry.value ->> 'epoch' FROM report_sets, json_each(report_sets.entries) AS entry
  WHERE report_sets.hash = ?2 AND entry.value ->> 'epoch' BETWEEN ?1 - ${String(LINES_EPOCHS_KEPT)} + 1 AND ?1),
reports AS (SELECT epoch, validator FROM mirrors WHERE epoch IN (SELECT epoch FROM counted) AND state = 'verified')`;

const MEDIANS = ['latency_ms', 'median_measure', 'bandwidth'] as const;
type Median = (typeof MEDIANS)[number];

/** A report's place among those that have the column above zero, and how many those are. */
const placesOf = (column: Median): string => {
  const others = `PARTITION BY epoch, node_index, ${column} > 0`;
  return `row_number() OVER (${others} ORDER BY ${column}) AS ${column}_at, count(*) OVER (${others}) AS ${column}_of`;
};
/** The lower median over reports; 0 of none. */
const medianOf = (column: Median): string =>
  `coalesce(max(CASE WHEN ${column} > 0 AND ${column}_at = (${column}_of + 1) / 2 THEN ${column} END), 0)`;

const ROLL_UP = `
WITH ${COUNTED},
told AS (
  SELECT tallies.*, ${MEDIANS.map(placesOf).join(', ')} FROM reports CROSS JOIN tallies USING (epoch, validator)),
lines AS (
  SELECT kept.epoch, line.value ->> 0 AS node_index, region.value AS region
  FROM reports CROSS JOIN report_lines AS kept USING (epoch, validator), json_each(kept.lines) AS line,
    json_each(line.value, '$[1]') AS region),
by_region AS (
  SELECT epoch, node_index, json_array(region ->> 0, sum(region ->> 1), sum(region ->> 2),
    ${buckets.map((i) => `sum(region ->> ${String(3 + i)})`).join(', ')}) AS line
  FROM lines GROUP BY epoch, node_index, region ->> 0),
regions AS MATERIALIZED (
  SELECT epoch, node_index, json_group_array(json(line)) AS lines FROM by_region GROUP BY epoch, node_index),
summed AS (
  SELECT epoch, node_index, sum(pass) AS pass, sum(wrong) AS wrong, sum(slow) AS slow, sum(network) AS network, sum(void) AS void,
    sum(busy) AS busy, sum(present) AS present, sum(absent) AS absent, ${medianOf('latency_ms')} AS latency_ms,
    max(latency_high_ms) AS latency_high_ms, ${medianOf('median_measure')} AS measure, ${medianOf('bandwidth')} AS bandwidth,
    count(*) AS validators
  FROM told GROUP BY epoch, node_index)
INSERT OR REPLACE INTO node_epochs (node_index, epoch, pass, wrong, slow, network, void, busy, present, absent, latency_ms,
  latency_high_ms, measure, bandwidth, validators, score_ppm, regions)
SELECT summed.node_index, summed.epoch, pass, wrong, slow, network, void, busy, present, absent, summed.latency_ms,
  summed.latency_high_ms, summed.measure, summed.bandwidth, validators, scores.score_ppm, coalesce(regions.lines, '[]')
FROM summed
LEFT JOIN scores ON scores.epoch = summed.epoch AND scores.node_index = summed.node_index
LEFT JOIN regions ON regions.epoch = summed.epoch AND regions.node_index = summed.node_index`;

const RECENT = `
WITH ${COUNTED},
audits AS (
  SELECT kept.epoch, line.value ->> 0 AS node_index, json_insert(json_array(kept.validator),
    ${buckets
      .slice(0, 8)
      .map((i) => `'$[#]', audit.value ->> ${String(i)}`)
      .join(', ')}) AS audit,
    audit.value ->> 3 = 'fail' AS failed, audit.value ->> 7 AS at, audit.value ->> 0 AS slot, audit.value ->> 1 AS draw, kept.validator
  FROM reports CROSS JOIN report_lines AS kept USING (epoch, validator), json_each(kept.lines) AS line,
    json_each(line.value, '$[2]') AS audit),
placed AS (
  SELECT *, row_number() OVER (
    PARTITION BY epoch, node_index ORDER BY failed DESC, at DESC, slot DESC, draw DESC, validator) AS place
  FROM audits)
INSERT OR REPLACE INTO recent_audits (node_index, epoch, audits)
SELECT node_index, epoch, json_group_array(json(audit)) FROM placed WHERE place <= ${String(AUDITS_PER_EPOCH)}
GROUP BY epoch, node_index`;

/** The upper end of the bucket in which half of the counts lie. */
const MEDIAN_MS = `CASE ${buckets
  .slice(0, -1)
  .map((i) => {
    const seen = buckets.slice(0, i + 1).map((n) => `b${String(n)}`);
    return `WHEN 2 * (${seen.join(' + ')}) >= present THEN ${String(LATENCY_BOUNDS_MS[i])}`;
  })
  .join(' ')} ELSE ${String(LATENCY_OVER_MS)} END`;

// A part of the nodes each time, and those that are new; written only where something changes. Of two regions that are as near the
// one that was asked more often, so that the place does not jump.
const PLACES = `
WITH wanted AS (
  SELECT DISTINCT node_index FROM node_versions
  WHERE node_index % ${String(PLACE_EVERY_EPOCHS)} = ?1 % ${String(PLACE_EVERY_EPOCHS)}
    OR from_epoch > ?1 - ${String(PLACE_EVERY_EPOCHS)}),
sums AS (
  SELECT own.node_index, line.value ->> 0 AS region, sum(line.value ->> 1) AS present,
    ${buckets.map((i) => `sum(line.value ->> ${String(3 + i)}) AS b${String(i)}`).join(', ')}
  FROM wanted CROSS JOIN node_epochs AS own ON own.node_index = wanted.node_index
    AND own.epoch BETWEEN ?1 - ${String(PLACE_WINDOW_EPOCHS)} + 1 AND ?1, json_each(own.regions) AS line
  GROUP BY 1, 2),
medians AS (SELECT node_index, region, present, ${MEDIAN_MS} AS latency_ms FROM sums WHERE present > 0),
placed AS (
  SELECT *, row_number() OVER (PARTITION BY node_index ORDER BY latency_ms, present DESC, region) AS place FROM medians)
INSERT INTO node_places (node_index, epoch, nearest, latency_ms)
SELECT node_index, ?1, region, latency_ms FROM placed WHERE place = 1
ON CONFLICT (node_index) DO UPDATE SET epoch = excluded.epoch, nearest = excluded.nearest, latency_ms = excluded.latency_ms
WHERE excluded.nearest <> node_places.nearest OR excluded.latency_ms <> node_places.latency_ms`;

// Sums over whole spans, again from what is kept of their epochs; written only where something changes. At least from the span of the last
// root before ?3 on, however long ago that was: it may have been the last of its span.
const SPANS = `
INSERT INTO node_spans (node_index, span, pass, wrong, slow, network)
SELECT own.node_index, own.epoch / ${String(SPAN_EPOCHS)} AS span, sum(own.pass), sum(own.wrong), sum(own.slow), sum(own.network)
FROM (SELECT DISTINCT node_index FROM node_versions) AS nodes CROSS JOIN node_epochs AS own
  ON own.node_index = nodes.node_index AND own.epoch < ?2
  AND own.epoch >= min(?1, coalesce(
    (SELECT max(epoch) / ${String(SPAN_EPOCHS)} * ${String(SPAN_EPOCHS)} FROM roots WHERE epoch < ?3 AND state = 'final'), ?1))
WHERE true GROUP BY 1, 2
ON CONFLICT (node_index, span) DO UPDATE SET pass = excluded.pass, wrong = excluded.wrong, slow = excluded.slow, network = excluded.network
WHERE (excluded.pass, excluded.wrong, excluded.slow, excluded.network)
  <> (node_spans.pass, node_spans.wrong, node_spans.slow, node_spans.network)`;

/** Spans that ended before `epoch` and have an epoch that its root may have changed, or that came since the root before it. */
function sumSpans(d1: D1Database, epoch: number): D1PreparedStatement {
  const first = spanOf(Math.max(0, epoch - LINES_EPOCHS_KEPT));
  return d1.prepare(SPANS).bind(SPAN_EPOCHS * first, SPAN_EPOCHS * spanOf(epoch), epoch);
}

/** Rows of all nodes in a range of epochs or spans, by their keys. */
const clear = (table: 'node_epochs' | 'recent_audits' | 'node_spans'): string =>
  `DELETE FROM ${table} WHERE node_index IN (SELECT DISTINCT node_index FROM node_versions)
   AND ${table === 'node_spans' ? 'span' : 'epoch'} BETWEEN ?1 AND ?2`;

function clearOld(d1: D1Database, epoch: number): D1PreparedStatement[] {
  const range = (kept: number): [number, number] => [epoch - kept - CLEARED_EPOCHS + 1, epoch - kept];
  return [
    d1.prepare(clear('node_epochs')).bind(...range(EPOCHS_KEPT)),
    d1.prepare(clear('recent_audits')).bind(...range(RECENT_EPOCHS_KEPT)),
    // A span goes when its last epoch did.
    d1.prepare(clear('node_spans')).bind(...range(EPOCHS_KEPT + SPAN_EPOCHS).map(spanOf)),
    d1.prepare('DELETE FROM report_lines WHERE epoch <= ?').bind(epoch - LINES_EPOCHS_KEPT),
  ];
}

/** What goes into the batch that stores a root, after its lines. A disputed root has no profile. */
export function profileStatements(d1: D1Database, { epoch, root, state }: StoredRoot): D1PreparedStatement[] {
  if (state !== 'final') return forgetStatements(d1, epoch - 1, epoch);
  return [
    d1.prepare(ROLL_UP).bind(epoch, root.reportSetHash),
    d1.prepare(RECENT).bind(epoch, root.reportSetHash),
    d1.prepare(PLACES).bind(epoch),
    sumSpans(d1, epoch),
    ...clearOld(d1, epoch),
  ];
}

/** Beyond every epoch that there can be (a slot is a second at least), and far from where numbers get inexact. */
const FOREVER = 1e12;

/** Of roots that are on the chain no more. */
export function forgetStatements(d1: D1Database, after: number, through = FOREVER): D1PreparedStatement[] {
  const tables = ['node_epochs', 'recent_audits'] as const;
  const [first, last] = [Math.max(0, spanOf(after + 1)), spanOf(through)];
  return [
    ...tables.map((table) => d1.prepare(clear(table)).bind(after + 1, through)),
    d1.prepare(clear('node_spans')).bind(first, last),
    // What the first and the last of these spans have left.
    d1.prepare(SPANS).bind(SPAN_EPOCHS * first, SPAN_EPOCHS * (last + 1), after + 1),
  ];
}
