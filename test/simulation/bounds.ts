// How far lies can move a rate, as docs/consensus.md derives it: for one node exactly, from what the honest reports say, and on
// average over nodes from the number of audits, the true rate and the liars' share alone.
import { intervalHigh, intervalLow } from '../../protocol/consensus/integers.ts';
import { meanOf, told, weightsOf } from './lies.ts';
import { policy, samplesOf, type Counts, type Network } from './network.ts';

const MILLION = 1_000_000;
const tolerance = policy.consensus.clipTolerancePpm;
/** Interval ends are rounded outward by at most so many millionths, means down by one. */
export const ROUNDING = 6;

/** Lowest and highest mean that liars can bring about with the samples they were dealt: the mean never falls when a rate rises. */
export function reachOf(network: Network, node: number): { low: number; high: number } {
  const weights = weightsOf(network);
  const row = network.honest[node] ?? [];
  const at = (pass: (n: number) => number): number =>
    meanOf(
      row.map((counts, v) => (network.liars.has(v) ? told(samplesOf(counts), pass(samplesOf(counts))) : counts)),
      weights,
    ).mean;
  return { low: at(() => 0), high: at((n) => n) };
}

/** The liars' share of Σ w·n of a node. */
export function betaOf(network: Network, row: readonly Counts[]): number {
  const weights = weightsOf(network);
  const part = (of: (v: number) => boolean): number =>
    row.reduce((sum, counts, v) => sum + (of(v) ? (weights[v] ?? 0) * samplesOf(counts) : 0), 0);
  return (
    part((v) => network.liars.has(v)) /
    Math.max(
      1,
      part(() => true),
    )
  );
}

type Ends = { low: number; high: number };

/** Where a rate with n samples can be clipped to while the median is anywhere in `centres`. */
const ends = (n: number, centres: Ends): Ends => ({
  low: intervalLow(1, centres.low, n, tolerance),
  high: intervalHigh(1, centres.high, n, tolerance),
});

/** How far the ends of an interval move while the median moves over `centres`. Their slope is at most 2 (at rates of 0 and 1). */
const endsMove = (n: number, { low, high }: Ends): number =>
  Math.max(
    intervalLow(1, high, n, tolerance) - intervalLow(1, low, n, tolerance),
    intervalHigh(1, high, n, tolerance) - intervalHigh(1, low, n, tolerance),
  );

/**
 * Median shift plus β times the clip's width: the closed form. An honest rate's clipped value moves no further than its interval's
 * ends do, and a liar's no further than across the interval. With fewer samples than it was dealt a liar has a wider interval and
 * less weight, and takes its honest word away: β' · width of all intervals with the lie + β · width without.
 */
export function closedForm(network: Network, node: number, lied: readonly Counts[]): number {
  const weights = weightsOf(network);
  const honest = network.honest[node] ?? [];
  const medians = [meanOf(honest, weights).centre, meanOf(lied, weights).centre];
  const centres = { low: Math.min(...medians), high: Math.max(...medians) };
  const seen = honest
    .map((counts, v) => ({ v, n: samplesOf(counts), told: samplesOf(lied[v] ?? counts) }))
    .filter(({ n }) => n > 0);
  const isLiar = (v: number): boolean => network.liars.has(v);
  const total = (of: (one: (typeof seen)[number]) => number): number =>
    seen.reduce((sum, one) => sum + (weights[one.v] ?? 0) * of(one), 0);
  const [before, after] = [total(({ n }) => n), total((one) => one.told)];
  const honestMove = total(({ v, n }) => (isLiar(v) ? 0 : n * endsMove(n, centres))) / after;
  if (seen.every(({ n, told: as }) => n === as)) {
    const width = ({ low, high }: Ends): number => high - low;
    return honestMove + total(({ v, n }) => (isLiar(v) ? n * width(ends(n, centres)) : 0)) / after + ROUNDING;
  }
  const hull = (of: (one: (typeof seen)[number]) => number): number => {
    const all = seen.map((one) => ends(of(one), centres));
    return Math.max(...all.map(({ high }) => high)) - Math.min(...all.map(({ low }) => low));
  };
  const shares = [total(({ v, told: as }) => (isLiar(v) ? as : 0)) / after, total(({ v, n }) => (isLiar(v) ? n : 0)) / before];
  return honestMove + (shares[0] ?? 0) * hull((one) => one.told) + (shares[1] ?? 0) * hull(({ n }) => n) + ROUNDING;
}

// ── on average ───────────────────────────────────────────────────────────────────────────────────────────────────────────
const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

/** The normal distribution function, by Simpson's rule from −8: good to 10⁻⁸. */
export function normal(x: number): number {
  if (x < -8) return 0;
  const steps = 400;
  const h = (x + 8) / steps;
  let sum = density(-8) + density(x);
  for (let i = 1; i < steps; i++) sum += (i % 2 === 0 ? 2 : 4) * density(-8 + i * h);
  return (sum * h) / 3;
}

function quantile(p: number): number {
  let [low, high] = [-8, 8];
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2;
    if (normal(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** E min(max(X, a), b) of a standard normal X. */
function clippedNormal(a: number, b: number): number {
  return a * normal(a) + b * (1 - normal(b)) + density(a) - density(b);
}

/** A network's nodes share their β, and a quantile is a few thousand steps. */
const factors = new Map<string, number>();

/**
 * Mean shift in standard errors σ of one validator's rate when a share β of the weight says "all failed" and the rest are many
 * and honest: the median falls to their (½ − β)/(1 − β) quantile −u; liars stand at −u − z, the others are clipped to −u ± z.
 */
export function shiftFactor(beta: number, z = 1): number {
  if (beta === 0) return 0;
  const key = `${String(beta)} ${String(z)}`;
  const known = factors.get(key);
  if (known !== undefined) return known;
  const u = -quantile((0.5 - beta) / (1 - beta));
  const factor = beta * (u + z) - (1 - beta) * clippedNormal(-u - z, -u + z);
  factors.set(key, factor);
  return factor;
}

/**
 * The mean shift of a rate over many nodes, in millionths, of liars who lie in one direction: shiftFactor(β)·σ, σ = √(r(1 − r)/n),
 * β·tolerance, and β/(n + 1) for Wilson's pull of the interval towards one half.
 */
export function meanShiftBound(n: number, rate: number, beta: number): number {
  const sigma = Math.sqrt((rate * (1 - rate)) / n);
  return MILLION * (shiftFactor(beta) * sigma + beta / (n + 1)) + beta * tolerance;
}

/**
 * What liars gain on average by choosing the direction node by node, knowing all numbers: E max(a, b) = E(a + b)/2 + E|a − b|/2, and
 * half of a − b is how far the honest mean lies from the middle of their reach, σ·√(β/(1 − β)/V) or less, as their own honest
 * word makes it move.
 * @param validators effective number, 1/Σ share²
 */
export function choiceBound(n: number, rate: number, beta: number, validators: number): number {
  const sigma = Math.sqrt((rate * (1 - rate)) / n);
  return MILLION * Math.sqrt(2 / Math.PI) * sigma * Math.sqrt(beta / (1 - beta) / validators);
}
