// C = A·B in exact 32-bit integers. A workgroup makes one tile of C, step by step along the depth: both tiles go through workgroup
// memory, and each invocation keeps its part of C in registers, all of them named, because an indexed array would not stay there.
import { dotProduct } from './common.ts';

/** Rows and columns of C that one workgroup, and one invocation, makes; all multiples of four. */
export type Tile = {
  readonly rows: number;
  readonly columns: number;
  readonly ownRows: number;
  readonly ownColumns: number;
};

/** For many rows: 8 × 8 values an invocation, eight products for each word that is read. */
export const LARGE_TILE: Tile = { rows: 128, columns: 128, ownRows: 8, ownColumns: 8 };
/** For few rows, where a large tile would mostly multiply padding. */
export const SMALL_TILE: Tile = { rows: 32, columns: 128, ownRows: 4, ownColumns: 4 };

/** Words of depth a step. A depth is a multiple of 64 bytes, so it is always a whole number of steps. */
const STEP = 8;
const COMPONENTS = 'xyzw';

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

function load(name: string, width4: number, from: string, stride: string, invocations: number): string {
  const count = STEP * width4;
  return range(Math.ceil(count / invocations))
    .map((i) => {
      const at = `(index + ${i * invocations}u)`;
      const line = `tile${name}[${at}] = ${name.toLowerCase()}[(depth + ${at} / ${width4}u) * ${stride} + ${from} + ${at} % ${width4}u];`;
      return (i + 1) * invocations <= count ? `    ${line}` : `    if (${at} < ${count}u) { ${line} }`;
    })
    .join('\n');
}

/** Arguments: A's stride in vectors, B's (and C's) stride in vectors, words of depth, rows. Workgroups: tiles of columns, tiles of rows. */
export function multiplyShader(tile: Tile, packed: boolean): string {
  const [wide, high] = [tile.columns / tile.ownColumns, tile.rows / tile.ownRows];
  const [ownA, ownB] = [range(tile.ownRows / 4), range(tile.ownColumns / 4)];
  const sums = range(tile.ownRows).flatMap((row) => ownB.map((part) => ({ row, part, name: `c${row}_${part}` })));
  const product = (row: number, part: number): string => {
    const a = `a${row >> 2}.${COMPONENTS[row & 3] ?? ''}`;
    return `vec4<i32>(${Array.from(COMPONENTS, (at) => `dot4(${a}, b${part}.${at})`).join(', ')})`;
  };
  return /* wgsl */ `
@group(0) @binding(0) var<uniform> args: vec4<u32>;
@group(0) @binding(1) var<storage, read> a: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> c: array<vec4<i32>>;
var<workgroup> tileA: array<vec4<u32>, ${(STEP * tile.rows) / 4}>;
var<workgroup> tileB: array<vec4<u32>, ${(STEP * tile.columns) / 4}>;
${dotProduct(packed)}
@compute @workgroup_size(${wide}, ${high})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) own: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  let fromRow = group.y * ${tile.rows / 4}u;
  let fromColumn = group.x * ${tile.columns / 4}u;
${sums.map(({ name }) => `  var ${name} = vec4<i32>();`).join('\n')}
  for (var depth = 0u; depth < args.z; depth += ${STEP}u) {
${load('A', tile.rows / 4, 'fromRow', 'args.x', wide * high)}
${load('B', tile.columns / 4, 'fromColumn', 'args.y', wide * high)}
    workgroupBarrier();
    for (var k = 0u; k < ${STEP}u; k++) {
${ownA.map((i) => `      let a${i} = tileA[k * ${tile.rows / 4}u + own.y * ${ownA.length}u + ${i}u];`).join('\n')}
${ownB.map((i) => `      let b${i} = tileB[k * ${tile.columns / 4}u + own.x + ${i * wide}u];`).join('\n')}
${sums.map(({ row, part, name }) => `      ${name} += ${product(row, part)};`).join('\n')}
    }
    workgroupBarrier();
  }
  let row = 4u * fromRow + own.y * ${tile.ownRows}u;
  let at = row * args.y + fromColumn + own.x;
${sums.map(({ row, part, name }) => `  if (row + ${row}u < args.w) { c[at + ${row}u * args.y + ${part * wide}u] = ${name}; }`).join('\n')}
}`;
}
