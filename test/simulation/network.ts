// Random networks for the consensus rule: seats with random stakes, nodes that fail in their own ways, what each validator would
// honestly see of each, and which seats lie. Everything follows from a seed.
import type { Hex } from '../../protocol/bytes.ts';
import { cappedWeights } from '../../protocol/consensus/weights.ts';
import type { ConsensusInput, ConsensusReport, NodeTally, PreviousRoot, Seat } from '../../protocol/consensus/types.ts';
import type { Policy } from '../../protocol/policy.ts';
import { shippedPolicies } from '../../schema/policy/shipped.ts';

export type Random = { below: (n: number) => number; unit: () => number };

/** mulberry32 */
export function random(seed: number): Random {
  let state = seed >>> 0;
  const unit = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
  return { unit, below: (n) => Math.floor(unit() * n) };
}

/** How many of n trials succeed, by the gaps between successes (exact, in time that grows with n·p). */
export function binomial({ unit }: Random, n: number, p: number): number {
  if (p <= 0) return 0;
  if (p >= 1) return n;
  if (p > 0.5) return n - binomial({ unit, below: () => 0 }, n, 1 - p);
  const scale = Math.log(1 - p);
  let [count, at] = [0, 0];
  for (;;) {
    at += 1 + Math.floor(Math.log(1 - unit()) / scale);
    if (at > n) return count;
    count += 1;
  }
}

/** What one validator says of one node. */
export type Counts = {
  readonly pass: number;
  readonly wrong: number;
  readonly slow: number;
  readonly network: number;
  /** Jobs that it turned away; none if not said. */
  readonly busy?: number;
  /** Questions of presence; none if not said. */
  readonly present?: number;
  readonly absent?: number;
};
/** Of jobs that were done, well or badly. */
export const samplesOf = ({ pass, wrong, slow, network }: Counts): number => pass + wrong + slow + network;

/** Chances of a node's audits; what is left is PASS. */
export type Nature = { readonly wrong: number; readonly slow: number; readonly network: number };

export type Network = {
  readonly seats: readonly Seat[];
  readonly natures: readonly Nature[];
  /** Of node i by seat v: what an honest validator sees. */
  readonly honest: readonly (readonly Counts[])[];
  /** Seats that lie, together at most a third of the capped stake. */
  readonly liars: ReadonlySet<number>;
};

const hex = (prefix: number, n: number, bytes: number): Hex =>
  `0x${prefix.toString(16).padStart(2, '0')}${n.toString(16).padStart(2 * bytes - 2, '0')}`;
export const operatorOf = (seat: number): Hex => hex(0xaa, seat, 20);
export const ownerOf = (node: number): Hex => hex(0xbb, node, 20);

/** The audits of one node, `n` of them or as many as chance gives around it. */
export function audits(chance: Random, { wrong, slow, network }: Nature, n: number): Counts {
  const failedNetwork = binomial(chance, n, network);
  const failedWrong = binomial(chance, n - failedNetwork, wrong / Math.max(1e-12, 1 - network));
  const rest = n - failedNetwork - failedWrong;
  const failedSlow = binomial(chance, rest, slow / Math.max(1e-12, 1 - network - wrong));
  return { pass: rest - failedSlow, wrong: failedWrong, slow: failedSlow, network: failedNetwork };
}

/** Stakes of a few kinds: equal, mildly different, a few whales. */
function stakesOf({ below }: Random, seats: number): bigint[] {
  const kind = below(3);
  return Array.from({ length: seats }, () => {
    if (kind === 0) return 1000n;
    return BigInt(kind === 1 ? 500 + below(1000) : 10 ** (2 + below(3)) * (1 + below(9)));
  });
}

