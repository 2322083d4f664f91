// A chunk of draws from claim to stored rows, with nodes, lines, beacons and clocks that fail in every way.
import { describe, expect, it } from 'vitest';
import { roundTime } from '../../../protocol/beacon.ts';
import { ZERO32 } from '../../../protocol/bytes.ts';
import { freshnessEnd, slotDraws } from '../../../protocol/schedule.ts';
import { auditChunk } from '../../../workers/services/audit.ts';
import { AUDITOR_LAG_MS_MAX, LOOK_UP_MS_MAX, PROBES_IN_FLIGHT_MAX, RESOLVE_TIMEOUT_MS } from '../../../workers/limits.ts';
import type { Answer, Context, NetworkReason, Transport } from '../../../workers/services/ports.ts';
import { NOTHING_SENT, beacon, chunkOf, dueOf, honestNode, openValidator, takesMs, type Validator } from './rig.ts';

const rowsOf = ({ stored }: Validator) => [...stored.rows.values()].sort((a, b) => a.slot - b.slot || a.draw - b.draw);
const reasonsOf = (validator: Validator): string[] => rowsOf(validator).map(({ reason }) => reason);
const failing = (reason: NetworkReason) => async (): Promise<Answer> => ({ ok: false, reason });
/** Many nodes of which none is idle, so that each slot has `perSlot` due draws. */
const crowd = { nodes: [], validatorCount: 1 };

async function run(validator: Validator, context: Context = validator.context, slot = 0): Promise<string> {
  return validator.clock.run(auditChunk(context, chunkOf(validator, slot)));
}

const afterOf = (validator: Validator, post: Transport['post']): Context =>
  validator.with({ transport: { prepare: async () => true, post } });

describe('an honest network', () => {
  it('passes every due draw, and idle draws have no row', async () => {
    const validator = await openValidator();
    expect(await run(validator)).toBe('stored');
    const due = dueOf(validator);
    expect(rowsOf(validator).map(({ draw, nodeIndex }) => ({ draw, nodeIndex }))).toEqual(
      due.map(({ draw, nodeIndex }) => ({ draw, nodeIndex })),
    );
    expect(due.length).toBeLessThan(slotDraws(validator.plan, 0).length); // the world has idle nodes
    expect(new Set(reasonsOf(validator))).toEqual(new Set(['none']));
    const nodes = new Set(due.map(({ nodeIndex }) => validator.world.nodes[nodeIndex]?.url));
    expect(new Set(validator.sent.map(({ url }) => url))).toEqual(nodes); // nothing went to an idle node
  });

  it('starts each probe at its time or after, and measures from there', async () => {
    const validator = await openValidator();
    await run(validator);
    const { scheduled } = { scheduled: new Map(dueOf(validator).map((draw) => [draw.draw, draw])) };
    for (const row of rowsOf(validator)) {
      const draw = scheduled.get(row.draw) as unknown as { scheduledMs: number };
      expect(row.startedAt).toBeGreaterThanOrEqual(draw.scheduledMs);
      expect(row.elapsedMs).toBe(takesMs);
    }
  });

  it('does nothing for a chunk that was claimed before, whatever became of it', async () => {
    const validator = await openValidator();
    await run(validator);
    const before = validator.sent.length;
    expect(await run(validator)).toBe('repeated');
    validator.stored.rows.clear();
    expect(await run(validator)).toBe('repeated');
    expect(validator.sent.length).toBe(before);
    expect(validator.stored.rows.size).toBe(0);
  });

  it.each(['frozen', 'sealing', 'sealed', 'posted', 'abandoned'] as const)(
    'probes nothing while the epoch is %s',
    async (state) => {
      const validator = await openValidator();
      const entry = validator.stored.epochs.get(validator.plan.epoch);
      if (entry !== undefined) entry.state = state;
      expect(await run(validator)).toBe('closed');
      expect([validator.sent.length, validator.stored.chunks.size]).toEqual([0, 0]);
    },
  );

  it('stores nothing when the epoch was closed under it', async () => {
    const validator = await openValidator();
    const context = validator.with({
      transport: {
        prepare: async () => true,
        post: async (...request) => {
          await validator.context.ports.ledger.beginSealing(validator.plan.epoch);
          return validator.context.ports.transport.post(...request);
        },
      },
    });
    expect(await run(validator, context)).toBe('closed');
    expect(validator.stored.rows.size).toBe(0);
  });
});

