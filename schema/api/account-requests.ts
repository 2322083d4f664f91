// What requests about tenants and keys say outside of their bodies.
import { z } from 'zod';
import { nodesQuery } from './requests.ts';
import { keyCursor } from './tenant-cursors.ts';

/** The visible characters after `assay_`. */
export const keyPath = z.strictObject({
  id: z
    .string()
    .regex(/^[0-9A-Za-z]{8}$/, 'a key’s id is the 8 characters after assay_')
    .meta({ description: 'A key’s id: the 8 characters after `assay_`.', example: '4fQ81vTz' }),
});

export const keysQuery = z.strictObject({
  limit: nodesQuery.shape.limit,
  cursor: keyCursor.schema.optional().meta({ description: 'Where to go on: `next` of the answer before.' }),
});

/** The tenant’s own id once more, so that nothing is deleted by a slip. */
export const forgetQuery = z.strictObject({
  confirm: z.string().max(80).meta({ description: 'The tenant’s own id, as GET /v1/tenant tells it.' }),
});
