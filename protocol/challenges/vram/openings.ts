// Openings on the wire: position, the folds of the page's group, inclusion path. Every length and index is checked against the
// drawn position before it is used; a second encoding of the same opening does not exist (docs/protocol.md, section 19.5).
import { Reader, concat, u16, u32, u8 } from '../../bytes.ts';
import { ProtocolError } from '../../errors.ts';
import type { Position } from '../../receipts.ts';
import { rfc6962PathLength } from '../../trees/rfc6962.ts';
import { FOLD_BYTES } from './fold.ts';
import { GROUP_PAGES, groupPages, groupsOf, type VramParams } from './params.ts';

export type VramOpening = {
  /** `round` is the pass, `leaf` the page. */
  readonly position: Position;
  /** Of all pages of the drawn page's group, eight bytes each. */
  readonly folds: Uint8Array;
  /** From the group's leaf upwards. */
  readonly path: readonly Uint8Array[];
};

/** The group of a page. */
export function groupOf(page: number): number {
  return Math.floor(page / GROUP_PAGES);
}

/** The fold of the drawn page itself. */
export function openedFold({ position, folds }: VramOpening): Uint8Array {
  const from = FOLD_BYTES * (position.leaf % GROUP_PAGES);
  return folds.subarray(from, from + FOLD_BYTES);
}

export function encodeVramOpenings(openings: readonly VramOpening[]): Uint8Array {
  const parts = openings.flatMap(({ position, folds, path }) => [
    u16(position.round),
    u32(position.leaf),
    folds,
    u8(path.length),
    ...path,
  ]);
  return concat(u16(openings.length), ...parts);
}

/** @throws ProtocolError out_of_range for a position that the job does not have */
export function checkVramPosition(params: VramParams, { round, leaf }: Position): void {
  const whole = Number.isSafeInteger(round) && Number.isSafeInteger(leaf) && round >= 0 && leaf >= 0;
  if (!whole || round >= params.passes || leaf >= params.pages) {
    throw new ProtocolError('out_of_range', 'a position that the job does not have');
  }
}

/** @throws ProtocolError unless these are exactly the drawn openings, in the drawn order, in their one encoding */
export function decodeVramOpenings(bytes: Uint8Array, params: VramParams, positions: readonly Position[]): VramOpening[] {
  const reader = new Reader(bytes);
  if (reader.u16() !== positions.length) throw new ProtocolError('bad_form', 'not as many openings as were drawn');
  const groups = groupsOf(params);
  const openings = positions.map((position) => {
    checkVramPosition(params, position);
    if (reader.u16() !== position.round || reader.u32() !== position.leaf)
      throw new ProtocolError('bad_form', 'not the drawn position');
    const group = groupOf(position.leaf);
    const folds = reader.bytes(FOLD_BYTES * groupPages(params, group));
    const length = reader.u8();
    if (length !== rfc6962PathLength(group, groups)) throw new ProtocolError('bad_form', 'a path that does not fit its group');
    return { position, folds, path: Array.from({ length }, () => reader.bytes(32)) };
  });
  reader.end();
  return openings;
}

/** Largest opening message in bytes, header included: the read limit of the last request. */
export function vramOpeningMessageLimit(params: VramParams): number {
  let depth = 0; // ceil(log2 groups), exact: logarithms of floating point differ between engines
  while (2 ** depth < groupsOf(params)) depth++;
  return 132 + params.openings * (7 + FOLD_BYTES * GROUP_PAGES + 32 * depth);
}