describe('a chunk that the schedule does not have', () => {
  it.each([
    ['a second chunk over the same draws', { chunk: 7 }],
    ['a slot after the last', { slot: 4 }],
    ['a slot far away', { slot: 2 ** 31 }],
    ['an epoch that is not known', { epoch: 999 }],
  ])('is not probed: %s', async (_, change) => {
    const validator = await openValidator();
    expect(await validator.clock.run(auditChunk(validator.context, { ...chunkOf(validator), ...change }))).toBe('closed');
    expect([validator.sent.length, validator.stored.chunks.size]).toEqual([0, 0]);
  });
});

describe('an auditor that is late', () => {
  it('sends nothing, and blames itself', async () => {
    const validator = await openValidator();
    validator.clock.set(validator.clock.nowMs() + 60_000);
    await run(validator);
    expect(validator.sent).toEqual([]);
    for (const row of rowsOf(validator)) expect(row).toMatchObject({ ...NOTHING_SENT, outcome: 'void', reason: 'auditor_fault' });
    expect(rowsOf(validator)).toHaveLength(dueOf(validator).length);
  });

  it('may still start in the last millisecond of freshness, and not in the one after', async () => {
    for (const [offset, reason] of [
      [-1, 'none'],
      [0, 'auditor_fault'],
    ] as const) {
      const validator = await openValidator();
      const { policy } = validator.world;
      const [first] = dueOf(validator) as unknown as { draw: number; freshnessRound: number }[];
      const end = 1000 * (roundTime(policy.beacon, first?.freshnessRound ?? 0) + policy.beacon.freshnessRounds);
      validator.clock.set(end + offset);
      await run(validator);
      expect(rowsOf(validator)[0]?.reason).toBe(reason);
    }
  });

  it('whose clock woke it too early sends nothing either: a replay would refuse the record', async () => {
    const validator = await openValidator();
    const start = validator.clock.nowMs();
    const early = { nowMs: () => start, until: async () => undefined };
    const outcome = await auditChunk(validator.with({ clock: early }), chunkOf(validator, 3));
    expect(outcome).toBe('stored');
    expect(validator.sent).toEqual([]);
    expect(new Set(reasonsOf(validator))).toEqual(new Set(['auditor_fault']));
  });

  it('because the beacon took long is late as well', async () => {
    const validator = await openValidator();
    const slow = {
      round: async (round: number) => {
        await validator.clock.until(validator.clock.nowMs() + 5_000);
        return beacon.sign(round);
      },
      control: async () => true,
    };
    await run(validator, validator.with({ beacon: slow }));
    expect(validator.sent).toEqual([]);
    expect(new Set(reasonsOf(validator))).toEqual(new Set(['auditor_fault']));
  });

  describe('and name servers', () => {
    /** The small world with 8 s of freshness, so that there is time for look-ups. */
    const world = async (): Promise<Validator> => {
      const { smallPolicy } = await import('../../support/epoch.ts');
      return openValidator({ policy: { ...smallPolicy, beacon: { ...smallPolicy.beacon, freshnessRounds: 8 } } });
    };
    /** All names take so long to be looked up; those that are not found are nobody's. */
    const lookUps = ({ clock, context }: Validator, ms: number, found: boolean): Transport => ({
      prepare: async (_url, beginBeforeMs = Infinity) => {
        if (clock.nowMs() >= beginBeforeMs) return false;
        await clock.until(clock.nowMs() + ms);
        return true;
      },
      post: async (...request) => (found ? context.ports.transport.post(...request) : { ok: false, reason: 'unreachable' }),
    });

    it('that are slow are in no measurement', async () => {
      const validator = await world();
      await run(validator, validator.with({ transport: lookUps(validator, 1900, true) }));
      expect(new Set(reasonsOf(validator))).toEqual(new Set(['none']));
      for (const row of rowsOf(validator)) expect(row.elapsedMs).toBe(takesMs);
    });

    it('that never answer make their nodes unreachable: however late the auditor is, no draw is void through them', async () => {
      for (const lateMs of [0, 2000, 4999, 5000, 6001, 7999]) {
        const reasons = await Promise.all(
          [RESOLVE_TIMEOUT_MS, 0].map(async (ms) => {
            const validator = await world();
            const [first] = slotDraws(validator.plan, 0);
            validator.clock.set(1000 * roundTime(validator.world.policy.beacon, first?.freshnessRound ?? 0) + lateMs);
            await run(validator, validator.with({ transport: lookUps(validator, ms, false) }));
            return rowsOf(validator)[0]?.reason;
          }),
        );
        const reason = lateMs < 8000 - LOOK_UP_MS_MAX ? 'unreachable' : 'auditor_fault'; // the auditor's own lateness, for any name
        expect([lateMs, reasons]).toEqual([lateMs, [reason, reason]]);
      }
    });

    it('that there is no time to ask are not asked: late, by an answer that does not hang on them', async () => {
      for (const [beforeEndMs, reason] of [
        [LOOK_UP_MS_MAX + 1, 'none'],
        [LOOK_UP_MS_MAX, 'auditor_fault'],
      ] as const) {
        const validator = await world();
        const [first] = dueOf(validator) as unknown as { freshnessRound: number }[];
        validator.clock.set(freshnessEnd(validator.world.policy, first?.freshnessRound ?? 0) - beforeEndMs);
        await run(validator, validator.with({ transport: lookUps(validator, 0, true) }));
        expect(rowsOf(validator)[0]?.reason).toBe(reason);
      }
    });

    it('whose look-up outlasts its own limit are late through us', async () => {
      const validator = await world();
      await run(validator, validator.with({ transport: lookUps(validator, 9_000, true) }));
      expect([validator.sent.length, new Set(reasonsOf(validator))]).toEqual([0, new Set(['auditor_fault'])]);
    });
  });

  it('an answer after the deadline is a timeout, or ours when the timer was far too late', async () => {
    for (const [lateMs, reason] of [
      [0, 'below_claim'],
      [1, 'timeout'],
      [AUDITOR_LAG_MS_MAX, 'timeout'],
      [AUDITOR_LAG_MS_MAX + 1, 'auditor_fault'],
    ] as const) {
      for (const answered of lateMs === 0 ? [true] : [true, false]) {
        const validator = await openValidator({}, (index) => honestNode(index));
        const { post } = validator.context.ports.transport;
        let slowed = false;
        const context = afterOf(validator, async (url, path, body, limits) => {
          if (slowed || path !== '/v1/challenges') return post(url, path, body, limits);
          slowed = true;
          const started = validator.clock.nowMs();
          const answer = await post(url, path, body, limits);
          await validator.clock.until(started + limits.deadlineMs + lateMs);
          return answered ? answer : { ok: false, reason: 'timeout' };
        });
        await run(validator, context);
        const [first] = rowsOf(validator);
        expect(first?.reason).toBe(reason);
        if (lateMs > 0) expect(first).toMatchObject({ commitment: ZERO32, elapsedMs: 0, measure: 0 });
      }
    }
  });
});

