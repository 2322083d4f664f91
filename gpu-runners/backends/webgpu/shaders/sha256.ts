// SHA-256's compression, written out round by round: an array indexed by a loop would live in memory, not in registers. A hash is
// two rows of four words, a block four rows.
const K = [
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
  0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
  0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
  0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08,
  0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
  0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
];
const INITIAL = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];
const LETTERS = 'abcdefgh';
const COMPONENTS = 'xyzw';

const hex = (word: number): string => `0x${word.toString(16).padStart(8, '0')}u`;

/** Sixteen rounds; after them the letters are where they began. */
function rounds(): string {
  return Array.from({ length: 16 }, (_, i) => {
    // The letters move on by one each round, instead of the values.
    const [a, b, c, d, e, f, g, h] = Array.from(LETTERS, (_letter, at) => LETTERS[(at + 64 - i) % 8] ?? '');
    const constant = `K[4u * i + ${i >> 2}u].${COMPONENTS[i & 3] ?? ''}`;
    return (
      `    t = ${h} + sum1(${e}) + (${g} ^ (${e} & (${f} ^ ${g}))) + ${constant} + w${i};` +
      ` ${d} += t; ${h} = t + sum0(${a}) + ((${a} & ${b}) | (${c} & (${a} | ${b})));`
    );
  }).join('\n');
}

/** The next sixteen words of the schedule in the place of the last. */
function schedule(): string {
  const w = (at: number): string => `w${String(at % 16)}`;
  return Array.from({ length: 16 }, (_, i) => `      ${w(i)} += low(${w(i + 1)}) + ${w(i + 9)} + high(${w(i + 14)});`).join('\n');
}

const constants = Array.from(
  { length: 16 },
  (_, i) =>
    `vec4<u32>(${K.slice(4 * i, 4 * i + 4)
      .map(hex)
      .join(', ')})`,
);
const words = Array.from({ length: 16 }, (_, i) => `var w${i} = m${i >> 2}.${COMPONENTS[i & 3] ?? ''};`).join(' ');
const state = Array.from(LETTERS, (letter, i) => `var ${letter} = s.${i < 4 ? 'low' : 'high'}.${COMPONENTS[i & 3] ?? ''};`).join(
  ' ',
);

/**
 * `absorb(state, message)` is one compression; `leafMessage(digest)` the one block of SHA(00 ‖ 16 bytes); `innerHash(left, right)` is
 * SHA(01 ‖ left ‖ right); `half(x, y)` the word that begins two bytes into x.
 */
export const SHA256 = /* wgsl */ `
struct Hash { low: vec4<u32>, high: vec4<u32> }
const K = array<vec4<u32>, 16>(${constants.join(', ')});
const INITIAL = Hash(vec4<u32>(${INITIAL.slice(0, 4).map(hex).join(', ')}), vec4<u32>(${INITIAL.slice(4).map(hex).join(', ')}));
fn turn(x: u32, by: u32) -> u32 { return (x >> by) | (x << (32u - by)); }
fn sum0(x: u32) -> u32 { return turn(x, 2u) ^ turn(x, 13u) ^ turn(x, 22u); }
fn sum1(x: u32) -> u32 { return turn(x, 6u) ^ turn(x, 11u) ^ turn(x, 25u); }
fn low(x: u32) -> u32 { return turn(x, 7u) ^ turn(x, 18u) ^ (x >> 3u); }
fn high(x: u32) -> u32 { return turn(x, 17u) ^ turn(x, 19u) ^ (x >> 10u); }
fn half(x: u32, y: u32) -> u32 { return (x << 16u) | (y >> 16u); }

fn compress(s: Hash, m0: vec4<u32>, m1: vec4<u32>, m2: vec4<u32>, m3: vec4<u32>) -> Hash {
  ${words}
  ${state}
  var t = 0u;
  for (var i = 0u; i < 4u; i++) {
    if (i > 0u) {
${schedule()}
    }
${rounds()}
  }
  return Hash(s.low + vec4<u32>(a, b, c, d), s.high + vec4<u32>(e, f, g, h));
}
// One place that calls it each: a compiler puts the rounds in wherever they are called.
struct Message { m0: vec4<u32>, m1: vec4<u32>, m2: vec4<u32>, m3: vec4<u32> }
fn absorb(s: Hash, m: Message) -> Hash { return compress(s, m.m0, m.m1, m.m2, m.m3); }

fn leafMessage(digest: vec4<u32>) -> Message {
  let first = (vec4<u32>(0u, digest.xyz) << vec4<u32>(24u)) | (digest >> vec4<u32>(8u));
  return Message(first, vec4<u32>((digest.w << 24u) | 0x00800000u, 0u, 0u, 0u), vec4<u32>(), vec4<u32>(0u, 0u, 0u, 136u));
}

fn after(before: u32, row: vec4<u32>) -> vec4<u32> {
  return (vec4<u32>(before, row.xyz) << vec4<u32>(24u)) | (row >> vec4<u32>(8u));
}
fn innerHash(left: Hash, right: Hash) -> Hash {
  var message = Message(
    after(1u, left.low), after(left.low.w, left.high), after(left.high.w, right.low), after(right.low.w, right.high));
  let end = vec4<u32>((right.high.w << 24u) | 0x00800000u, 0u, 0u, 0u);
  var hash = INITIAL;
  for (var i = 0u; i < 2u; i++) {
    hash = absorb(hash, message);
    message = Message(end, vec4<u32>(), vec4<u32>(), vec4<u32>(0u, 0u, 0u, 520u));
  }
  return hash;
}`;
