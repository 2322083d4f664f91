// ChaCha's block function after RFC 8439, section 2.3, word by word over BigInt: slow, and nothing like the code it checks.
const MASK = 0xffff_ffffn;
const SIGMA = [0x61707865n, 0x3320646en, 0x79622d32n, 0x6b206574n];

const rotate = (word: bigint, by: bigint): bigint => ((word << by) | (word >> (32n - by))) & MASK;

/** One quarter round on four places of the state. */
function quarter(state: bigint[], a: number, b: number, c: number, d: number): void {
  const steps: [number, number, number, bigint][] = [
    [a, b, d, 16n],
    [c, d, b, 12n],
    [a, b, d, 8n],
    [c, d, b, 7n],
  ];
  for (const [sum, addend, target, by] of steps) {
    state[sum] = ((state[sum] ?? 0n) + (state[addend] ?? 0n)) & MASK;
    state[target] = rotate((state[target] ?? 0n) ^ (state[sum] ?? 0n), by);
  }
}

const COLUMNS_AND_DIAGONALS = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
] as const;

/** The 64 bytes of one block. @param tail state words 12 to 15 */
export function block(key: Buffer, doubleRounds: number, tail: readonly [number, number, number, number]): Buffer {
  const words = Array.from({ length: 8 }, (_, i) => BigInt(key.readUInt32LE(4 * i)));
  const initial = [...SIGMA, ...words, ...tail.map((word) => BigInt(word))];
  const state = [...initial];
  for (let i = 0; i < doubleRounds; i++) for (const [a, b, c, d] of COLUMNS_AND_DIAGONALS) quarter(state, a, b, c, d);
  const out = Buffer.alloc(64);
  initial.forEach((word, i) => out.writeUInt32LE(Number((word + (state[i] ?? 0n)) & MASK), 4 * i));
  return out;
}
