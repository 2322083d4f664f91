// WGSL that more than one kernel needs. Each kernel is one string, put together at start-up, so that the bundle holds all of it.
// Dispatches are two-dimensional where there are more workgroups than one dimension takes; `numberOf` makes one number of the two.

/** Invocations of a workgroup in all one-dimensional kernels. */
export const GROUP_SIZE = 64;
/** Words of one entry of the key buffer: eight key words for ChaCha, then the first twelve words of a leaf's SHA-256 input. */
export const KEY_WORDS = 20;

/** The multipliers of both kinds' folds (docs/protocol.md, sections 9.3 and 19.4). */
export const FOLDING = /* wgsl */ `
const P1 = 0x9E3779B1u;
const P2 = 0x85EBCA77u;
fn step(state: u32, word: u32) -> u32 {
  let mixed = state ^ (word * P2);
  return ((mixed << 13u) | (mixed >> 19u)) * P1;
}
fn step4(state: vec4<u32>, words: vec4<u32>) -> vec4<u32> {
  let mixed = state ^ (words * P2);
  return ((mixed << vec4<u32>(13u)) | (mixed >> vec4<u32>(19u))) * P1;
}`;

/** Entry point over numbers 0, 1, 2, …: `body` sees `number` and returns when it is past the end. */
export function kernel(body: string): string {
  return /* wgsl */ `
@compute @workgroup_size(${GROUP_SIZE})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  let number = (group.y * groups.x + group.x) * ${GROUP_SIZE}u + index;
${body}
}`;
}

/** One entry of the key buffer, as a kernel reads it: `keyOf(i)` for ChaCha's two rows, `prefixOf(i, w)` for SHA-256. */
export const KEYS = /* wgsl */ `
fn keyLow(entry: u32) -> vec4<u32> { return keys[${KEY_WORDS / 4}u * entry]; }
fn keyHigh(entry: u32) -> vec4<u32> { return keys[${KEY_WORDS / 4}u * entry + 1u]; }
fn prefix(entry: u32, part: u32) -> vec4<u32> { return keys[${KEY_WORDS / 4}u * entry + 2u + part]; }`;

/** Four products of signed bytes, summed. @param packed whether the device's language has the instruction */
export function dotProduct(packed: boolean): string {
  if (packed) return /* wgsl */ `fn dot4(x: u32, y: u32) -> i32 { return dot4I8Packed(x, y); }`;
  return /* wgsl */ `
fn bytes(x: u32) -> vec4<i32> { return bitcast<vec4<i32>>(vec4<u32>(x) << vec4<u32>(24u, 16u, 8u, 0u)) >> vec4<u32>(24u); }
fn dot4(x: u32, y: u32) -> i32 { return dot(bytes(x), bytes(y)); }`;
}
