// Leaves of kind 1: 256 values folded into eight lanes, one digest, and the tree's leaf hash of it (docs/protocol.md, section 9.3).
import { FOLDING, GROUP_SIZE, KEYS } from './common.ts';
import { SHA256 } from './sha256.ts';

const LANES = 8;

/**
 * Either the leaves of a chunk of C (arguments: first row, first block, blocks of this slab, blocks of all slabs, leaves, key entry)
 * or listed ones, whose values lie one after the other (arguments: …, leaves, …; entries: row, block, key entry, place of the values).
 */
export function leafShader(listed: boolean): string {
  const place = listed
    ? /* wgsl */ `
    let entry = list[number];
    let row = entry.x;
    let block = entry.y;
    let key = entry.z;
    let out = number;`
    : /* wgsl */ `
    let row = args.place.x + number / args.place.z;
    let block = args.place.y + number % args.place.z;
    let key = args.count.y;
    let out = (number / args.place.z) * args.place.w + block;`;
  return /* wgsl */ `
struct Args { place: vec4<u32>, count: vec4<u32> }
@group(0) @binding(0) var<uniform> args: Args;
@group(0) @binding(1) var<storage, read> keys: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> values: array<u32>;
@group(0) @binding(3) var<storage, read_write> nodes: array<vec4<u32>>;
${listed ? '@group(0) @binding(4) var<storage, read> list: array<vec4<u32>>;' : ''}
var<workgroup> lanes: array<u32, ${GROUP_SIZE * LANES}>;
${FOLDING}
${KEYS}
${SHA256}
@compute @workgroup_size(${GROUP_SIZE})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  let first = (group.y * groups.x + group.x) * ${GROUP_SIZE}u;
  // Eight invocations a leaf, so that neighbours read neighbouring words.
  for (var i = 0u; i < ${LANES}u; i++) {
    let leaf = i * ${GROUP_SIZE / LANES}u + index / ${LANES}u;
    let lane = index % ${LANES}u;
    if (first + leaf < args.count.x) {
      var state = P1 * (lane + 1u);
      let begin = 256u * (first + leaf) + lane;
      for (var c = 0u; c < 256u; c += ${LANES}u) { state = step(state, values[begin + c]); }
      lanes[leaf * ${LANES}u + lane] = state;
    }
  }
  workgroupBarrier();
  let number = first + index;
  if (number < args.count.x) {${place}
    let at = index * ${LANES}u;
    let l = vec4<u32>(lanes[at], lanes[at + 1u], lanes[at + 2u], lanes[at + 3u]);
    let m = vec4<u32>(lanes[at + 4u], lanes[at + 5u], lanes[at + 6u], lanes[at + 7u]);
    let third = prefix(key, 2u);
    var message = Message(prefix(key, 0u), prefix(key, 1u), vec4<u32>(third.xyz, third.w | (row >> 16u)),
      vec4<u32>(half(row, block), half(block, l.x), half(l.x, l.y), half(l.y, l.z)));
    var hash = INITIAL;
    for (var i = 0u; i < 3u; i++) {
      hash = absorb(hash, message);
      if (i == 0u) {
        message = Message(vec4<u32>(half(l.z, l.w), half(l.w, m.x), half(m.x, m.y), half(m.y, m.z)),
          vec4<u32>(half(m.z, m.w), (m.w << 16u) | 0x8000u, 0u, 0u), vec4<u32>(), vec4<u32>(0u, 0u, 0u, 688u));
      } else if (i == 1u) {
        message = leafMessage(hash.low);
        hash = INITIAL;
      }
    }
    nodes[2u * out] = hash.low;
    nodes[2u * out + 1u] = hash.high;
  }
}`;
}
