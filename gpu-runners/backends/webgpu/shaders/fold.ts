// A pass of kind 2: the fold of each page, then the digest of each group of 32 pages and the tree's leaf hash of it
// (docs/protocol.md, section 19.4). Both work on ranges of pages: one that is the whole buffer, or one an opening.
import { FOLDING, KEYS, kernel } from './common.ts';
import { SHA256 } from './sha256.ts';

/** Reads of a page that are under way at once: the loop over its words is written out by as many. */
const AHEAD = 8;

/**
 * Two invocations a page, four lanes each; neighbours read neighbouring 16 bytes. Arguments: pages a range, pages of all ranges,
 * place of the first fold, first range. Ranges: first page in the buffer, pages, number of the first page, key entry.
 */
export const FOLD = /* wgsl */ `
@group(0) @binding(0) var<uniform> args: vec4<u32>;
@group(0) @binding(1) var<storage, read> keys: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> ranges: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> data: array<vec4<u32>>;
@group(0) @binding(4) var<storage, read_write> folds: array<u32>;
${FOLDING}
${KEYS}
${kernel(`
  let page = number / 2u;
  let part = number % 2u;
  if (page >= args.y) { return; }
  let range = ranges[args.w + page / args.x];
  let offset = page % args.x;
  if (offset >= range.y) { return; }
  var lanes = select(keyLow(range.w), keyHigh(range.w), part == 1u) + vec4<u32>((range.z + offset) * P1);
  let begin = 64u * (range.x + offset) + part;
  for (var w = begin; w < begin + 64u; w += ${2 * AHEAD}u) {
${Array.from({ length: AHEAD }, (_, i) => `    let d${i} = data[w + ${2 * i}u];`).join('\n')}
${Array.from({ length: AHEAD }, (_, i) => `    lanes = step4(lanes, d${i});`).join('\n')}
  }
  let start = select(P1, P2, part == 1u);
  folds[2u * (args.z + page) + part] = step(step(step(step(start, lanes.x), lanes.y), lanes.z), lanes.w);`)}`;

/** Folds and leaf hashes from their buffers' beginnings on. Arguments: groups a range, groups of all ranges, first range. Ranges as above. */
export const GROUP_DIGEST = /* wgsl */ `
@group(0) @binding(0) var<uniform> args: vec4<u32>;
@group(0) @binding(1) var<storage, read> keys: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> ranges: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> folds: array<u32>;
@group(0) @binding(4) var<storage, read_write> nodes: array<vec4<u32>>;
${KEYS}
${SHA256}
struct Input { group: u32, folds: u32, words: u32 }
// The group's number, its folds, the padding's one bit: all of them two bytes before a word's end.
fn part(input: Input, at: u32) -> u32 {
  if (at == 0u) { return input.group; }
  if (at <= input.words) { return folds[input.folds + at - 1u]; }
  return select(0u, 0x80000000u, at == input.words + 1u);
}
// Four words of the message from that part on, each begun two bytes into its part.
fn row(input: Input, at: u32) -> vec4<u32> {
  let parts = vec4<u32>(part(input, at), part(input, at + 1u), part(input, at + 2u), part(input, at + 3u));
  return (parts << vec4<u32>(16u)) | (vec4<u32>(parts.yzw, part(input, at + 4u)) >> vec4<u32>(16u));
}
${kernel(`
  if (number >= args.y) { return; }
  let range = ranges[args.z + number / args.x];
  let offset = number % args.x;
  if (32u * offset >= range.y) { return; }
  let pages = min(32u, range.y - 32u * offset);
  let input = Input(range.z / 32u + offset, 64u * number, 2u * pages);
  let bytes = 50u + 8u * pages;
  let blocks = (bytes + 9u + 63u) / 64u;
  let third = prefix(range.w, 2u);
  var hash = INITIAL;
  // One block more than the digest has: the tree's leaf hash.
  for (var block = 0u; block <= blocks; block++) {
    let next = 16u * block - 12u;
    var message = Message(row(input, next), row(input, next + 4u), row(input, next + 8u), row(input, next + 12u));
    if (block == 0u) {
      message = Message(prefix(range.w, 0u), prefix(range.w, 1u), vec4<u32>(third.xyz, third.w | (input.group >> 16u)), message.m3);
    } else if (block + 1u == blocks) {
      message.m3.w = 8u * bytes;
    } else if (block == blocks) {
      message = leafMessage(hash.low);
      hash = INITIAL;
    }
    hash = absorb(hash, message);
  }
  nodes[2u * number] = hash.low;
  nodes[2u * number + 1u] = hash.high;`)}`;
