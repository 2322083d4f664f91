// Presence beside jobs: lies about the one move nothing of the other, an uptime no further than any other rate, and neither hides in
// the number of the other, in the mix of the shipped policy.
import { describe, expect, test } from 'vitest';
import { tallyRows } from '../../protocol/consensus/tally.ts';
import { consensus } from '../../protocol/consensus/rule.ts';
import type { AuditRow } from '../../protocol/record.ts';
import { ROUNDING, closedForm, reachOf } from './bounds.ts';
import { LIES, gridOf, told } from './lies.ts';
import { inputOf, policy, random, randomNetwork, samplesOf, type Counts, type Network, type Random } from './network.ts';
import { figure, spreadOf, times } from './scale.ts';

const DAYS_OF_WINDOW = 7;
/** Questions of presence, and jobs, of a node by all validators in the window of the shipped policy. */
function mixOf(): { readonly asked: number; readonly jobs: number } {
  const weights = policy.kinds.reduce((sum, { weight }) => sum + weight, 0);
  const ofPresence = policy.kinds.filter(({ kind }) => kind === 5).reduce((sum, { weight }) => sum + weight, 0);
  const all = DAYS_OF_WINDOW * policy.schedule.auditsPerNodePerDay;
  return { asked: (all * ofPresence) / weights, jobs: (all * (weights - ofPresence)) / weights };
}

/** Counts of a network's questions of presence: what passes is present, what fails is absent. */
const asPresence = (counts: Counts): Counts => ({
  ...{ pass: 0, wrong: 0, slow: 0, network: 0, present: counts.pass, absent: samplesOf(counts) - counts.pass },
});

const natures = ({ below, unit }: Random) => ({
  ...{ wrong: 0, slow: 0, network: below(3) === 0 ? unit() : ([0, 0.001, 0.02, 0.3, 1][below(5)] ?? 0) },
});

describe('an uptime', { timeout: 600_000 }, () => {
  const chance = random(5);
  const networks = Array.from({ length: times(12) }, () =>
    randomNetwork(chance, { seats: 4 + chance.below(28), nodes: 12, audits: 100, draws: 'uniform', nature: natures }),
  );
  const servicesOf = (network: Network, grid: readonly (readonly Counts[])[]) =>
    consensus(inputOf(network, grid.map((row) => row.map(asPresence)))).leaves; // prettier-ignore

  test.each(LIES)('$name: stays within the liars’ exact reach and the closed form, and no score moves', (lie) => {
    const shifts: number[] = [];
    for (const network of networks) {
      const grid = gridOf(network, lie);
      const [honest, after] = [servicesOf(network, network.honest), servicesOf(network, grid)];
      expect(after.scores).toEqual(honest.scores);
      after.services.forEach(({ uptimePpm, uptimeLowPpm }, node) => {
        const before = honest.services[node];
        const row = grid[node] ?? [];
        if (before === undefined) throw new Error('a node without a service');
        const shift = Math.abs(uptimePpm - before.uptimePpm);
        shifts.push(shift);
        expect(shift).toBeLessThanOrEqual(closedForm(network, node, row));
        expect(uptimeLowPpm).toBeLessThanOrEqual(uptimePpm);
        const dealt = row.every((counts, v) => samplesOf(counts) === samplesOf(network.honest[node]?.[v] ?? counts));
        if (!dealt) return;
        const { low, high } = reachOf(network, node);
        expect(uptimePpm).toBeGreaterThanOrEqual(low - ROUNDING);
        expect(uptimePpm).toBeLessThanOrEqual(high + ROUNDING);
      });
    }
    const { mean, p999 } = spreadOf(shifts);
    figure(`uptime, n 100, ${lie.name}: mean shift ${mean.toFixed(4)}, 99.9 % ${p999.toFixed(4)}`);
    expect(shifts.length).toBeGreaterThan(100);
  });
});

