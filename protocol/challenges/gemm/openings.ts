// Openings on the wire: position, 256 values in the fewest of three or four bytes, inclusion path. Every length and index is
// checked against the drawn position before it is used; a second encoding of the same opening does not exist.
import { Reader, concat, u16, u32, u8 } from '../../bytes.ts';
import { ProtocolError } from '../../errors.ts';
import type { Position } from '../../receipts.ts';
import { rfc6962PathLength } from '../../trees/rfc6962.ts';
import { LEAF_COLUMNS, leavesPerRound, type GemmParams } from './params.ts';

export type Opening = { readonly position: Position; readonly values: Int32Array; readonly path: readonly Uint8Array[] };

const NARROW = 2 ** 23;

function encodeValues(values: Int32Array): Uint8Array {
  const width = values.every((value) => value >= -NARROW && value < NARROW) ? 3 : 4;
  const out = new Uint8Array(1 + LEAF_COLUMNS * width);
  out[0] = width;
  for (let c = 0, at = 1; c < LEAF_COLUMNS; c++) {
    const value = values[c] ?? 0;
    for (let shift = 8 * (width - 1); shift >= 0; shift -= 8) out[at++] = value >> shift;
  }
  return out;
}

export function encodeOpenings(openings: readonly Opening[]): Uint8Array {
  const parts = openings.flatMap(({ position, values, path }) => [
    u16(position.round),
    u32(position.leaf),
    encodeValues(values),
    u8(path.length),
    ...path,
  ]);
  return concat(u16(openings.length), ...parts);
}

function decodeValues(reader: Reader): Int32Array {
  const width = reader.u8();
  if (width !== 3 && width !== 4) throw new ProtocolError('bad_form', 'an opening’s width is neither 3 nor 4');
  const bytes = reader.bytes(LEAF_COLUMNS * width);
  const values = new Int32Array(LEAF_COLUMNS);
  let wide = false;
  for (let c = 0, at = 0; c < LEAF_COLUMNS; c++, at += width) {
    const high = ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8);
    const value = width === 3 ? high >> 8 : high | (bytes[at + 3] ?? 0);
    wide ||= value < -NARROW || value >= NARROW;
    values[c] = value;
  }
  if (wide !== (width === 4)) throw new ProtocolError('bad_form', 'an opening’s width is not the smallest');
  return values;
}

/** @throws ProtocolError unless these are exactly the drawn openings, in the drawn order, in their one encoding */
export function decodeOpenings(bytes: Uint8Array, params: GemmParams, positions: readonly Position[]): Opening[] {
  const reader = new Reader(bytes);
  if (reader.u16() !== positions.length) throw new ProtocolError('bad_form', 'not as many openings as were drawn');
  const leaves = leavesPerRound(params);
  const openings = positions.map((position) => {
    if (reader.u16() !== position.round || reader.u32() !== position.leaf)
      throw new ProtocolError('bad_form', 'not the drawn position');
    const values = decodeValues(reader);
    const length = reader.u8();
    if (length !== rfc6962PathLength(position.leaf, leaves))
      throw new ProtocolError('bad_form', 'a path that does not fit its leaf');
    return { position, values, path: Array.from({ length }, () => reader.bytes(32)) };
  });
  reader.end();
  return openings;
}

/** Largest opening message in bytes, header included: the read limit of the second request. */
export function openingMessageLimit(params: GemmParams): number {
  let depth = 0; // ceil(log2 L), exact: logarithms of floating point differ between engines
  while (2 ** depth < leavesPerRound(params)) depth++;
  return 132 + (params.openings + 1) * (8 + 4 * LEAF_COLUMNS + 32 * depth);
}