describe('a beacon that has no round', () => {
  it('makes the draw void, and nothing is sent', async () => {
    const validator = await openValidator();
    await run(validator, validator.with({ beacon: { round: async () => null, control: async () => true } }));
    expect(validator.sent).toEqual([]);
    for (const row of rowsOf(validator)) expect(row).toMatchObject({ ...NOTHING_SENT, outcome: 'void', reason: 'beacon_outage' });
  });
});

describe('a node that cannot be reached', () => {
  it.each(['unreachable', 'timeout', 'tls'] as const)('%s: its own failure while the world answers', async (reason) => {
    const validator = await openValidator();
    const [victim] = dueOf(validator);
    const url = validator.world.nodes[victim?.nodeIndex ?? 0]?.url;
    const { post } = validator.context.ports.transport;
    const answer = failing(reason);
    await run(
      validator,
      afterOf(validator, async (target, ...rest) => (target === url ? answer() : post(target, ...rest))),
    );
    for (const row of rowsOf(validator)) expect(row.reason).toBe(row.nodeIndex === victim?.nodeIndex ? reason : 'none');
  });

  it.each(['unreachable', 'timeout', 'tls'] as const)('%s: void when the world does not answer either', async (reason) => {
    const validator = await openValidator({}, () => failing(reason));
    await run(validator, validator.with({ beacon: { round: async (r) => beacon.sign(r), control: async () => false } }));
    for (const row of rowsOf(validator)) {
      expect(row).toMatchObject({ outcome: 'void', reason: 'auditor_fault', commitment: ZERO32 });
      expect(row.challengeHash).not.toBe(ZERO32); // it was sent, and the record says so
      expect(row.transcriptHash).not.toBe(ZERO32);
    }
  });

  it.each(['refused', 'redirect', 'oversize'] as const)('%s is an answer, so the node’s failure in any case', async (reason) => {
    const validator = await openValidator({}, () => failing(reason));
    await run(validator, validator.with({ beacon: { round: async (r) => beacon.sign(r), control: async () => false } }));
    expect(new Set(reasonsOf(validator))).toEqual(new Set([reason]));
  });
});