describe('one of twenty validators in the shipped mix', { timeout: 600_000 }, () => {
  const SEATS = 20;
  const NODES = 60;

  /** Agreement of seat 0, and of the others on average, in millionths: means over networks. */
  function agreements(tell: (own: Counts, node: number) => Counts): { liar: number; others: number } {
    const { asked, jobs } = mixOf();
    const count = times(5, 8);
    let [liar, others] = [0, 0];
    for (let i = 0; i < count; i++) {
      const chance = random(900 + i);
      const shape = { seats: SEATS, nodes: NODES, draws: 'uniform', nature: natures } as const;
      const work = randomNetwork(chance, { ...shape, audits: Math.round(jobs / SEATS) });
      const known = new Map(work.natures.map((nature, node) => [node, nature]));
      let node = 0;
      const nature = () => known.get(node++) ?? { wrong: 0, slow: 0, network: 0 };
      const presence = randomNetwork(chance, { ...shape, nature, audits: Math.round(asked / SEATS) });
      const grid = work.honest.map((row, at) =>
        row.map((own, v) => {
          const both = { ...own, ...pick(asPresence(presence.honest[at]?.[v] ?? own)) };
          return v === 0 ? tell(both, at) : both;
        }),
      );
      const network = { ...work, seats: work.seats.map((seat) => ({ ...seat, stake: 1000n })) };
      const lines = consensus(inputOf(network, grid)).leaves.validators.map(({ agreementPpm }) => agreementPpm);
      liar += (lines[0] ?? 0) / count;
      others += lines.slice(1).reduce((sum, ppm) => sum + ppm, 0) / (SEATS - 1) / count;
    }
    return { liar, others };
  }
  const pick = ({ present = 0, absent = 0 }: Counts) => ({ present, absent });
  const failJobs = (own: Counts): Counts => ({ ...own, ...told(samplesOf(own), 0) });
  const failPresence = ({ present = 0, absent = 0, ...own }: Counts): Counts => ({
    ...own,
    present: 0,
    absent: present + absent,
  });
  const flatter = ({ present = 0, absent = 0, ...own }: Counts): Counts => ({ ...own, present: present + absent, absent: 0 });

  test('asks of presence sixteen times as often as for a job', () => {
    const { asked, jobs } = mixOf();
    expect(asked / jobs).toBeCloseTo(16, 6);
  });

  test.each([
    ['honest', (own: Counts) => own, 990_000, 1_000_000],
    ['fails every job', failJobs, 0, 250_000],
    ['fails every question of presence', failPresence, 0, 0],
    ['fails every second node’s presence', (own: Counts, node: number) => (node % 2 === 0 ? failPresence(own) : own), 0, 400_000],
    ['calls everybody present', flatter, 0, 600_000],
  ] as const)('%s', (name, tell, least, most) => {
    const { liar, others } = agreements(tell);
    figure(`${name}: agreement ${(liar / 1e4).toFixed(1)} %, of the others ${(others / 1e4).toFixed(2)} %`);
    expect(liar).toBeGreaterThanOrEqual(least);
    expect(liar).toBeLessThanOrEqual(most);
    expect(others).toBeGreaterThan(990_000);
  });
});

describe('busy', () => {
  const hash = (label: number): `0x${string}` => `0x${label.toString(16).padStart(64, '0')}`;
  const row = (reason: 'none' | 'busy', draw: number): AuditRow => ({
    ...{ epoch: 100, slot: 0, draw, validator: `0x${'aa'.repeat(20)}`, nodeId: hash(1), nodeIndex: 0, kind: 1 },
    ...{ challengeHash: hash(2), commitment: hash(3), openingHash: hash(4), reason },
    ...{
      outcome: reason === 'none' ? 'pass' : 'void',
      elapsedMs: reason === 'none' ? 10 : 0,
      measure: reason === 'none' ? 9 : 0,
    },
    ...{ freshnessRound: 1, startedAt: 1, transcriptHash: hash(5) },
  });

  test('excuses a node as often as the policy says, and is a failure after that', () => {
    const { busyPerEpoch } = policy.schedule;
    const rateAfter = (busy: number): number => {
      const rows = [
        ...Array.from({ length: 40 }, (_, i) => row('none', i)),
        ...Array.from({ length: busy }, (_, i) => row('busy', 40 + i)),
      ];
      const network = randomNetwork(random(3), { seats: 4, nodes: 1, audits: 1, draws: 'exact', nature: natures });
      const input = inputOf(network, network.honest);
      const fresh = input.fresh.map((report) => ({ ...report, due: rows.length, done: rows.length, tallies: tallyRows(rows, busyPerEpoch) })); // prettier-ignore
      return consensus({ ...input, fresh }).leaves.scores[0]?.ratePpm ?? 0;
    };
    expect(rateAfter(busyPerEpoch)).toBe(1_000_000);
    expect(rateAfter(busyPerEpoch + 10)).toBe(800_000);
    expect(rateAfter(busyPerEpoch + 40)).toBe(500_000);
  });
});
