// Counters and gauges in OpenMetrics text form. Label values come from closed sets only, so a stranger can't make series.
import { PROBLEM_CODES, type ProblemCode } from '../problem.ts';

export const METRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
const BUCKETS_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export type Route = 'challenges' | 'openings';
export type Metrics = {
  answered(route: Route): void;
  refused(code: ProblemCode): void;
  /** One finished computation. */
  observeJob(seconds: number, ops: number): void;
  text(gauges: { queue: number; capacity: number; waiting: number }): string;
};

const family = (name: string, type: string, help: string, samples: readonly string[]): string[] => [
  `# TYPE assay_runner_${name} ${type}`,
  `# HELP assay_runner_${name} ${help}`,
  ...samples.map((sample) => `assay_runner_${name}${sample}`),
];

export function createMetrics(): Metrics {
  const answered = { challenges: 0, openings: 0 };
  const refused = new Map<ProblemCode, number>(PROBLEM_CODES.map((code) => [code, 0]));
  const buckets = BUCKETS_SECONDS.map(() => 0);
  let jobs = 0;
  let secondsTotal = 0;
  let opsTotal = 0;

  const histogram = (): string[] => [
    ...BUCKETS_SECONDS.map((bound, i) => `_bucket{le="${bound.toFixed(2)}"} ${String(buckets[i] ?? 0)}`),
    `_bucket{le="+Inf"} ${String(jobs)}`,
    `_count ${String(jobs)}`,
    `_sum ${String(secondsTotal)}`,
  ];
  return {
    answered(route) {
      answered[route]++;
    },
    refused: (code) => void refused.set(code, (refused.get(code) ?? 0) + 1),
    observeJob(seconds, ops) {
      jobs++;
      secondsTotal += seconds;
      opsTotal += ops;
      for (const [i, bound] of BUCKETS_SECONDS.entries()) if (seconds <= bound) buckets[i] = (buckets[i] ?? 0) + 1;
    },
    text({ queue, capacity, waiting }) {
      const { heapUsed, rss } = process.memoryUsage();
      return [
        ...family('answers', 'counter', 'Requests answered with a signed message.', [
          `_total{route="challenges"} ${String(answered.challenges)}`,
          `_total{route="openings"} ${String(answered.openings)}`,
        ]),
        ...family('refusals', 'counter', 'Requests refused, by reason.', [
          ...[...refused].map(([code, count]) => `_total{reason="${code}"} ${String(count)}`),
        ]),
        ...family('job_seconds', 'histogram', 'Time of one computation.', histogram()),
        ...family('operations', 'counter', 'Multiplications and additions done for challenges.', [`_total ${String(opsTotal)}`]),
        ...family('queue_jobs', 'gauge', 'Jobs running and waiting.', [` ${String(queue)}`]),
        ...family('queue_capacity', 'gauge', 'Jobs that may run and wait.', [` ${String(capacity)}`]),
        ...family('waiting_commitments', 'gauge', 'Commitments that wait for their opening.', [` ${String(waiting)}`]),
        ...family('heap_bytes', 'gauge', 'JavaScript heap in use.', [` ${String(heapUsed)}`]),
        ...family('resident_bytes', 'gauge', 'Resident memory.', [` ${String(rss)}`]),
        '# EOF\n',
      ].join('\n');
    },
  };
}