describe('after an accepted commitment', () => {
  it.each(['unreachable', 'timeout', 'tls', 'refused', 'redirect', 'oversize'] as const)(
    'only PASS or FAIL: %s at the opening counts, even with the world away',
    async (reason) => {
      const fails = (index: number) => {
        const honest = honestNode(index);
        return async (path: string, body: Uint8Array): Promise<Answer> =>
          path === '/v1/openings' ? { ok: false, reason } : honest(path, body);
      };
      const validator = await openValidator({}, fails);
      await run(validator, validator.with({ beacon: { round: async (r) => beacon.sign(r), control: async () => false } }));
      for (const row of rowsOf(validator)) {
        expect(row).toMatchObject({ outcome: 'fail', reason, openingHash: ZERO32, elapsedMs: takesMs, measure: 0 });
        expect(row.commitment).not.toBe(ZERO32);
      }
    },
  );
});

describe('a line that fails for many', () => {
  /** Twelve nodes without idle ones, so that a slot has ten due draws; the first `broken` of them fail. */
  async function withBroken(broken: number, ours: (n: number) => boolean): Promise<Validator> {
    const { testNode } = await import('../../support/epoch.ts');
    const validator = await openValidator({ nodes: Array.from({ length: 12 }, (_, index) => testNode(index)) });
    const { post } = validator.context.ports.transport;
    let probes = 0;
    let controls = 0;
    const context = validator.with({
      transport: {
        prepare: async () => true,
        post: async (url, path, body, limits) =>
          path === '/v1/challenges' && probes++ < broken ? { ok: false, reason: 'timeout' } : post(url, path, body, limits),
      },
      beacon: { round: async (r) => beacon.sign(r), control: async () => !ours(controls++) },
    });
    await run(validator, context);
    expect(rowsOf(validator)).toHaveLength(10);
    return validator;
  }
  const count = (validator: Validator, reason: string): number => reasonsOf(validator).filter((r) => r === reason).length;

  it('over a third of at least eight, one of them known to be ours: void', async () => {
    const validator = await withBroken(4, (n) => n < 1);
    expect([count(validator, 'auditor_fault'), count(validator, 'none')]).toEqual([4, 6]);
  });

  it('over a third while our own line is well: whoever holds a third of the nodes excuses none of them', async () => {
    const validator = await withBroken(8, () => false);
    expect([count(validator, 'timeout'), count(validator, 'auditor_fault'), count(validator, 'none')]).toEqual([8, 0, 2]);
  });

  it('a third or less: the nodes’ failures', async () => {
    const validator = await withBroken(3, () => false);
    expect([count(validator, 'timeout'), count(validator, 'none')]).toEqual([3, 7]);
  });

  it('failures that the control found to be ours count towards the third', async () => {
    const validator = await withBroken(5, (n) => n < 3);
    expect([count(validator, 'auditor_fault'), count(validator, 'none')]).toEqual([5, 5]);
  });

  it('with fewer than eight probes nothing is forgiven', async () => {
    const validator = await openValidator({ validatorCount: 4 }, () => failing('timeout'));
    await run(validator);
    expect(reasonsOf(validator).length).toBeLessThan(8);
    expect(new Set(reasonsOf(validator))).toEqual(new Set(['timeout']));
  });
});

