// What audits on demand may have of this node's time, all validators together: a share in the long run, and so much at a stretch. However
// many customers order, an honest node has the rest for itself and for the schedule. The time counts whether a spot came to an end or not.
import { SPOT_BUDGET_MS, SPOT_SHARE } from '../limits.ts';
import { Refusal } from '../problem.ts';

export type SpotBudget = {
  /** @throws Refusal('spots-spent') with the time until there is room again */
  require(now: number): void;
  /** Notes time that one has had the device; the last one may overdraw. */
  spend(tookMs: number, now: number): void;
};

/** @param share of all time · @param budgetMs that may be used at a stretch */
export function createSpotBudget(share: number = SPOT_SHARE, budgetMs: number = SPOT_BUDGET_MS): SpotBudget {
  /** Time used less what time has made good, at time `at`. */
  let [level, at] = [0, 0];
  const settle = (now: number): void => {
    level = Math.max(0, level - Math.max(0, now - at) * share);
    at = Math.max(at, now);
  };
  return {
    require(now) {
      settle(now);
      if (level < budgetMs) return;
      const seconds = Math.max(1, Math.ceil((level - budgetMs) / share / 1000));
      const detail = `Audits on demand have used their share of this node’s time, one part in ${String(Math.round(1 / share))}. There is room again in ${String(seconds)} s`;
      throw new Refusal('spots-spent', detail, seconds);
    },
    spend(tookMs, now) {
      settle(now);
      level += Math.max(0, tookMs);
    },
  };
}
