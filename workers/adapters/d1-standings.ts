// Nodes in effect with their line under one final root, filtered and in one of five orders: one statement, one pass over the nodes. The
// order is a number, smaller first, so that a cursor is a number and an index whatever the order.
import type { ScoredNode } from '../services/views/network-ports.ts';
import { jobEpochs, NO_JOBS } from '../services/profiles/job-epochs.ts';
import type { StandingPage, StandingRow } from '../services/profiles/ports.ts';
import type { Horizon } from '../services/views/visibility.ts';
import type { Hex } from '../../protocol/bytes.ts';
import type { Sort } from '../../schema/api/profile.ts';

/** Behind all that have what is sorted by; the rates of all devices that are known are below. */
const MISSING = '8000000000000000';
/** Behind everything else, and below 2^53. */
const RETIRED = '9000000000000000';

const KEYS: Readonly<Record<Sort, string>> = {
  score: `CASE WHEN coalesce(s.tier, 0) = 0 THEN ${MISSING} + 1000000 - coalesce(s.score_ppm, 0) ELSE 1000000 - s.score_ppm END`,
  rate: `CASE WHEN coalesce(s.measure, 0) = 0 THEN ${MISSING} ELSE ${MISSING} - min(s.measure, ${MISSING}) END`,
  latency: `CASE WHEN coalesce(s.latency_ms, 0) = 0 THEN ${MISSING} ELSE s.latency_ms END`,
  uptime: `CASE WHEN coalesce(s.uptime_samples, 0) = 0 THEN ${MISSING} ELSE 1000000 - s.uptime_low_ppm END`,
  index: '0',
};

const keyOf = (sort: Sort): string => (sort === 'index' ? '0' : `CASE WHEN v.retired THEN ${RETIRED} ELSE ${KEYS[sort]} END`);

// SQLite takes the other columns of `latest` from the row that has the maximum.
const statementOf = (sort: Sort, versions = 'from_epoch <= ?1'): string => `
WITH latest AS (
  SELECT node_index, max(from_epoch) AS from_epoch, node_id, operator, url, gpu_class, vram_mib, retired
  FROM node_versions WHERE ${versions} GROUP BY node_index),
found AS (
  SELECT v.*, s.epoch AS score_epoch, s.score_ppm, s.rate_ppm, s.correct_ppm, s.samples, s.effective_samples, s.measure, s.elapsed_ms,
    s.tier, s.uptime_ppm, s.uptime_low_ppm, s.uptime_samples, s.latency_ms, s.latency_high_ms, s.bandwidth,
    p.nearest, ${keyOf(sort)} AS place
  FROM latest AS v
  LEFT JOIN scores AS s ON s.epoch = ?2 AND s.node_index = v.node_index AND ?2 <= ?3
    AND EXISTS (SELECT 1 FROM roots WHERE roots.epoch = ?2 AND roots.state = 'final')
  LEFT JOIN node_places AS p ON p.node_index = v.node_index AND p.epoch <= ?3
  WHERE (?4 IS NULL OR v.gpu_class = ?4) AND (?5 IS NULL OR v.operator = ?5) AND (?6 IS NULL OR p.nearest = ?6)
    AND (?7 IS NULL OR coalesce(s.tier, 0) = ?7) AND (?8 IS NULL OR v.node_index = ?8)
    AND (?9 IS NULL OR instr(v.node_id, ?9) OR instr(v.operator, ?9) OR instr(lower(coalesce(v.gpu_class, '')), ?9)
      OR instr(replace(replace(lower(v.url), 'https://', ''), 'http://', ''), ?9) OR cast(v.node_index AS TEXT) = ?9)),
shown AS MATERIALIZED (
  SELECT * FROM found WHERE ?10 IS NULL OR (place, node_index) > (?10, ?11) ORDER BY place, node_index LIMIT ?12),
counted AS (
  SELECT own.node_index, own.pass, own.wrong, own.slow, own.network FROM shown CROSS JOIN node_spans AS own
    ON own.node_index = shown.node_index AND own.span >= ?13 AND own.span < ?14 WHERE shown.score_epoch IS NOT NULL
  UNION ALL
  SELECT own.node_index, own.pass, own.wrong, own.slow, own.network FROM shown CROSS JOIN node_epochs AS own
    ON own.node_index = shown.node_index AND own.epoch BETWEEN ?15 AND ?2 WHERE shown.score_epoch IS NOT NULL),
jobs AS MATERIALIZED (
  SELECT node_index, sum(pass) AS job_pass, sum(wrong) AS job_wrong, sum(slow) AS job_slow, sum(network) AS job_network
  FROM counted GROUP BY node_index)
SELECT shown.*, job_pass, job_wrong, job_slow, job_network, coalesce(e.validators, 0) AS validators, (SELECT count(*) FROM found) AS total
FROM shown LEFT JOIN node_epochs AS e ON e.node_index = shown.node_index AND e.epoch = shown.score_epoch
LEFT JOIN jobs ON jobs.node_index = shown.node_index
ORDER BY place, shown.node_index`;

