// Opened leaves: the true values of single row segments, one workgroup each, from A's key and a slab of B.
import { CHACHA } from './chacha.ts';
import { KEYS, dotProduct } from './common.ts';

const rows = ['a', 'b', 'c', 'd'];

/** Arguments: first block of 256 columns of the slab, stride of B in words, words of depth, entries. Entries: row, block, key entry, place of the values. */
export function valuesShader(packed: boolean): string {
  return /* wgsl */ `
@group(0) @binding(0) var<uniform> args: vec4<u32>;
@group(0) @binding(1) var<storage, read> keys: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> b: array<u32>;
@group(0) @binding(3) var<storage, read> list: array<vec4<u32>>;
@group(0) @binding(4) var<storage, read_write> values: array<i32>;
var<workgroup> a: array<vec4<u32>, 1024>; // the deepest row: 16,384 bytes
${CHACHA}
${KEYS}
${dotProduct(packed)}
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  let number = group.y * groups.x + group.x;
  if (number >= args.w) { return; }
  let entry = list[number];
  if (16u * index < args.z) {
    let block = chacha8(keyLow(entry.z), keyHigh(entry.z), vec4<u32>(index, entry.x, 1u, 0u));
${rows.map((row, i) => `    a[4u * index + ${i}u] = block.${row};`).join('\n')}
  }
  workgroupBarrier();
  let column = 256u * (entry.y - args.x) + index;
  var sum = 0;
  for (var k = 0u; k < args.z; k += 4u) {
    let x = a[k / 4u];
    let at = k * args.y + column;
    sum += dot4(x.x, b[at]) + dot4(x.y, b[at + args.y]) + dot4(x.z, b[at + 2u * args.y]) + dot4(x.w, b[at + 3u * args.y]);
  }
  values[256u * entry.w + index] = sum;
}`;
}
