// A badge in the form that shields.io reads (its endpoint schema, version 1).
import { z } from 'zod';

export const badge = z.strictObject({
  schemaVersion: z.literal(1),
  label: z.string(),
  message: z.string(),
  /** Six hex digits; white text on it is legible. */
  color: z.string().regex(/^[0-9a-f]{6}$/),
  cacheSeconds: z.int().min(0),
});
export type Badge = z.infer<typeof badge>;
