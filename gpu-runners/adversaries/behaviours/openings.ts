// Openings that are not those that were drawn: none, too few, one twice, one that does not exist, two in the wrong order.
import { concat, u16, u32 } from '../../../protocol/bytes.ts';
import { LEAF_COLUMNS } from '../../../protocol/challenges/gemm/params.ts';
import { withOpenings } from '../behaviour.ts';

/** `u16 round ‖ u32 leaf ‖ u8 width ‖ values ‖ u8 length ‖ path`, one element each. */
function split(bytes: Uint8Array): Uint8Array[] {
  const list: Uint8Array[] = [];
  let at = 2;
  while (at < bytes.length) {
    const pathAt = at + 7 + LEAF_COLUMNS * (bytes[at + 6] ?? 0);
    const end = pathAt + 1 + 32 * (bytes[pathAt] ?? 0);
    list.push(bytes.subarray(at, end));
    at = end;
  }
  return list;
}

const join = (list: readonly Uint8Array[]): Uint8Array => concat(u16(list.length), ...list);

export const emptyOpenings = withOpenings(() => join([]));
export const shortOpenings = withOpenings((bytes) => join(split(bytes).slice(0, -1)));
export const duplicatedOpenings = withOpenings((bytes) => {
  const list = split(bytes);
  return join([...list.slice(0, -1), ...list.slice(0, 1)]);
});
export const outOfRangeOpenings = withOpenings((bytes) => {
  const [first = new Uint8Array(6), ...others] = split(bytes);
  return join([concat(first.subarray(0, 2), u32(2 ** 32 - 1), first.subarray(6)), ...others]);
});
export const swappedOpenings = withOpenings((bytes) => {
  const list = split(bytes);
  return join([...list.slice(0, 2).reverse(), ...list.slice(2)]);
});
