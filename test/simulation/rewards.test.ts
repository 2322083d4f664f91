// What honesty and lies earn over several roots: honest validators keep their agreement; who invents failures or passes, leaves audits
// out or voids them, earns less.
import { describe, expect, test } from 'vitest';
import { rootHash } from '../../protocol/consensus/root.ts';
import { consensus } from '../../protocol/consensus/rule.ts';
import type { ConsensusReport, PreviousRoot, ValidatorScore } from '../../protocol/consensus/types.ts';
import { told } from './lies.ts';
import { inputOf, policy, random, randomNetwork, samplesOf, audits, type Counts, type Nature, type Network, type Random } from './network.ts'; // prettier-ignore
import { figure, times } from './scale.ts';

/** Sound, flaky, often wrong, down, and something between: failures of both kinds. */
const anyNature = ({ unit }: Random): Nature => {
  const dice = unit();
  if (dice < 0.6) return { wrong: 0, slow: 0, network: 0.01 };
  if (dice < 0.75) return { wrong: 0, slow: 0.05, network: 0.3 };
  if (dice < 0.9) return { wrong: 0.3, slow: 0, network: 0.01 };
  if (dice < 0.95) return { wrong: 0, slow: 0, network: 1 };
  return { wrong: 0.2, slow: 0.2, network: 0.2 };
};

describe('honest validators', { timeout: 600_000 }, () => {
  const sizes = [5, 20, 60].flatMap((nodes) => [1, 10, 100].map((n) => [nodes, n] as const));

  test('agree to 95 % in 99.9 % of epochs, however few their nodes and audits', () => {
    let [looked, low] = [0, 0];
    for (const [nodes, n] of sizes) {
      const chance = random(nodes * 1000 + n);
      const count = times(Math.ceil(4000 / (nodes * Math.sqrt(n))), 10);
      let [own, ownLow] = [0, 0];
      for (let i = 0; i < count; i++) {
        const network = randomNetwork(chance, {
          seats: 2 + chance.below(20),
          nodes,
          audits: n,
          draws: 'uniform',
          nature: anyNature,
        });
        for (const { agreementPpm } of consensus(inputOf(network, network.honest)).leaves.validators) {
          own += 1;
          if (agreementPpm < 950_000) ownLow += 1;
        }
      }
      figure(`${String(nodes)} nodes, n ${String(n)}: ${String(ownLow)} of ${String(own)} honest epochs below 95 %`);
      looked += own;
      low += ownLow;
    }
    expect(looked).toBeGreaterThan(10_000);
    expect(low / looked).toBeLessThanOrEqual(0.001);
  });

  test('keep it while a third of the stake fails every node', () => {
    let [looked, low] = [0, 0];
    const chance = random(77);
    for (let i = 0; i < times(30); i++) {
      const network = randomNetwork(chance, {
        seats: 4 + chance.below(28),
        nodes: 40,
        audits: 100,
        draws: 'uniform',
        nature: anyNature,
      });
      const grid = network.honest.map((row) => row.map((own, v) => (network.liars.has(v) ? told(samplesOf(own), 0) : own)));
      consensus(inputOf(network, grid)).leaves.validators.forEach(({ agreementPpm }, v) => {
        if (network.liars.has(v)) expect(agreementPpm).toBe(0);
        else {
          looked += 1;
          if (agreementPpm < 950_000) low += 1;
        }
      });
    }
    figure(`under attack: ${String(low)} of ${String(looked)} honest epochs below 95 %`);
    expect(low / looked).toBeLessThanOrEqual(0.002);
  });
});

// ── one misbehaving validator of seven, over eight epochs, each root following the last ──────────────────────────────────────
type Habit = {
  /** What it says of node i having seen `own`. */
  readonly tell?: (node: number, own: Counts) => Counts;
  /** Due draws of which it has done so many. */
  readonly done?: (due: number) => number;
  readonly silent?: boolean;
};

const EPOCHS = 8;

