// Measure 8: how long an outage lasts before subscribers hear of it, and what that costs. Simulated with the machine that Workers run; the
// network's times are assumptions, and named.
import { shippedPolicies } from '../schema/policy/shipped.ts';
import { KIND_PRESENCE } from '../protocol/challenge.ts';
import { DAY_MS, playOutage, SLOT_MS, type Seen, type World } from './health-outage.ts';
import { alone, type Bench, type BenchOptions, type Line, type Section } from './measure.ts';

const RUNS = 1_000;
const QUICK_RUNS = 20;
const VALIDATORS = [1, 4, 20] as const;
/** Of a node that works, so many questions are lost on the way. */
const LOST = 0.01;
/** Rows that D1 counts for one write of a node's state, at most: the row and its place in the index of due questions. */
const ROWS_PER_SAVE = 2;
/** For a change of state with its incident and event: the incident's row and its three indices, the event's and its two. */
const ROWS_PER_CHANGE = 7;

const who = (validators: number): string => `${String(validators)} validator${validators === 1 ? '' : 's'}`;

function baseOf(validators: number): World {
  const policy = shippedPolicies.find(({ name }) => name === 'network');
  if (policy === undefined) throw new Error('The policy of a production network does not ship.');
  const weights = policy.kinds.reduce((sum, { weight }) => sum + weight, 0);
  const presence = policy.kinds.reduce((sum, { kind, weight }) => (kind === KIND_PRESENCE ? sum + weight : sum), 0);
  return {
    validators,
    questionsPerDay: (policy.schedule.auditsPerNodePerDay * presence) / weights,
    silentMs: policy.presence.deadlineMs + 500,
    answerMs: 200,
    queueMs: 500,
    isUp: () => false,
    durationMs: DAY_MS,
    untilDown: true,
  };
}

function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

const seconds = (samples: readonly number[], share: number): number => Math.round(quantile(samples, share) / 100) / 10;

function outageLines(validators: number, seen: readonly Seen[]): Line[] {
  const of = (read: (its: Seen) => number | null): number[] => seen.flatMap((its) => read(its) ?? []);
  const rows = [
    ['outage to node.suspected, first validator', of(({ suspectedMs }) => suspectedMs)],
    [
      'failed question to node.suspected',
      of(({ missedMs, suspectedMs }) => (suspectedMs === null || missedMs === null ? null : suspectedMs - missedMs)),
    ],
    ['outage to node.down, first validator', of(({ firstDownMs }) => firstDownMs)],
    ['outage to node.down, any one validator', seen.flatMap(({ downMs }) => downMs)],
  ] as const;
  return rows.flatMap(([what, samples]) =>
    samples.length === 0
      ? []
      : [
          alone(`${who(validators)}: ${what}, p50`, 's', [seconds(samples, 0.5)]),
          alone(`${who(validators)}: ${what}, p95`, 's', [seconds(samples, 0.95)]),
        ],
  );
}

function costLines(validators: number, name: string, seen: readonly Seen[]): Line[] {
  const mean = (read: (its: Seen) => number): number =>
    Math.round((100 * seen.reduce((sum, its) => sum + read(its), 0)) / seen.length) / 100;
  const rows = (its: Seen): number => ROWS_PER_SAVE * its.saves + ROWS_PER_CHANGE * its.changes;
  return [
    alone(`${who(validators)}: ${name}: questions beside the schedule`, 'a node and day', [mean(({ asked }) => asked)]),
    alone(`${who(validators)}: ${name}: rows written`, 'a node and day', [mean(rows)]),
    alone(`${who(validators)}: ${name}: suspicions`, 'a node and day', [mean(({ suspicions }) => suspicions)]),
  ];
}

function run({ quick, say }: BenchOptions): Promise<Section[]> {
  const runs = quick ? QUICK_RUNS : RUNS;
  const seeds = Array.from({ length: runs }, (_, i) => i + 1);
  const sections = VALIDATORS.map((validators): Section => {
    say(`health: ${String(runs)} outages and days with ${who(validators)}`);
    const base = baseOf(validators);
    // One validator never has a node down: there is nobody to agree.
    const short = validators === 1 ? 3_600_000 : DAY_MS;
    const outages = seeds.map((seed) => playOutage({ ...base, durationMs: short }, seed));
    const days = seeds.slice(0, Math.ceil(runs / 20));
    const healthy: World = { ...base, untilDown: false, isUp: (_timeMs, chance) => chance() >= LOST };
    const dead: World = { ...base, untilDown: false };
    const polls = (validators - 1) * (DAY_MS / SLOT_MS);
    return {
      title: `Health with ${who(validators)}, ${String(Math.round(base.questionsPerDay))} presence questions a node and day over all (simulated)`,
      lines: [
        ...outageLines(validators, outages),
        ...costLines(
          validators,
          `a node that loses ${String(100 * LOST)} %`,
          days.map((seed) => playOutage(healthy, seed)),
        ),
        ...costLines(
          validators,
          'a dead node',
          days.map((seed) => playOutage(dead, seed)),
        ),
        alone(`${who(validators)}: polls of peers`, 'a validator and day', [polls]),
      ],
      notes: [
        `Assumed: a silent node takes ${String(base.silentMs)} ms (deadline and control request), an answer ${String(base.answerMs)} ms, the queue ${String(base.queueMs)} ms; slots of a minute.`,
        'Rows and questions are of all validators together.',
      ],
    };
  });
  return Promise.resolve(sections);
}

export const healthBench: Bench = {
  name: 'health',
  about: 'an outage’s beginning to its alerts, and what health costs (simulated)',
  run,
};
