// A node's history: what each stretch of a range says, 120 stretches at most, put together in the database.
import { epochStart, type EpochClock } from '../../../protocol/schedule.ts';
import type { History, Point, Range } from '../../../schema/api/profile.ts';
import type { NodeId } from '../../../schema/api/requests.ts';
import { found, type Answer } from '../views/answer.ts';
import { horizonOf } from '../views/horizon.ts';
import type { WebPorts } from '../views/ports.ts';
import { nodeInEffect } from '../views/show-node.ts';
import { epochSeconds, spans, type Stretches } from './bars.ts';
import { DAY_SECONDS, EPOCHS_KEPT, POINTS_MAX } from './limits.ts';
import type { Stretch } from './ports.ts';

const DAYS: Readonly<Record<Range, number>> = { '24h': 1, '7d': 7, '30d': 30, '90d': 90 };

/** The epochs of a range that there can be anything of, in stretches that begin at multiples of their length. */
export function rangeStretches(clock: EpochClock, through: number, range: Range): Stretches {
  const wanted = Math.ceil((DAYS[range] * DAY_SECONDS) / epochSeconds(clock));
  const epochs = Math.min(wanted, EPOCHS_KEPT, through + 1);
  // One fewer than fit: the first may begin before the range does.
  const step = Math.max(1, Math.ceil(epochs / (POINTS_MAX - 1)));
  return { from: step * Math.floor(Math.max(0, through - epochs + 1) / step), through, step };
}

const NOTHING: Omit<Point, 'fromEpoch' | 'fromMs'> = {
  ...{ pass: 0, fail: 0, present: 0, absent: 0, latencyMs: null, latencyHighMs: null, rate: null, rateLow: null, scorePpm: null },
};

function pointOf(clock: EpochClock, fromEpoch: number, row: Stretch | undefined): Point {
  const { place: _place, ...values } = row ?? { place: 0, ...NOTHING };
  return { fromEpoch, fromMs: 1000 * epochStart(clock, fromEpoch), ...values };
}

export async function showHistory(ports: WebPorts, { id, range }: { id: NodeId; range: Range }): Promise<Answer<History>> {
  const answer = await nodeInEffect(ports, id);
  if (!answer.ok) return answer;
  const { index, nodeId } = answer.value;
  const { clock } = ports.settings;
  const horizon = horizonOf(ports);
  const stretches = rangeStretches(clock, horizon.through, range);
  const rows = await ports.profiles.stretches(horizon, index, stretches);
  const byPlace = new Map(rows.map((row) => [row.place, row]));
  return found({
    node: { index, id: nodeId },
    range,
    stepEpochs: stretches.step,
    fromEpoch: stretches.from,
    throughEpoch: Math.max(0, stretches.through),
    points: spans(stretches).map(({ fromEpoch }) =>
      pointOf(clock, fromEpoch, byPlace.get(Math.floor(fromEpoch / stretches.step))),
    ),
  });
}
