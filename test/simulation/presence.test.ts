// Presence beside jobs: lies about the one move nothing of the other, an uptime no further than any other rate, and neither hides in
// the number of the other, in the mix of the shipped policy. And what a node gains that is busy where it would fail.
import { describe, expect, test } from 'vitest';
import { consensus } from '../../protocol/consensus/rule.ts';
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

describe('busy', { timeout: 600_000 }, () => {
  const { busyPpm } = policy.consensus;
  /** Of a node's jobs that would fail on the network, all are busy instead. */
  const selective = ({ network, ...own }: Counts): Counts => ({ ...own, network: 0, busy: network });
  const always = (own: Counts): Counts => ({ pass: 0, wrong: 0, slow: 0, network: 0, busy: samplesOf(own) });
  const failing = [0, 0.02, 0.05, 0.1, 0.3, 0.6, 1];

  test.each([4, 20])('with %i validators: excuses a node by the ration and one job of each, and no more', (seats) => {
    const n = Math.round(mixOf().jobs / seats);
    const chance = random(seats);
    const shape = { seats, nodes: failing.length, audits: n, draws: 'exact' } as const;
    const gains = failing.map((): number[] => []);
    const scores = failing.map((): number[] => []);
    for (let run = 0; run < times(40); run++) {
      let at = 0;
      const nature = () => ({ wrong: 0, slow: 0, network: failing[at++ % failing.length] ?? 0 });
      const network = randomNetwork(chance, { ...shape, nature });
      const linesOf = (tell: (own: Counts) => Counts) => consensus(inputOf(network, network.honest.map((row) => row.map(tell)))).leaves.scores; // prettier-ignore
      const [honest, told, hog] = [linesOf((own) => own), linesOf(selective), linesOf(always)];
      failing.forEach((_, node) => {
        gains[node]?.push((told[node]?.ratePpm ?? 0) - (honest[node]?.ratePpm ?? 0));
        scores[node]?.push((told[node]?.scorePpm ?? 0) - (honest[node]?.scorePpm ?? 0));
        // whatever a node could do, always busy is a rate of nothing
        expect([hog[node]?.ratePpm, hog[node]?.scorePpm, hog[node]?.tier === 1]).toEqual([0, 0, false]);
      });
    }
    const mean = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length;
    failing.forEach((part, node) => {
      const [own = [], score = []] = [gains[node], scores[node]];
      figure(
        `busy, ${String(seats)} validators, ${String(n)} jobs each, fails ${String(100 * part)} %, selectively busy: rate + ${(mean(own) / 1e4).toFixed(1)} points, at most ${(Math.max(...own) / 1e4).toFixed(1)}; score ${(mean(score) / 1e4).toFixed(1)}`,
      );
      expect(Math.max(...own)).toBeLessThanOrEqual(busyPpm + 1e6 / n);
      if (part === 0 || part === 1) expect(own.every((gain) => gain === 0)).toBe(true);
    });
  });
});
