// What each seat weighs (docs/protocol.md, section 14): stakes, capped at a fifth of the capped total by water-filling, and the
// two thirds of it that decide. The same numbers as contracts/src/Weights.sol; both read test/vectors/weights.json.
import { ProtocolError } from '../errors.ts';
import { MILLION } from './integers.ts';

/** Seats of the active set at most. */
export const SEATS_MAX = 31;
/** Nobody weighs more than this share of the capped total. */
export const CAP_PPM = 200_000n;
const PPM = BigInt(MILLION);

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n);
}

/** The cap beside these stakes, of which there are more than five: m stakes above it leave a (5 − m)th of the rest. */
function capOf(stakes: readonly bigint[]): bigint {
  let cap = (CAP_PPM * sum(stakes)) / PPM;
  for (let before = 0; ;) {
    const limit = cap;
    const rest = stakes.filter((stake) => stake <= limit);
    const above = stakes.length - rest.length;
    if (above === before) return cap;
    // above < 5: five stakes above a fifth (m of them and 5 − m above the (5 − m)th) would sum to more than there is
    cap = (CAP_PPM * sum(rest)) / (PPM - BigInt(above) * CAP_PPM);
    before = above;
  }
}

/** Weights in the order of the stakes. With five seats or fewer all weigh the same: the smallest stake. */
export function cappedWeights(stakes: readonly bigint[]): bigint[] {
  const smallest = stakes.reduce((least, stake) => (stake < least ? stake : least), stakes[0] ?? 0n);
  const cap = stakes.length <= 5 ? smallest : capOf(stakes);
  return stakes.map((stake) => (stake < cap ? stake : cap));
}

/** Each weight's share of their sum in millionths, rounded down. */
export function sharesPpm(weights: readonly bigint[]): number[] {
  const total = sum(weights);
  return weights.map((weight) => (total === 0n ? 0 : Number((PPM * weight) / total)));
}

/**
 * Whether the chosen seats (positions in `weights`, each counted once) hold two thirds of the weight.
 * @throws ProtocolError out_of_range for a seat that is not there
 */
export function hasQuorum(weights: readonly bigint[], chosen: readonly number[] | ReadonlySet<number>): boolean {
  let signed = 0n;
  for (const seat of new Set(chosen)) {
    const weight = weights[seat];
    if (weight === undefined) throw new ProtocolError('out_of_range', `there is no seat ${String(seat)}`);
    signed += weight;
  }
  const total = sum(weights);
  return total > 0n && 3n * signed >= 2n * total;
}
