// Stretches of epochs: which ones a bar or a point covers, and the empty ones between those that have rows.
import type { EpochClock } from '../../../protocol/schedule.ts';
import { epochStart } from '../../../protocol/schedule.ts';
import type { Bar } from '../../../schema/api/profile.ts';
import { BARS_MAX, DAY_SECONDS } from './limits.ts';
import type { BarSums } from './ports.ts';

/** Stretches from `from` (a multiple of `step`) through `through`, the last one cut short. */
export type Stretches = { readonly from: number; readonly through: number; readonly step: number };

export const epochSeconds = ({ slotsPerEpoch, slotSeconds }: EpochClock): number => slotsPerEpoch * slotSeconds;

/** At most `max` stretches of `step` epochs up to `through`. They begin at multiples of the step, so that they stay as time goes on. */
export function stretchesOf(through: number, step: number, max: number): Stretches {
  const last = Math.floor(through / step);
  return { from: step * Math.max(0, last - max + 1), through, step };
}

/** The first epoch of each, with its last. */
export function spans({ from, through, step }: Stretches): { readonly fromEpoch: number; readonly throughEpoch: number }[] {
  const count = through < from ? 0 : Math.floor(through / step) - Math.floor(from / step) + 1;
  return Array.from({ length: count }, (_, i) => {
    const fromEpoch = from + i * step;
    return { fromEpoch, throughEpoch: Math.min(through, fromEpoch + step - 1) };
  });
}

/** A bar is as long as ninety of them need to reach back to the beginning, and a day at most. */
export function barStretches(clock: EpochClock, through: number): Stretches {
  const dayEpochs = Math.max(1, Math.round(DAY_SECONDS / epochSeconds(clock)));
  return stretchesOf(through, Math.min(dayEpochs, Math.max(1, Math.ceil((through + 1) / BARS_MAX))), BARS_MAX);
}

/** One bar for each stretch, whether it has a row or not. */
export function barsOf(clock: EpochClock, stretches: Stretches, rows: readonly BarSums[]): Bar[] {
  const byPlace = new Map(rows.map((row) => [row.place, row]));
  return spans(stretches).map(({ fromEpoch, throughEpoch }) => {
    const row = byPlace.get(Math.floor(fromEpoch / stretches.step));
    const { pass = 0, fail = 0, present = 0, absent = 0 } = row ?? {};
    const times = { fromMs: 1000 * epochStart(clock, fromEpoch), throughMs: 1000 * epochStart(clock, throughEpoch + 1) };
    return { ...times, fromEpoch, throughEpoch, pass, fail, present, absent };
  });
}
