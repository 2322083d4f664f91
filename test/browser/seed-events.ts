// What happens to seeded nodes: incidents with their threads, single audits, and answers by region.
import type { Hex } from '../../protocol/bytes.ts';
import { KIND_GEMM, KIND_PRESENCE, KIND_VRAM } from '../../protocol/challenge.ts';
import { epochStart, type EpochClock } from '../../protocol/schedule.ts';
import { bucketOf, BUCKETS } from '../../workers/services/profiles/buckets.ts';
import { addressOf, chance } from './chance.ts';
import type { SeedNode } from './seed-nodes.ts';
import type { Cell, SeedPlan } from './seed-plan.ts';

export const operatorOf = (operator: number): Hex => addressOf('operator', operator);

const MINUTE_MS = 60_000;

/** One thread: suspected, perhaps degraded or down, and recovered unless it goes on. */
function thread(
  kind: 'suspected' | 'degraded' | 'down',
  openedAtMs: number,
  lastedMs: number | null,
): { type: string; atMs: number }[] {
  const events = [{ type: 'node.suspected', atMs: openedAtMs }];
  if (kind !== 'suspected') events.push({ type: `node.${kind}`, atMs: openedAtMs + MINUTE_MS });
  if (lastedMs !== null) events.push({ type: 'node.recovered', atMs: openedAtMs + lastedMs });
  return events;
}

export function incidents(
  nodes: readonly SeedNode[],
  { clock, epochs }: SeedPlan,
  operators: readonly Hex[],
  nodeIdOf: (index: number) => Hex,
): Cell[][] {
  const endMs = 1000 * epochStart(clock, epochs);
  return nodes.flatMap(({ index, temper }) => {
    const count = temper === 'flaky' ? 6 : chance(index, 41) < 0.25 ? 1 : 0;
    return Array.from({ length: count }, (_, i): Cell[] => {
      const openedAtMs = Math.round(endMs - (i + chance(index, i, 42)) * 5 * 86_400_000 - 10 * MINUTE_MS);
      const goesOn = temper === 'flaky' && i === 0 && chance(index, 43) < 0.3;
      const lastedMs = goesOn ? null : Math.round((4 + 90 * chance(index, i, 44) ** 2) * MINUTE_MS);
      const kind = goesOn
        ? 'down'
        : ((['suspected', 'degraded', 'down'] as const)[Math.floor(3 * chance(index, i, 45))] ?? 'down');
      const events = thread(kind, openedAtMs, lastedMs).map((event, k) => ({
        id: `evt_${String(index)}_${String(i)}_${String(k)}`,
        ...event,
      }));
      const seen = operators.slice(0, kind === 'suspected' ? 1 : 2).map((validator) => ({ validator, sinceMs: openedAtMs }));
      return [
        ...[
          `inc_${String(index)}_${String(i)}`,
          index,
          nodeIdOf(index),
          kind,
          chance(index, i, 46) < 0.6 ? 'unreachable' : 'timeout',
        ],
        ...[openedAtMs, kind === 'suspected' ? null : openedAtMs + MINUTE_MS, lastedMs === null ? null : openedAtMs + lastedMs],
        ...[JSON.stringify(seen), JSON.stringify(events)],
      ];
    });
  });
}

/** [validator, slot, draw, kind, outcome, reason, elapsedMs, measure, startedAt] for each. */
export function audits(node: SeedNode, epoch: number, operators: readonly Hex[], clock: EpochClock): unknown[][] {
  return Array.from({ length: 3 }, (_, i) => {
    const kind = [KIND_GEMM, KIND_PRESENCE, KIND_VRAM][i] ?? KIND_GEMM;
    const draw = chance(node.index, epoch, i, 51);
    const wrong = node.temper === 'wrong' && kind === KIND_GEMM && draw < 0.5;
    const away = node.temper === 'flaky' && draw > 0.8;
    const slot = Math.floor(clock.slotsPerEpoch * draw);
    const outcome = wrong || away ? 'fail' : 'pass';
    const reason = wrong ? 'wrong_result' : away ? 'timeout' : 'none';
    const measure =
      kind === KIND_PRESENCE || outcome === 'fail'
        ? 0
        : kind === KIND_VRAM
          ? 2_100_000_000_000
          : Math.round(node.floor * node.speed);
    const elapsed = away ? 0 : kind === KIND_PRESENCE ? node.latencyMs : 1900;
    const startedAt = 1000 * (epochStart(clock, epoch) + slot * clock.slotSeconds) + 417;
    return [operators[i % operators.length] ?? '', slot, 10 + i, kind, outcome, reason, elapsed, measure, startedAt];
  });
}

/** [region, present, absent, …one count for each latency bucket] for each region that asked. */
export function regionLines(node: SeedNode, epoch: number, questions: number, regions: readonly string[]): (string | number)[][] {
  const each = Math.max(1, Math.floor(questions / regions.length));
  const home = regions.indexOf(node.region);
  return regions.map((region, at) => {
    const away = region === node.region ? 0 : 45 + 190 * chance(Math.min(at, home), Math.max(at, home), 61);
    const absent = chance(node.index, epoch, at, 62) < (node.temper === 'flaky' ? 0.4 : 0.02) ? 1 : 0;
    const counts = new Array<number>(BUCKETS).fill(0);
    for (let i = 0; i < each - absent; i++) {
      const bucket = bucketOf(Math.round((node.latencyMs + away) * (0.85 + 0.5 * chance(node.index, epoch, at, i))));
      counts[bucket] = (counts[bucket] ?? 0) + 1;
    }
    return [region, each - absent, absent, ...counts];
  });
}
