// The profiles' read models in D1. Each read is one statement over a key's range: a node's epochs, or one pass over the nodes in effect.
import { BUCKETS } from '../services/profiles/buckets.ts';
import type {
  BarSums,
  Facets,
  FacetsAsked,
  NodeSums,
  ProfilePorts,
  RecentRow,
  RegionCounts,
  Stretch,
} from '../services/profiles/ports.ts';
import type { Horizon } from '../services/views/visibility.ts';
import { census } from './d1-census.ts';
import { standingsOf, standingsStatement } from './d1-standings.ts';

// D1 binds every number as a real: without the casts below a division by a bound step is not a whole number, and each epoch its own stretch.
/** Each epoch's place among those of its stretch that have the column above zero, and how many those are: in one pass over the rows. */
const placed = (column: string): string => {
  const others = `PARTITION BY epoch / cast(?4 AS INTEGER), ${column} > 0`;
  return `row_number() OVER (${others} ORDER BY ${column}) AS ${column}_at, count(*) OVER (${others}) AS ${column}_of`;
};
/** The lower median over a stretch's epochs; null of none. */
const median = (column: string): string =>
  `max(CASE WHEN ${column} > 0 AND ${column}_at = (${column}_of + 1) / 2 THEN ${column} END)`;

// The newest score of a stretch is the one whose epoch is the highest: both in one number, as scores are at most 10^6.
const STRETCHES = `
WITH own AS (
  SELECT epoch, epoch / cast(?4 AS INTEGER) AS place, pass, wrong + slow + network AS fail, present, absent, latency_ms, latency_high_ms, measure, score_ppm,
    ${placed('latency_ms')}, ${placed('measure')}
  FROM node_epochs WHERE node_index = ?1 AND epoch BETWEEN ?2 AND ?3)
SELECT place, sum(pass) AS pass, sum(fail) AS fail, sum(present) AS present, sum(absent) AS absent, ${median('latency_ms')} AS latencyMs,
  max(nullif(latency_high_ms, 0)) AS latencyHighMs, ${median('measure')} AS rate, min(nullif(measure, 0)) AS rateLow,
  max(epoch * 2000000 + score_ppm) % 2000000 AS scorePpm
FROM own GROUP BY place ORDER BY place`;

const BARS = `
SELECT epoch / cast(?4 AS INTEGER) AS place, sum(pass) AS pass, sum(wrong + slow + network) AS fail, sum(present) AS present, sum(absent) AS absent
FROM node_epochs WHERE node_index = ?1 AND epoch BETWEEN ?2 AND ?3 GROUP BY 1 ORDER BY 1`;

const NODE_SUMS = `
SELECT min(epoch) AS fromEpoch, max(epoch) AS throughEpoch, coalesce(sum(pass), 0) AS pass, coalesce(sum(wrong), 0) AS wrong,
  coalesce(sum(wrong + slow + network), 0) AS fail, coalesce(sum(present), 0) AS present, coalesce(sum(absent), 0) AS absent
FROM node_epochs WHERE node_index = ?1 AND epoch BETWEEN ?2 AND ?3`;

const BUCKET_SUMS = Array.from({ length: BUCKETS }, (_, i) => `sum(line.value ->> ${String(3 + i)})`).join(', ');
const REGIONS = `
SELECT line.value ->> 0 AS region, sum(line.value ->> 1) AS present, sum(line.value ->> 2) AS absent, json_array(${BUCKET_SUMS}) AS counts
FROM node_epochs, json_each(node_epochs.regions) AS line
WHERE node_index = ?1 AND epoch BETWEEN ?2 AND ?3 GROUP BY 1 ORDER BY 1`;

const RECENT = `
SELECT epoch, audit.value ->> 0 AS validator, audit.value ->> 1 AS slot, audit.value ->> 2 AS draw, audit.value ->> 3 AS kind,
  audit.value ->> 4 AS outcome, audit.value ->> 5 AS reason, audit.value ->> 6 AS elapsedMs, audit.value ->> 7 AS measure,
  audit.value ->> 8 AS startedAtMs
FROM recent_audits, json_each(recent_audits.audits) AS audit
WHERE node_index = ?1 AND epoch <= ?2 ORDER BY epoch DESC, startedAtMs DESC, slot DESC, draw DESC, validator LIMIT ?3`;

const OWN_WORK = `
SELECT coalesce(sum(finished_at IS NOT NULL), 0) AS finished, coalesce(sum(finished_at IS NULL), 0) AS unfinished
FROM chunks WHERE epoch BETWEEN ?1 AND ?2`;

type OwnWork = { readonly finished: number; readonly unfinished: number };
type RegionRow = { readonly region: string; readonly present: number; readonly absent: number; readonly counts: string };
const NOTHING: NodeSums = { fromEpoch: null, throughEpoch: null, pass: 0, wrong: 0, fail: 0, present: 0, absent: 0 };

// Our own JSON, written by the statement above.
const regionOf = (row: RegionRow): RegionCounts => ({ ...row, counts: JSON.parse(row.counts) as number[] });

/** All that a profile shows, in one batch: one trip to the database instead of five. */
async function facets(d1: D1Database, horizon: Horizon, asked: FacetsAsked): Promise<Facets> {
  const { index, standing, sums: jobs, bars, regionsFrom, recentLimit } = asked;
  const { through } = horizon;
  const [standingRows, sums, barSums, regions, recent] = await d1.batch([
    standingsStatement(d1, horizon, standing),
    d1.prepare(NODE_SUMS).bind(index, jobs.from, jobs.through),
    d1.prepare(BARS).bind(index, bars.from, through, bars.step),
    d1.prepare(REGIONS).bind(index, regionsFrom, through),
    d1.prepare(RECENT).bind(index, through, recentLimit),
  ]);
  // The columns are those of the statements above.
  return {
    row: standingsOf(standingRows?.results ?? []).rows[0] ?? null,
    sums: (sums?.results[0] as NodeSums | undefined) ?? NOTHING,
    bars: (barSums?.results ?? []) as BarSums[],
    regions: ((regions?.results ?? []) as RegionRow[]).map(regionOf),
    recent: (recent?.results ?? []) as RecentRow[],
  };
}

export function d1Profiles(d1: D1Database): ProfilePorts {
  const rows = async <T>(sql: string, ...values: number[]): Promise<T[]> =>
    (
      await d1
        .prepare(sql)
        .bind(...values)
        .all<T>()
    ).results;
  return {
    census: (horizon, epochs) => census(d1, horizon, epochs),
    standings: async (horizon, page) => standingsOf((await standingsStatement(d1, horizon, page).all()).results),
    stretches: (horizon, index, { from, step }) => rows<Stretch>(STRETCHES, index, from, horizon.through, step),
    facets: (horizon, asked) => facets(d1, horizon, asked),
    ownWork: async (horizon, from) => (await rows<OwnWork>(OWN_WORK, from, horizon.through))[0] ?? { finished: 0, unfinished: 0 },
  };
}
