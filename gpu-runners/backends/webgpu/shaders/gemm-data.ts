// The two matrices, made where they are multiplied. Both are packed by four along the depth, one word for four signed bytes, and
// lie with the depth outermost, so that a tile of either is a few contiguous rows of words.
import { CHACHA } from './chacha.ts';
import { GROUP_SIZE, KEYS, kernel } from './common.ts';

const rows = ['a', 'b', 'c', 'd'];
const components = 'xyzw';
const sixteen = Array.from({ length: 16 }, (_, i) => `${rows[i >> 2] ?? ''}.${components[i & 3] ?? ''}`);

/** Rows of A_t: a word of depth is a row of `stride` words. Arguments: first row, rows, stride, key entry. Workgroups: rows, blocks of 64 depths. */
export const MATRIX_A = /* wgsl */ `
@group(0) @binding(0) var<uniform> args: vec4<u32>;
@group(0) @binding(1) var<storage, read> keys: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> out: array<u32>;
${CHACHA}
${KEYS}
@compute @workgroup_size(${GROUP_SIZE})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= args.y) { return; }
  let block = chacha8(keyLow(args.w), keyHigh(args.w), vec4<u32>(id.y, args.x + id.x, 1u, 0u));
  let at = 16u * id.y * args.z + id.x;
${sixteen.map((word, i) => `  out[at + ${i}u * args.z] = block.${word};`).join('\n')}
}`;

/** Columns of B: a word of depth is a row of `stride` vectors of four columns. Arguments: first block of 64 columns, blocks, stride, words of depth. */
export const MATRIX_B = /* wgsl */ `
@group(0) @binding(0) var<uniform> args: vec4<u32>;
@group(0) @binding(1) var<storage, read> keys: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<u32>>;
${CHACHA}
${KEYS}
fn bytes(x: u32) -> vec4<u32> { return (vec4<u32>(x) >> vec4<u32>(0u, 8u, 16u, 24u)) & vec4<u32>(255u); }
fn columns(p: u32, q: u32, r: u32, s: u32) -> vec4<u32> {
  return bytes(p) | (bytes(q) << vec4<u32>(8u)) | (bytes(r) << vec4<u32>(16u)) | (bytes(s) << vec4<u32>(24u));
}
fn row(depth: u32, block: u32) -> Block { return chacha8(keyLow(0u), keyHigh(0u), vec4<u32>(block, depth, 2u, 0u)); }
${kernel(`
  let depth = number / args.y;
  let block = number % args.y;
  if (depth >= args.w) { return; }
  let p = row(4u * depth, args.x + block);
  let q = row(4u * depth + 1u, args.x + block);
  let r = row(4u * depth + 2u, args.x + block);
  let s = row(4u * depth + 3u, args.x + block);
  let at = depth * args.z + 16u * block;
${sixteen.map((word, i) => `  out[at + ${i}u] = columns(p.${word}, q.${word}, r.${word}, s.${word});`).join('\n')}`)}`;
