// RFC 6962's tree, level by level in one buffer of nodes; and single nodes taken out of it for paths.
import { kernel } from './common.ts';
import { SHA256 } from './sha256.ts';

/** One level from the one below; an odd node at its end moves up unchanged. Arguments: place of the children, their number, place of the parents. */
export const PARENTS = /* wgsl */ `
@group(0) @binding(0) var<uniform> args: vec4<u32>;
@group(0) @binding(1) var<storage, read_write> nodes: array<vec4<u32>>;
${SHA256}
fn node(at: u32) -> Hash { return Hash(nodes[2u * at], nodes[2u * at + 1u]); }
${kernel(`
  if (number >= (args.y + 1u) / 2u) { return; }
  var up = node(args.x + 2u * number);
  if (2u * number + 1u < args.y) { up = innerHash(up, node(args.x + 2u * number + 1u)); }
  nodes[2u * (args.z + number)] = up.low;
  nodes[2u * (args.z + number) + 1u] = up.high;`)}`;

/** Nodes at listed places, one after the other. Arguments: their number. */
export const GATHER = /* wgsl */ `
@group(0) @binding(0) var<uniform> args: vec4<u32>;
@group(0) @binding(1) var<storage, read> nodes: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> places: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<u32>>;
${kernel(`
  if (number >= args.x) { return; }
  out[2u * number] = nodes[2u * places[number]];
  out[2u * number + 1u] = nodes[2u * places[number] + 1u];`)}`;
