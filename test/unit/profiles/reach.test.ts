// Whether the grades can be reached at the rates of the policy that ships: an honest node gets the best one within 30 days, a node that fails
// every fiftieth job does not, however it fails.
import { describe, expect, test } from 'vitest';
import { KIND_PRESENCE } from '../../../protocol/challenge.ts';
import type { Policy } from '../../../protocol/policy.ts';
import { shippedPolicies } from '../../../schema/policy/shipped.ts';
import { gradeOf, type Graded } from '../../../workers/services/profiles/grade.ts';
import { jobEpochs, type JobCounts } from '../../../workers/services/profiles/job-epochs.ts';
import { JOB_EPOCHS, SPAN_EPOCHS } from '../../../workers/services/profiles/limits.ts';
import { slicesOf } from '../../../workers/services/profiles/slices.ts';
import { wilson } from '../../../workers/services/views/wilson.ts';

const EPOCHS_PER_DAY = 24;
const FLOOR = 850;

function network(): Policy {
  const policy = shippedPolicies.find(({ name }) => name === 'network');
  if (policy === undefined) throw new Error('The policy of the network does not ship.');
  return policy;
}

/** Of one node in so many hourly epochs, over all validators. */
function asked({ kinds, schedule }: Policy, epochs: number): { jobs: number; questions: number } {
  const weight = (of: readonly { weight: number }[]): number => of.reduce((sum, kind) => sum + kind.weight, 0);
  const all = (schedule.auditsPerNodePerDay * epochs) / EPOCHS_PER_DAY;
  const jobs = Math.floor((all * weight(kinds.filter(({ kind }) => kind !== KIND_PRESENCE))) / weight(kinds));
  return { jobs, questions: Math.floor(all) - jobs };
}

/** A node that has been there for so many epochs, of whose jobs `failing` come to an end of that kind. */
function graded(epochs: number, failing = 0, how: 'wrong' | 'network' = 'network'): Graded & { low: number | null } {
  const policy = network();
  const { windowEpochs, samplesMin, tiers } = policy.consensus;
  const long = asked(policy, Math.min(epochs, JOB_EPOCHS)).jobs;
  const { jobs: short, questions } = asked(policy, Math.min(epochs, windowEpochs));
  const failed = Math.round(failing * long);
  const jobs: JobCounts = { ...{ wrong: 0, slow: 0, network: 0 }, pass: long - failed, [how]: failed };
  const rate = 1 - failing;
  const scorePpm = Math.floor(1_000_000 * wilson(rate * short, short, 1.645).low);
  const place = tiers.findIndex((tier) => scorePpm >= tier.scorePpm);
  const input = {
    score: {
      ...{
        epoch: epochs,
        nodeIndex: 0,
        nodeId: `0x${'ab'.repeat(32)}` as const,
        scorePpm,
        ratePpm: Math.floor(1_000_000 * rate),
      },
      ...{ correctPpm: how === 'wrong' ? Math.floor(1_000_000 * rate) : 1_000_000, samples: short, effectiveSamples: short },
      ...{ measure: FLOOR, elapsedMs: 900, tier: short < samplesMin ? 0 : 1 + (place < 0 ? tiers.length : place) },
      ...{
        uptimePpm: 1_000_000,
        uptimeLowPpm: 998_000,
        uptimeSamples: questions,
        latencyMs: 60,
        latencyHighMs: 200,
        bandwidth: 0,
      },
    },
    ...{ floor: FLOOR, validators: 4, tiers, jobs },
  };
  const low = slicesOf(input).find(({ key }) => key === 'correctness')?.low ?? null;
  return { ...gradeOf(input), low };
}

describe('under the policy of the network', () => {
  test('a node has some 126 jobs in the window and 540 in thirty days', () => {
    expect(asked(network(), network().consensus.windowEpochs).jobs).toBe(126);
    expect(asked(network(), 30 * EPOCHS_PER_DAY).jobs).toBe(540);
    expect(JOB_EPOCHS).toBe(30 * EPOCHS_PER_DAY);
  });

  test('an honest one is excellent within thirty days', () => {
    expect(graded(JOB_EPOCHS)).toMatchObject({ grade: 'excellent', why: 'Every slice meets what is asked.' });
    expect(graded(JOB_EPOCHS).low).toBeGreaterThan(992_000);
    // The first window alone can't show it.
    expect(graded(7 * EPOCHS_PER_DAY)).toMatchObject({ grade: 'reliable' });
    expect(graded(15 * EPOCHS_PER_DAY)).toMatchObject({ grade: 'excellent' });
  });

  test('one that fails every fiftieth job is not, and one whose results are wrong as often fails', () => {
    expect(graded(JOB_EPOCHS, 0.02).grade).toBe('reliable');
    expect(graded(JOB_EPOCHS, 0.02, 'wrong')).toMatchObject({ grade: 'failing' });
    // One failure in a month is no reason to be less.
    expect(graded(JOB_EPOCHS, 1 / 540)).toMatchObject({ grade: 'excellent' });
  });
});

describe('the epochs that jobs are counted over', () => {
  test('are thirty days up to the root and less than a span more', () => {
    for (const through of [0, 11, 12, 719, 720, 731, 732, 5_000, 5_003]) {
      const { from, firstSpan, lastSpan, tail } = jobEpochs(through);
      expect(from).toBe(SPAN_EPOCHS * firstSpan);
      expect(tail).toBe(SPAN_EPOCHS * lastSpan);
      expect(tail).toBeLessThanOrEqual(through);
      const counted = through - from + 1;
      expect(counted).toBeGreaterThanOrEqual(Math.min(through + 1, JOB_EPOCHS));
      expect(counted).toBeLessThan(JOB_EPOCHS + SPAN_EPOCHS);
    }
    expect(JOB_EPOCHS % SPAN_EPOCHS).toBe(0);
  });
});
