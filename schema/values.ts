// The values that every document of ours is made of, as they are parsed: lower-case hex with 0x, and the closed sets.
import { z } from 'zod';
import type { Hex } from '../protocol/bytes.ts';
import { OUTCOME, REASON, type Outcome, type Reason } from '../protocol/verdict.ts';

/** Exactly so many bytes of lower-case hex. A string with a pattern, so that documents made from it say so. */
export function hexOf(bytes: number): z.ZodType<Hex> {
  const digits = String(2 * bytes);
  const error = `expected 0x and ${digits} lower-case hexadecimal digits`;
  return z.string({ error }).regex(new RegExp(`^0x[0-9a-f]{${digits}}$`), { error }) as unknown as z.ZodType<Hex>;
}

export const hash = hexOf(32);
export const address = hexOf(20);
export const outcome = z.enum(Object.keys(OUTCOME) as [Outcome, ...Outcome[]]);
export const reason = z.enum(Object.keys(REASON) as [Reason, ...Reason[]]);