describe('six places', () => {
  it('never more than six in flight, and the clock starts after the place is taken', async () => {
    const { smallPolicy, testNode } = await import('../../support/epoch.ts');
    const schedule = { ...smallPolicy.schedule, auditsPerNodePerDay: 200_000, jitterMs: 100 };
    const beaconPolicy = { ...smallPolicy.beacon, freshnessRounds: 60 };
    const nodes = Array.from({ length: 12 }, (_, index) => testNode(index));
    const validator = await openValidator({ policy: { ...smallPolicy, schedule, beacon: beaconPolicy }, nodes });
    const { post } = validator.context.ports.transport;
    let [inFlight, most] = [0, 0];
    const context = afterOf(validator, async (...request) => {
      most = Math.max(most, ++inFlight);
      const answer = await post(...request);
      inFlight--;
      return answer;
    });
    expect(await run(validator, context)).toBe('stored');
    expect(most).toBe(PROBES_IN_FLIGHT_MAX);
    expect(rowsOf(validator)).toHaveLength(dueOf(validator).length);
    expect(new Set(rowsOf(validator).map(({ elapsedMs }) => elapsedMs))).toEqual(new Set([takesMs])); // no waiting in it
    expect(new Set(reasonsOf(validator))).toEqual(new Set(['none']));
  });
});

describe('our own failures', () => {
  it('one draw that throws costs that draw alone, and is told after the others are stored', async () => {
    const validator = await openValidator();
    const { transport } = validator.context.ports;
    let calls = 0;
    const context = afterOf(validator, async (...request) => {
      if (calls++ === 2) throw new Error('the storage of our secrets is away');
      return transport.post(...request);
    });
    await expect(run(validator, context)).rejects.toThrow('secrets');
    expect(rowsOf(validator)).toHaveLength(dueOf(validator).length - 1);
    expect(new Set(reasonsOf(validator))).toEqual(new Set(['none']));
    expect(await run(validator, context)).toBe('repeated'); // the delivery that follows the throw
  });

  it('a claim that throws leaves the chunk to the next delivery', async () => {
    const validator = await openValidator();
    const { ledger } = validator.context.ports;
    let down = true;
    const context = validator.with({
      ledger: { ...ledger, claim: async (...args) => (down ? Promise.reject(new Error('D1')) : ledger.claim(...args)) },
    });
    await expect(run(validator, context)).rejects.toThrow('D1');
    expect(validator.sent).toEqual([]);
    down = false;
    expect(await run(validator, context)).toBe('stored');
  });

  it('uses no place for a draw of an epoch without nodes', async () => {
    const validator = await openValidator(crowd);
    expect(await validator.clock.run(auditChunk(validator.context, { ...chunkOf(validator), slot: 99 }))).toBe('closed');
  });
});
