// Ways to lie about the audits that one was dealt. A liar can turn outcomes around (network failures are its word alone) and leave
// audits out; it cannot have more of them, since its draws follow from its seed and are replayed.
import { intervalHigh, intervalLow } from '../../protocol/consensus/integers.ts';
import { centreOf, clippedMean, join, newGroup, newScratch } from '../../protocol/consensus/rates.ts';
import { cappedWeights, sharesPpm } from '../../protocol/consensus/weights.ts';
import { policy, samplesOf, type Counts, type Network } from './network.ts';

const MILLION = 1_000_000;
const tolerance = policy.consensus.clipTolerancePpm;

/** n audits of which `pass` passed, the rest being failures of the network level. */
export const told = (n: number, pass: number): Counts => ({ pass, wrong: 0, slow: 0, network: n - pass });

type Tell = (own: Counts) => Counts;

/** What each liar makes of its own counts of node i, everybody's honest numbers being known. */
export type Lie = { readonly name: string; readonly plan: (network: Network, node: number) => Tell };

/** First root, so weights are shares at full accuracy. */
export const weightsOf = (network: Network): number[] =>
  sharesPpm(cappedWeights(network.seats.map(({ stake }) => stake))).map((share) => Math.max(1, Math.floor(share / 100)));

/** r* and the clipped mean of one node's row. */
export function meanOf(row: readonly Counts[], weights: readonly number[]): { centre: number; mean: number } {
  const [group, scratch] = [newGroup(row.length), newScratch(row.length)];
  row.forEach((counts, v) => join(group, v, weights[v] ?? 0, counts.pass, samplesOf(counts)));
  const { mean } = clippedMean(group, tolerance, scratch);
  return { centre: centreOf(group, scratch), mean };
}

function withLie({ honest, liars }: Network, node: number, tell: Tell): Counts[] {
  return (honest[node] ?? []).map((counts, v) => (liars.has(v) ? tell(counts) : counts));
}

/** The liars know all honest numbers and try everything below; the largest move wins. */
function adaptive(network: Network, node: number): Tell {
  const weights = weightsOf(network);
  const before = meanOf(network.honest[node] ?? [], weights).mean;
  let [best, largest]: [Tell, number] = [(own) => own, 0];
  for (const keep of [1, 0.5, 0.25, 0]) {
    for (const part of [0, 0.25, 0.5, 0.75, 1]) {
      const tell: Tell = (own) => {
        const size = Math.min(samplesOf(own), Math.max(1, Math.ceil(keep * samplesOf(own))));
        return told(size, Math.round(part * size));
      };
      const shift = Math.abs(meanOf(withLie(network, node, tell), weights).mean - before);
      if (shift > largest) [best, largest] = [tell, shift];
    }
  }
  return best;
}

/** Just inside of where everybody's rate is clipped. */
function border(network: Network, node: number, upper: boolean): Tell {
  const { centre } = meanOf(network.honest[node] ?? [], weightsOf(network));
  return (own) => {
    const n = samplesOf(own);
    if (n === 0) return own;
    const edge = upper ? intervalHigh(1, centre, n, tolerance) : intervalLow(1, centre, n, tolerance);
    const passed = (edge * n) / MILLION;
    return told(n, Math.max(0, Math.min(n, upper ? Math.floor(passed) : Math.ceil(passed))));
  };
}

const failing: Tell = (own) => told(samplesOf(own), 0);
const passing: Tell = (own) => told(samplesOf(own), samplesOf(own));

export const LIES: readonly Lie[] = [
  { name: 'all fail', plan: () => failing },
  { name: 'all pass', plan: () => passing },
  { name: 'lower border', plan: (network, node) => border(network, node, false) },
  { name: 'upper border', plan: (network, node) => border(network, node, true) },
  { name: 'single node fails', plan: (_, node) => (node === 0 ? failing : (own) => own) },
  { name: 'one sample, failed', plan: () => (own) => told(Math.min(1, samplesOf(own)), 0) },
  { name: 'a quarter, failed', plan: () => (own) => told(Math.ceil(samplesOf(own) / 4), 0) },
  { name: 'every other node', plan: (_, node) => (node % 2 === 0 ? failing : passing) },
  { name: 'adaptive', plan: adaptive },
];

/** What everybody says of every node when the network's liars tell this lie. */
export function gridOf(network: Network, { plan }: Lie): Counts[][] {
  return network.honest.map((_, node) => withLie(network, node, plan(network, node)));
}