/** Seats in a random order, taken as long as they stay within a third of the capped stake. */
export function chooseLiars({ below }: Random, stakes: readonly bigint[]): Set<number> {
  const weights = cappedWeights(stakes);
  const third = weights.reduce((a, b) => a + b, 0n);
  const order = weights.map((_, i) => ({ i, key: below(1_000_000) })).sort((a, b) => a.key - b.key);
  const chosen = new Set<number>();
  let sum = 0n;
  for (const { i } of order) {
    if (3n * (sum + (weights[i] ?? 0n)) > third) continue;
    sum += weights[i] ?? 0n;
    chosen.add(i);
  }
  return chosen;
}

export type Shape = {
  readonly seats: number;
  readonly nodes: number;
  /** Audits of a validator and node: exactly, or on average with uniform draws. */
  readonly audits: number;
  readonly draws: 'exact' | 'uniform';
  readonly nature: (chance: Random) => Nature;
};

export function randomNetwork(chance: Random, shape: Shape): Network {
  const stakes = stakesOf(chance, shape.seats);
  const natures = Array.from({ length: shape.nodes }, () => shape.nature(chance));
  const counts = stakes.map(() => {
    const drawn = new Array<number>(shape.nodes).fill(shape.draws === 'exact' ? shape.audits : 0);
    if (shape.draws === 'uniform') {
      for (let i = 0; i < shape.nodes * shape.audits; i++) {
        const node = chance.below(shape.nodes);
        drawn[node] = (drawn[node] ?? 0) + 1;
      }
    }
    return drawn;
  });
  return {
    seats: stakes.map((stake, v) => ({ operator: operatorOf(v), signer: operatorOf(v), stake })),
    natures,
    honest: natures.map((nature, i) => counts.map((drawn) => audits(chance, nature, drawn[i] ?? 0))),
    liars: chooseLiars(chance, stakes),
  };
}

const [shipped] = shippedPolicies.filter(({ name }) => name === 'network');
if (shipped === undefined) throw new Error('there is no policy "network"');
/** The shipped policy of production, whose tolerance and limits the bounds are about. */
export const policy: Policy = shipped;

export type Told = {
  /** Due and done of each seat's report; by default all done. */
  readonly done?: (seat: number, due: number) => number;
  readonly epoch?: number;
  readonly previous?: PreviousRoot | null;
  readonly measure?: (node: number, seat: number) => number;
};

/** The rule's input where seat v says `grid[i][v]` of node i. */
export function inputOf(network: Network, grid: readonly (readonly Counts[])[], told: Told = {}): ConsensusInput {
  const epoch = told.epoch ?? 100;
  const measureOf = told.measure ?? (() => 1_000_000);
  const fresh = network.seats.map(({ operator }, v): ConsensusReport => {
    const tallies = grid.flatMap((row, nodeIndex): NodeTally[] => {
      const counts = row[v];
      if (counts === undefined) return [];
      const { pass, wrong, slow, network: failed, busy = 0, present = 0, absent = 0 } = counts;
      if (samplesOf(counts) + busy + present + absent === 0) return [];
      const passed = pass > 0;
      const medians = { medianMeasure: passed ? measureOf(nodeIndex, v) : 0, medianElapsedMs: passed ? 100 : 0 };
      const latencies = { latencyMs: present > 0 ? 40 : 0, latencyHighMs: present > 0 ? 90 : 0 };
      const jobs = { pass, wrong, slow, network: failed, busy, void: 0, ...medians, fills: 0, bandwidth: 0 };
      return [{ nodeIndex, ...jobs, present, absent, ...latencies }];
    });
    const due = tallies.reduce((sum, tally) => sum + samplesOf(tally) + tally.busy + tally.present + tally.absent, 0);
    return { epoch, validator: operator, reportHash: hex(v, epoch, 32), due, done: told.done?.(v, due) ?? due, tallies };
  });
  return {
    ...{ epoch, policy, seats: network.seats, fresh, window: [], previous: told.previous ?? null },
    nodes: network.natures.map((_, index) => ({ index, nodeId: hex(1, index, 32), operator: ownerOf(index), retired: false })),
  };
}
