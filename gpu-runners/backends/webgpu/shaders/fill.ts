// What kind 2 fills memory with: the epoch's cache, and items that mix many of its rows (docs/protocol.md, section 19.2).
import { CHACHA } from './chacha.ts';
import { FOLDING, KEYS, kernel } from './common.ts';

const rows = ['a', 'b', 'c', 'd'];
const components = 'xyzw';

/** Arguments: rows of the cache. Key entry 0. */
export const CACHE = /* wgsl */ `
@group(0) @binding(0) var<uniform> args: vec4<u32>;
@group(0) @binding(1) var<storage, read> keys: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<u32>>;
${CHACHA}
${KEYS}
${kernel(`
  if (number >= args.x) { return; }
  let row = chacha8(keyLow(0u), keyHigh(0u), vec4<u32>(number, 0u, 5u, 0u));
${rows.map((row, i) => `  out[4u * number + ${i}u] = row.${row};`).join('\n')}`)}`;

/** Steps written out at once: which of a row's words chooses then follows from the text, and which row from the loop. */
const AT_ONCE = 4;

const step = (word: number): string => {
  const at = components[word] ?? '';
  return `
    if (base + ${word}u >= parents) { break; }
    choice = select(select(a.${at}, b.${at}, odd), select(c.${at}, d.${at}, odd), upper);
    at = 4u * ((((n ^ (base + ${word}u)) * 0x01000193u) ^ choice) & mask);
${rows.map((row, i) => `    ${row} = spin(${row} ^ cache[at + ${i}u], 13u) * P1;`).join('\n')}`;
};

/** Arguments: number of the first item, its place in the buffer, items, -; rows of the cache less one, parents. Key entry 1. */
export const FILL = /* wgsl */ `
struct Args { items: vec4<u32>, mix: vec4<u32> }
@group(0) @binding(0) var<uniform> args: Args;
@group(0) @binding(1) var<storage, read> keys: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> cache: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<u32>>;
${CHACHA}
${FOLDING}
${KEYS}
${kernel(`
  if (number >= args.items.z) { return; }
  let n = args.items.x + number;
  let mask = args.mix.x;
  let parents = args.mix.y;
  let mix = chacha8(keyLow(1u), keyHigh(1u), vec4<u32>(n, 0u, 4u, 0u));
${rows.map((row) => `  var ${row} = mix.${row};`).join('\n')}
  var at = 0u;
  var choice = 0u;
  for (var base = 0u; base < parents; base += ${AT_ONCE}u) {
    let odd = (base & 4u) != 0u;
    let upper = (base & 8u) != 0u;${Array.from({ length: AT_ONCE }, (_, word) => step(word)).join('')}
  }
  let to = 4u * (args.items.y + number);
${rows.map((row, i) => `  out[to + ${i}u] = ${row};`).join('\n')}`)}`;
