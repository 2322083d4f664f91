// The values that every document of ours is made of, as they are parsed: lower-case hex with 0x, and the closed sets.
import { z } from 'zod';
import type { Hex } from '../protocol/bytes.ts';
import { OUTCOME, REASON, type Outcome, type Reason } from '../protocol/verdict.ts';

/** Exactly so many bytes of lower-case hex. */
export function hexOf(bytes: number): z.ZodType<Hex> {
  const digits = 2 * bytes;
  const pattern = new RegExp(`^0x[0-9a-f]{${String(digits)}}$`);
  return z.custom<Hex>((value) => typeof value === 'string' && value.length === digits + 2 && pattern.test(value), {
    error: `expected 0x and ${String(digits)} lower-case hexadecimal digits`,
  });
}

export const hash = hexOf(32);
export const address = hexOf(20);
export const outcome = z.enum(Object.keys(OUTCOME) as [Outcome, ...Outcome[]]);
export const reason = z.enum(Object.keys(REASON) as [Reason, ...Reason[]]);