/** Each seat's line of each epoch; seat 0 has the habit. */
function history(seed: number, habit: Habit): ValidatorScore[][] {
  const chance = random(seed);
  const base = randomNetwork(chance, { seats: 7, nodes: 20, audits: 12, draws: 'uniform', nature: anyNature });
  const network: Network = { ...base, seats: base.seats.map((seat) => ({ ...seat, stake: 1000n })) };
  let previous: PreviousRoot | null = null;
  let window: ConsensusReport[] = [];
  return Array.from({ length: EPOCHS }, (_, i) => {
    const epoch = 100 + i;
    const grid = network.natures.map((nature, node) =>
      network.seats.map((_seat, v) => {
        const own = audits(chance, nature, 6 + chance.below(13));
        return v === 0 ? (habit.tell?.(node, own) ?? own) : own;
      }),
    );
    const done = (seat: number, due: number): number => (seat === 0 ? (habit.done?.(due) ?? due) : due);
    const whole = inputOf(network, grid, { epoch, previous, done });
    const fresh = whole.fresh.filter((_report, v) => !(habit.silent === true && v === 0));
    const result = consensus({ ...whole, fresh, window });
    const root = rootHash({ epoch, round: 0, ...result.roots, policyHash: `0x${'00'.repeat(32)}` });
    previous = { epoch, rootHash: root, leaves: result.leaves };
    window = [...window, ...fresh];
    return [...result.leaves.validators];
  });
}

const total = (lines: readonly ValidatorScore[][], seat: number): number =>
  lines.reduce((sum, line) => sum + Number((line[seat]?.reward ?? 0n) / 10n ** 12n), 0) / 1e6;

describe('one of seven validators, over eight epochs', { timeout: 120_000 }, () => {
  const honest = history(5, {});
  const full = total(honest, 0);
  const others = (lines: readonly ValidatorScore[][]): number => total(lines, 1) / full;
  const kept = (habit: Habit): { part: number; lines: ValidatorScore[][] } => {
    const lines = history(5, habit);
    return { part: total(lines, 0) / full, lines };
  };

  test('honest, earns all there is for its share', () => {
    expect(full).toBeCloseTo((EPOCHS * policy.rewards.validatorsPerEpoch * 0.142857) / 1e6, 2);
    expect(others(honest)).toBe(1);
  });

  test.each([
    ['a slanderer of every node', { tell: (_: number, own: Counts) => told(samplesOf(own), 0) }, 0],
    ['a slanderer of every second node', { tell: (node: number, own: Counts) => (node % 2 === 0 ? told(samplesOf(own), 0) : own) }, 0.3], // prettier-ignore
    ['a flatterer of every node', { tell: (_: number, own: Counts) => told(samplesOf(own), samplesOf(own)) }, 0.95],
    ['an inventor of wrong results', { tell: (_: number, own: Counts) => ({ pass: 0, wrong: samplesOf(own), slow: 0, network: 0 }) }, 0], // prettier-ignore
  ] as const)('%s keeps at most its part, and its accuracy falls', (name, habit, most) => {
    const { part, lines } = kept(habit);
    figure(`${name}: keeps ${(100 * part).toFixed(1)} % of its reward, accuracy ${String(lines.at(-1)?.[0]?.accuracyPpm ?? 0)}`);
    expect(part).toBeLessThanOrEqual(most);
    expect(lines.at(-1)?.[0]?.accuracyPpm ?? 0).toBeLessThan(950_000);
    expect(others(lines)).toBe(1);
  });

  test('omissions and VOIDs that are the auditor’s doing cost their share, and beyond the limit all', () => {
    const limit = policy.consensus.notDoneMaxPpm / 1e6;
    const within = kept({ done: (due) => Math.ceil(due * (1 - limit / 2)) }).part;
    expect(within).toBeGreaterThan(1 - limit);
    expect(within).toBeLessThan(1 - limit / 4);
    expect(kept({ done: (due) => Math.floor(due * (1 - 2 * limit)) }).part).toBe(0);
  });

  test('a missing or unverified report earns nothing', () => {
    const { part, lines } = kept({ silent: true });
    expect(part).toBe(0);
    expect(others(lines)).toBe(1);
  });

  test('a slanderer’s word loses its weight: after eight epochs its accuracy is a part of the others’', () => {
    const { lines } = kept({ tell: (_, own) => told(samplesOf(own), 0) });
    const falling = lines.map((line) => line[0]?.accuracyPpm ?? 0);
    expect(falling).toEqual(falling.toSorted((a, b) => b - a));
    const expected = (1 - 1 / policy.consensus.accuracyEpochs) ** EPOCHS;
    expect(falling.at(-1)).toBeLessThan(1_000_000 * (expected + 0.1));
    expect(lines.at(-1)?.[1]?.accuracyPpm).toBe(1_000_000);
  });
});
