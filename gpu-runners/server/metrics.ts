// Counters and gauges in OpenMetrics text form. Label values come from closed sets only, so a stranger can't make series.
import { PROBLEM_CODES, type ProblemCode } from '../problem.ts';

export const METRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
const BUCKETS_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

const ROUTES = ['challenges', 'starts', 'openings', 'spots', 'spot-openings'] as const;
export type Route = (typeof ROUTES)[number];
const WORKS = ['gemm', 'fill', 'pass', 'presence', 'spot'] as const;
/** What was finished: a product, a memory filled, its passes, a question of presence, a product on demand. */
export type WorkName = (typeof WORKS)[number];

export type Gauges = {
  readonly queue: number;
  readonly capacity: number;
  readonly waiting: number;
  readonly fills: number;
  readonly fillBytes: number;
  readonly proofBytes: number;
  readonly isLocked: boolean;
  readonly isReady: boolean;
  readonly losses: number;
  readonly backend: string;
  readonly device: string;
};

export type Metrics = {
  answered(route: Route): void;
  refused(code: ProblemCode): void;
  saidBusy(): void;
  /** One finished work. @param ops its multiplications and additions, or words mixed and folded */
  observeJob(work: WorkName, seconds: number, ops: number): void;
  /** How often each was finished. */
  jobs(): Readonly<Record<WorkName, number>>;
  text(gauges: Gauges): string;
};

const family = (name: string, type: string, help: string, samples: readonly string[]): string[] => [
  `# TYPE assay_runner_${name} ${type}`,
  `# HELP assay_runner_${name} ${help}`,
  ...samples.map((sample) => `assay_runner_${name}${sample}`),
];
const gauge = (name: string, help: string, value: number): string[] => family(name, 'gauge', help, [` ${String(value)}`]);
/** Without what would end a label's value. */
const label = (text: string): string => text.replaceAll(/[^ !#-[\]-~]/g, ' ');

function gaugeLines(gauges: Gauges): string[] {
  const { heapUsed, rss } = process.memoryUsage();
  return [
    ...gauge('queue_jobs', 'Jobs running and waiting.', gauges.queue),
    ...gauge('queue_capacity', 'Jobs that may run and wait.', gauges.capacity),
    ...gauge('waiting_commitments', 'Commitments that wait for their opening.', gauges.waiting),
    ...gauge('waiting_fills', 'Filled memories that wait for their start.', gauges.fills),
    ...gauge('fill_bytes', 'Memory reserved for fills (on a GPU for all jobs), until they were opened.', gauges.fillBytes),
    ...gauge('proof_bytes', 'Memory reserved for products, until they were opened.', gauges.proofBytes),
    ...gauge('locked', 'Whether a timed job keeps others out.', Number(gauges.isLocked)),
    ...gauge('device_ready', 'Whether the device can take a job.', Number(gauges.isReady)),
    ...family('device_losses', 'counter', 'How often the device or its process was lost.', [`_total ${String(gauges.losses)}`]),
    ...family('device', 'info', 'What computes.', [
      `_info{backend="${label(gauges.backend)}",device="${label(gauges.device)}"} 1`,
    ]),
    ...gauge('heap_bytes', 'JavaScript heap in use.', heapUsed),
    ...gauge('resident_bytes', 'Resident memory.', rss),
  ];
}

export function createMetrics(): Metrics {
  const answered = { challenges: 0, starts: 0, openings: 0, spots: 0, 'spot-openings': 0 };
  const finished = { gemm: 0, fill: 0, pass: 0, presence: 0, spot: 0 };
  const refused = new Map<ProblemCode, number>(PROBLEM_CODES.map((code) => [code, 0]));
  const buckets = BUCKETS_SECONDS.map(() => 0);
  let [timed, secondsTotal, opsTotal, busy] = [0, 0, 0, 0];

  const histogram = (): string[] => [
    ...BUCKETS_SECONDS.map((bound, i) => `_bucket{le="${bound.toFixed(2)}"} ${String(buckets[i] ?? 0)}`),
    `_bucket{le="+Inf"} ${String(timed)}`,
    `_count ${String(timed)}`,
    `_sum ${String(secondsTotal)}`,
  ];
  const counterLines = (): string[] => [
    ...family('answers', 'counter', 'Requests answered with a message.', [
      ...ROUTES.map((route) => `_total{route="${route}"} ${String(answered[route])}`),
    ]),
    ...family('busy', 'counter', 'Challenges turned away because of another validator’s.', [`_total ${String(busy)}`]),
    ...family('refusals', 'counter', 'Requests refused, by reason.', [
      ...[...refused].map(([code, count]) => `_total{reason="${code}"} ${String(count)}`),
    ]),
    ...family('jobs', 'counter', 'Finished work, by kind.', [
      ...WORKS.map((work) => `_total{work="${work}"} ${String(finished[work])}`),
    ]),
    ...family('job_seconds', 'histogram', 'Time of one computation: a product, a fill, or its passes.', histogram()),
    ...family('operations', 'counter', 'Multiplications and additions, and words folded.', [`_total ${String(opsTotal)}`]),
  ];
  return {
    answered(route) {
      answered[route]++;
    },
    saidBusy() {
      busy++;
    },
    refused: (code) => void refused.set(code, (refused.get(code) ?? 0) + 1),
    observeJob(work, seconds, ops) {
      finished[work]++;
      if (work === 'presence') return;
      timed++;
      secondsTotal += seconds;
      opsTotal += ops;
      for (const [i, bound] of BUCKETS_SECONDS.entries()) if (seconds <= bound) buckets[i] = (buckets[i] ?? 0) + 1;
    },
    jobs: () => ({ ...finished }),
    text: (gauges) => [...counterLines(), ...gaugeLines(gauges), '# EOF\n'].join('\n'),
  };
}