const STATEMENTS: Readonly<Record<Sort, string>> = {
  ...{ score: statementOf('score'), rate: statementOf('rate'), latency: statementOf('latency') },
  ...{ uptime: statementOf('uptime'), index: statementOf('index') },
};

/** Of a single node, by its key. */
const ONE = statementOf('index', 'from_epoch <= ?1 AND node_index = ?8');

type Row = {
  readonly node_index: number;
  readonly from_epoch: number;
  readonly node_id: Hex;
  readonly operator: Hex;
  readonly url: string;
  readonly gpu_class: string | null;
  readonly vram_mib: number;
  readonly retired: number;
  /** Null where the root has no line of the node; then so are the next ones, up to `bandwidth`. */
  readonly score_epoch: number | null;
  readonly score_ppm: number;
  readonly rate_ppm: number;
  readonly correct_ppm: number;
  readonly samples: number;
  readonly effective_samples: number;
  readonly measure: number;
  readonly elapsed_ms: number;
  readonly tier: number;
  readonly uptime_ppm: number;
  readonly uptime_low_ppm: number;
  readonly uptime_samples: number;
  readonly latency_ms: number;
  readonly latency_high_ms: number;
  readonly bandwidth: number;
  readonly validators: number;
  /** Null where nothing is counted; so are the next three. */
  readonly job_pass: number | null;
  readonly job_wrong: number;
  readonly job_slow: number;
  readonly job_network: number;
  readonly nearest: string | null;
  readonly place: number;
  readonly total: number;
};

function scoreOf(row: Row): ScoredNode | null {
  if (row.score_epoch === null) return null;
  return {
    ...{ epoch: row.score_epoch, nodeIndex: row.node_index, nodeId: row.node_id, scorePpm: row.score_ppm, ratePpm: row.rate_ppm },
    ...{ correctPpm: row.correct_ppm, samples: row.samples, effectiveSamples: row.effective_samples, measure: row.measure },
    ...{ elapsedMs: row.elapsed_ms, tier: row.tier, uptimePpm: row.uptime_ppm, uptimeLowPpm: row.uptime_low_ppm },
    ...{ uptimeSamples: row.uptime_samples, latencyMs: row.latency_ms, latencyHighMs: row.latency_high_ms },
    bandwidth: row.bandwidth,
  };
}

function rowOf(row: Row): StandingRow {
  return {
    node: {
      ...{ index: row.node_index, fromEpoch: row.from_epoch, nodeId: row.node_id, operator: row.operator },
      ...{ url: row.url, gpuClass: row.gpu_class, vramMiB: row.vram_mib, retired: row.retired === 1 },
    },
    score: scoreOf(row),
    validators: row.validators,
    jobs:
      row.job_pass === null
        ? NO_JOBS
        : { pass: row.job_pass, wrong: row.job_wrong, slow: row.job_slow, network: row.job_network },
    nearest: row.nearest,
    key: row.place,
  };
}

/** For `all`, or for a batch. */
export function standingsStatement(
  d1: D1Database,
  horizon: Horizon,
  { current, root, sort, filter, after, limit }: StandingPage,
): D1PreparedStatement {
  const { gpuClass, operator, region, tier, index, search } = filter;
  const values = [current, root, horizon.through, gpuClass, operator, region, tier, index, search];
  const { firstSpan, lastSpan, tail } = jobEpochs(root);
  const jobs = [firstSpan, lastSpan, tail];
  return d1
    .prepare(index === null ? STATEMENTS[sort] : ONE)
    .bind(...values, after?.key ?? null, after?.index ?? null, limit, ...jobs);
}

/** @param results of the statement above */
export function standingsOf(results: readonly unknown[]): { rows: StandingRow[]; total: number } {
  const rows = results as readonly Row[];
  return { rows: rows.map(rowOf), total: rows[0]?.total ?? 0 };
}
