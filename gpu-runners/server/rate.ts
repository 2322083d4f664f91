// How often each validator may ask for what costs little but not nothing.
import type { Hex } from '../../protocol/bytes.ts';
import { PRESENCE_BURST_MAX, PRESENCE_EVERY_MS } from '../limits.ts';
import { Refusal } from '../problem.ts';

/** So many questions at once, and one more at each interval; for each operator by itself. */
export type Rate = {
  /** @throws Refusal('too-often') */
  count(operator: Hex, now: number): void;
};

export function createRate(burst: number = PRESENCE_BURST_MAX, everyMs: number = PRESENCE_EVERY_MS): Rate {
  /** When all questions of an operator are made good again. */
  const debts = new Map<Hex, number>();
  return {
    count(operator, now) {
      for (const [other, until] of debts) if (until <= now) debts.delete(other);
      const until = Math.max(now, debts.get(operator) ?? now) + everyMs;
      if (until > now + burst * everyMs) throw new Refusal('too-often');
      debts.set(operator, until);
    },
  };
}
