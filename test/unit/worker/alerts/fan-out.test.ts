// What one batch of the fan-out may hold, and how one call works through a backlog.
import { describe, expect, it } from 'vitest';
import { fanOut, fanOutPlan, type OutboxEvent } from '../../../../workers/services/alerts/fan-out.ts';
import {
  ENDPOINTS_ACTIVE_MAX,
  FAN_OUT_EVENTS_MAX,
  FAN_OUT_ROWS_MAX,
  FAN_OUT_RUNS_MAX,
  POKE_AGAIN_MS,
  POKES_MAX,
} from '../../../../workers/services/alerts/limits.ts';

const down = (place: number, node: number | null = place): OutboxEvent => ({ place, type: 'node.down', node });
const recovered = (place: number, node: number): OutboxEvent => ({ place, type: 'node.recovered', node });
const many = Array.from({ length: FAN_OUT_EVENTS_MAX }, (_, i) => down(i + 1));

describe('a batch', () => {
  it('holds no more pairs than it may, whoever listens', () => {
    for (const endpoints of [1, 20, 400, ENDPOINTS_ACTIVE_MAX]) {
      const events = fanOutPlan(many, endpoints).at(-1) ?? 0;
      expect(events * endpoints).toBeLessThanOrEqual(FAN_OUT_ROWS_MAX);
      expect(events).toBeGreaterThan(0);
    }
    expect(fanOutPlan(many, 0)).toEqual([FAN_OUT_EVENTS_MAX]);
    expect(fanOutPlan([], 5)).toEqual([]);
    expect(ENDPOINTS_ACTIVE_MAX).toBeLessThanOrEqual(Math.min(FAN_OUT_ROWS_MAX, POKES_MAX));
  });

  it('sees what came before a recovery in a statement before it', () => {
    expect(fanOutPlan([down(3), down(4), recovered(5, 9)], 1)).toEqual([5]);
    expect(fanOutPlan([down(3, 1), down(4, 2), recovered(5, 1), recovered(6, 2), down(7, 1)], 1)).toEqual([4, 7]);
    const flapping = Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? down(i, 1) : recovered(i, 1)));
    expect(fanOutPlan(flapping, 1)).toHaveLength(FAN_OUT_RUNS_MAX);
  });
});

describe('a call', () => {
  /** Each step takes a second and is for the same endpoint. */
  function rig(steps: number) {
    const state = { nowMs: 0, done: 0, poked: [] as { at: number; endpoints: readonly string[] }[] };
    const ports = {
      step: async () => {
        state.nowMs += 1_000;
        state.done++;
        return { endpoints: ['ep_a', `ep_${String(state.done)}`], isDone: state.done === steps };
      },
      poke: async (endpoints: readonly string[]) => {
        state.poked.push({ at: state.nowMs, endpoints });
      },
      nowMs: () => state.nowMs,
    };
    return { state, ports };
  }

  it('pokes at once, and whoever got more meanwhile once more at the end', async () => {
    const { state, ports } = rig(3);
    expect(await fanOut(ports, 20_000)).toBe(true);
    expect(state.poked.map(({ endpoints }) => endpoints)).toEqual([['ep_a', 'ep_1'], ['ep_2'], ['ep_3'], ['ep_a']]);
  });

  it('pokes nobody more often than it should, however long the backlog', async () => {
    const { state, ports } = rig(18);
    await fanOut(ports, 20_000);
    const times = state.poked.filter(({ endpoints }) => endpoints.includes('ep_a')).map(({ at }) => at);
    expect(times).toEqual([1_000, 1_000 + POKE_AGAIN_MS, 1_000 + 2 * POKE_AGAIN_MS, 1_000 + 3 * POKE_AGAIN_MS, 18_000]);
  });

  it('ends with its time and says that something waits', async () => {
    const { state, ports } = rig(1_000);
    expect(await fanOut(ports, 20_000)).toBe(false);
    expect(state.done).toBe(20);
  });
});
