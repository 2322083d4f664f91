// What roots and faults tell: pure, so that the same root is always the same events; and in a simulated network, that each epoch is told once.
import { describe, expect, it } from 'vitest';
import type { NodeScore } from '../../../../protocol/consensus/types.ts';
import { EVENT_DATA } from '../../../../schema/api/events.ts';
import { correctnessEvents, epochEvent, scoreEvents, slashEvent } from '../../../../workers/services/alerts/root-events.ts';
import { ROOT_EVENTS_MAX } from '../../../../workers/services/alerts/limits.ts';
import type { NodeTally } from '../../../../protocol/consensus/types.ts';
import { embedded, simWorld } from '../network/sim/world.ts';

const hash = (n: number): `0x${string}` => `0x${n.toString(16).padStart(64, '0')}`;
const VALIDATOR = `0x${'0a'.repeat(20)}` as const;
const OTHER = `0x${'0b'.repeat(20)}` as const;
const PAGES = { publicUrl: 'https://audits.test' };
const root = {
  epoch: 9,
  rootHash: hash(99),
  transactionHash: hash(98),
  finalAtMs: 1_790_000_000_000,
  state: 'final',
  note: null,
} as const;
const score = (nodeIndex: number, scorePpm: number, tier: number): NodeScore => ({
  ...{ epoch: 9, nodeIndex, nodeId: hash(nodeIndex), scorePpm, ratePpm: 0, correctPpm: 0, samples: 0, effectiveSamples: 0 },
  ...{ measure: 0, elapsedMs: 0, tier },
});

describe('a root', () => {
  it('that was found right is sealed; one that was not is disputed, with the reason', () => {
    expect(epochEvent(root, PAGES)).toMatchObject({
      type: 'epoch.sealed',
      data: { epoch: 9, page: 'https://audits.test/consensus/9' },
    });
    const disputed = epochEvent({ ...root, state: 'disputed', note: 'why' }, { publicUrl: null });
    expect(disputed).toMatchObject({ type: 'epoch.disputed', data: { note: 'why', page: null } });
    expect(disputed.id).not.toBe(epochEvent(root, PAGES).id);
  });

  it('tells scores that moved by a twentieth or changed their tier, and no others', () => {
    const previous = {
      scores: [score(0, 900_000, 1), score(1, 900_000, 1), score(2, 900_000, 1), score(3, 500_000, 0), score(4, 1, 0)],
    };
    const leaves = {
      scores: [
        score(0, 850_001, 1),
        score(1, 850_000, 1),
        score(2, 899_000, 2),
        score(3, 900_000, 0),
        score(4, 1, 1),
        score(5, 9, 1),
      ],
    };
    const events = scoreEvents({ root, policy: embedded, leaves, previous }, PAGES);
    expect(events.map(({ node }) => node?.index)).toEqual([1, 2, 4]);
    for (const event of events) expect(EVENT_DATA['node.score_changed'].safeParse(event.data).success).toBe(true);
    expect(scoreEvents({ root, policy: embedded, leaves, previous: null }, PAGES)).toEqual([]);
  });

  it('of very many changes tells the largest', () => {
    const count = ROOT_EVENTS_MAX + 10;
    const previous = { scores: Array.from({ length: count }, (_, i) => score(i, 0, 1)) };
    const leaves = { scores: Array.from({ length: count }, (_, i) => score(i, 100_000 + i, 1)) };
    const events = scoreEvents({ root, policy: embedded, leaves, previous }, PAGES);
    expect([events.length, events[0]?.node?.index]).toEqual([ROOT_EVENTS_MAX, 10]);
  });

  it('tells wrong answers by node and counted report, with their reasons', () => {
    const line = (nodeIndex: number, wrong: number) => ({ nodeIndex, wrong }) as NodeTally;
    const tallies = [
      { epoch: 9, validator: VALIDATOR, tallies: [line(0, 2), line(1, 0)] },
      { epoch: 9, validator: OTHER, tallies: [line(0, 5)] },
    ];
    const entries = [{ epoch: 9, validator: VALIDATOR, reportHash: hash(1) }];
    const reasons = [{ epoch: 9, validator: VALIDATOR, nodeIndex: 0, reasons: ['wrong_result'] as const }];
    const events = correctnessEvents(
      { root, leaves: { scores: [score(0, 0, 1), score(1, 0, 1)] }, entries, tallies, reasons },
      PAGES,
    );
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      node: { index: 0 },
      data: { validator: VALIDATOR, failures: 2, reasons: ['wrong_result'] },
    });
    expect(EVENT_DATA['audit.correctness_failed'].safeParse(events[0]?.data).success).toBe(true);
  });
});

it('a slash is told when it is queued and when it is executed', () => {
  const fault = { faultKey: hash(1), kind: 'two-roots', offender: VALIDATOR, epoch: 3 } as const;
  const [queued, executed] = (['queued', 'executed'] as const).map((state) =>
    slashEvent(fault, state, { occurredAtMs: 5, ...PAGES }),
  );
  expect(queued).toMatchObject({ data: { state: 'queued', page: `https://audits.test/validators/${VALIDATOR}` } });
  expect(executed?.id).not.toBe(queued?.id);
  expect(EVENT_DATA['validator.slashed'].safeParse(executed?.data).success).toBe(true);
});

it('a network that agrees tells of every epoch once, at each of its members', async () => {
  const world = simWorld({ seed: 5 });
  await world.through(6);
  for (const { store } of world.members) {
    const sealed = [...store.events.values()].filter(({ type }) => type === 'epoch.sealed');
    expect(sealed.map(({ data }) => ('epoch' in data ? data.epoch : -1))).toEqual([1, 2, 3, 4, 5, 6]);
    expect([...store.events.values()].some(({ type }) => type === 'epoch.disputed')).toBe(false);
  }
}, 60_000);
