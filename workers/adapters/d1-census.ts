// How many nodes there are of what, and how much stands behind the newest root: four statements in one go.
import type { Census } from '../services/profiles/ports.ts';
import type { Horizon } from '../services/views/visibility.ts';

// SQLite takes `gpu_class` and `retired` from the row that has the maximum.
const LATEST = `
SELECT node_index, max(from_epoch) AS from_epoch, gpu_class, retired FROM node_versions WHERE from_epoch <= ?1 GROUP BY node_index`;

const CLASSES = `SELECT gpu_class AS name, count(*) AS nodes FROM (${LATEST}) WHERE NOT retired GROUP BY 1 ORDER BY 2 DESC, 1`;

const REGIONS = `
SELECT nearest AS name, count(*) AS nodes, cast(avg(latency_ms) AS INTEGER) AS latencyMs
FROM (${LATEST}) AS latest JOIN node_places ON node_places.node_index = latest.node_index AND node_places.epoch <= ?2
WHERE NOT latest.retired GROUP BY 1 ORDER BY 2 DESC, 1`;

const LINES = `
SELECT count(*) AS scored, coalesce(sum(samples), 0) AS jobs, coalesce(sum(uptime_samples), 0) AS questions
FROM scores WHERE epoch = ?1 AND ?1 <= ?2 AND EXISTS (SELECT 1 FROM roots WHERE roots.epoch = ?1 AND roots.state = 'final')`;

const REPORTS = `
SELECT coalesce(sum(due), 0) AS due, coalesce(sum(done), 0) AS done FROM mirrors WHERE epoch = ?1 AND ?1 <= ?2 AND state = 'verified'`;

type Lines = Pick<Census, 'scored' | 'jobs' | 'questions'>;
type Reports = Pick<Census, 'due' | 'done'>;

export async function census(
  d1: D1Database,
  { through }: Horizon,
  { current, root }: { readonly current: number; readonly root: number },
): Promise<Census> {
  const [classes, regions, lines, reports] = await d1.batch([
    d1.prepare(CLASSES).bind(current),
    d1.prepare(REGIONS).bind(current, through),
    d1.prepare(LINES).bind(root, through),
    d1.prepare(REPORTS).bind(root, through),
  ]);
  // The columns are those of the statements above.
  const ofClass = (classes?.results ?? []) as Census['classes'];
  return {
    nodes: ofClass.reduce((sum, { nodes }) => sum + nodes, 0),
    classes: ofClass,
    regions: (regions?.results ?? []) as Census['regions'],
    ...((lines?.results[0] as Lines | undefined) ?? { scored: 0, jobs: 0, questions: 0 }),
    ...((reports?.results[0] as Reports | undefined) ?? { due: 0, done: 0 }),
  };
}
