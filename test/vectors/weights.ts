// Golden vectors of docs/protocol.md section 14: what seats weigh by their stakes. Written from the definition by its fixed
// point, not by the turns that the contract and protocol/ take: sorted from the largest, the cap is the first one that the
// next stake doesn't exceed. Exact integers throughout.
const CAP_PPM = 200_000n;
const PPM = 1_000_000n;

const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n);
const least = (values: readonly bigint[]): bigint => values.reduce((a, b) => (b < a ? b : a));

function capOf(stakes: readonly bigint[]): bigint {
  if (stakes.length <= 5) return least(stakes);
  const falling = stakes.toSorted((a, b) => (a > b ? -1 : 1));
  for (const [above, next] of falling.entries()) {
    const cap = (CAP_PPM * sum(falling.slice(above))) / (PPM - BigInt(above) * CAP_PPM);
    if (next <= cap) return cap;
  }
  throw new Error('every stake exceeds the cap');
}

function weigh(stakes: readonly bigint[]) {
  const cap = capOf(stakes);
  const weights = stakes.map((stake) => least([stake, cap]));
  return { stakes: stakes.map(String), weights: weights.map(String), total: String(sum(weights)) };
}

/** A fixed sequence of numbers below 2^31, so that the file never changes. */
function sequence(seed: bigint, length: number): bigint[] {
  const values: bigint[] = [];
  for (let state = seed; values.length < length;) {
    state = (state * 1_103_515_245n + 12_345n) % 2n ** 31n;
    values.push(state);
  }
  return values;
}

/** The vectors: each stakes, the weights in the same order, and their sum; all as decimal strings. */
export function weights() {
  const token = 10n ** 18n;
  const equal = (count: number, stake: bigint) => Array.from({ length: count }, () => stake);
  const cases: bigint[][] = [
    [7n],
    [5n * token, 3n * token],
    [9n, 4n, 4n],
    [1n, 1n, 1n, 1n],
    [10n * token, 20n * token, 30n * token, 40n * token, 50n * token],
    equal(6, 1n),
    equal(6, 1_000n * token),
    [1n, 2n, 3n, 4n, 5n, 6n],
    [100n, 100n, 100n, 100n, 1n, 1n], // four whales: the others together are the cap
    [100n, 100n, 100n, 100n, 100n, 1n],
    [1n, 1n, 1n, 1n, 1n, 1_000_000n], // one whale
    [3n, 7n, 7n, 7n, 11n, 11n, 11n], // ties, and a cap that is rounded down
    [2n ** 96n - 1n, ...equal(6, 1_000n * token)],
    equal(31, 2n ** 96n - 1n),
    [1_000_000n * token, ...sequence(1n, 30).map((value) => value + 1n)],
    sequence(2n, 31).map((value) => (value + 1n) * 10n ** 9n),
    sequence(3n, 21).map((value) => value ** 2n + 1n),
    sequence(4n, 12).map((value) => (value % 1_000n) ** 3n + 1n),
    sequence(5n, 7).map((value) => (value % 10n) + 1n),
    Array.from({ length: 31 }, (_, i) => 2n ** BigInt(i)),
    Array.from({ length: 8 }, (_, i) => 10n ** BigInt(i)),
  ];
  return cases.map(weigh);
}
