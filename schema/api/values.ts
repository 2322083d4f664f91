// The values that requests and answers are made of, parsed once. Hex is lower case with 0x; times are Unix milliseconds
// where the name ends in Ms; every number is an integer below 2^53.
import { z } from 'zod';
import { hexOf } from '../values.ts';

export { address, hash, outcome, reason } from '../values.ts';

export const signature = hexOf(65);
export const beaconSignature = hexOf(48);
export const count = z.int().min(0);
export const timeMs = z.int().min(0);

/** Verdicts counted; a void says nothing about the node. */
export const tally = z.strictObject({ pass: count, fail: count, void: count });
export type Tally = z.infer<typeof tally>;

/** The epochs that an aggregate covers: revealed ones of this range only. */
export const window = z.strictObject({ fromEpoch: count, throughEpoch: count });
export type Window = z.infer<typeof window>;

/** `next` continues the list; null at its end. A page may hold fewer than `limit` items and still have a next one. */
export const page = <T extends z.ZodType>(
  item: T,
): z.ZodObject<{ items: z.ZodArray<T>; next: z.ZodNullable<z.ZodString> }, z.core.$strict> =>
  z.strictObject({ items: z.array(item), next: z.string().nullable() });
export type Page<T> = { items: T[]; next: string | null };
