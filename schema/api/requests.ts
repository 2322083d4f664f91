// What a request may say: path parts and query parameters. Unknown parameters are refused, so that a slip of the pen is not
// silently the default.
import { z } from 'zod';
import type { Hex } from '../../protocol/bytes.ts';
import { CLASS_NAME } from '../../protocol/policy.ts';
import { auditCursor, epochCursor, faultCursor, nodeCursor, rankCursor, summaryCursor } from './cursors.ts';
import { outcome, reason } from './values.ts';

export const LIMIT_MAX = 100;
export const LIMIT_DEFAULT = 50;

const integerText = (digits: number) =>
  z
    .string()
    .regex(
      new RegExp(`^(?:0|[1-9][0-9]{0,${String(digits - 1)}})$`),
      `an integer without leading zeros, at most ${String(digits)} digits`,
    )
    .transform(Number);

/** How documents show a text that is an integer: as what a caller puts there. */
const INTEGER = { type: 'integer', minimum: 0 } as const;

const limit = integerText(3)
  .pipe(z.int().min(1).max(LIMIT_MAX))
  .default(LIMIT_DEFAULT)
  .meta({ ...INTEGER, minimum: 1, maximum: LIMIT_MAX, default: LIMIT_DEFAULT, description: 'Items of a page.' });
/** What every list's `cursor` is to a reader. */
const CURSOR = { description: 'Where to go on: `next` of the answer before.' };

export const nodeIdParam = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/, 'a node id is 0x and 64 lower-case hex digits')
  .transform((text) => text as Hex)
  .brand<'NodeId'>()
  .meta({ description: 'A node’s id: 0x and 64 lower-case hex digits.' });
export type NodeId = z.infer<typeof nodeIdParam>;

export const epochParam = integerText(10)
  .brand<'Epoch'>()
  .meta({ ...INTEGER, description: 'The number of an epoch.', example: 41 });
export type Epoch = z.infer<typeof epochParam>;

export const sha256Param = z
  .string()
  .regex(/^(?:0x)?[0-9a-f]{64}$/, 'a SHA-256 hash is 64 lower-case hex digits, with or without 0x')
  .transform((text): Hex => `0x${text.replace(/^0x/, '')}`)
  .brand<'Sha256'>()
  .meta({ description: 'SHA-256 of the object, with or without 0x.' });
export type Sha256 = z.infer<typeof sha256Param>;

export const nodeIndexParam = integerText(10)
  .brand<'NodeIndex'>()
  .meta({ ...INTEGER, description: 'A node’s place in the registry, from 0.', example: 0 });
export type NodeIndex = z.infer<typeof nodeIndexParam>;

export const addressParam = z
  .string()
  .regex(/^0x[0-9a-f]{40}$/, 'an address is 0x and 40 lower-case hex digits')
  .transform((text) => text as Hex)
  .brand<'Address'>()
  .meta({ description: 'An account: 0x and 40 lower-case hex digits.' });
export type Address = z.infer<typeof addressParam>;

export const hashParam = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/, 'a hash is 0x and 64 lower-case hex digits')
  .transform((text) => text as Hex)
  .brand<'Hash'>()
  .meta({ description: 'A hash: 0x and 64 lower-case hex digits.' });
export type Hash = z.infer<typeof hashParam>;

const auditPattern = /^(0|[1-9]\d{0,9})-(0|[1-9]\d{0,9})-(0|[1-9]\d{0,9})$/;

/** `<epoch>-<slot>-<draw>`, the one spelling of each audit. */
export const auditIdParam = z
  .string()
  .regex(auditPattern, 'an audit id is <epoch>-<slot>-<draw>, such as 41-3-0')
  .transform((text) => {
    const [epoch = 0, slot = 0, draw = 0] = text.split('-').map(Number);
    return { epoch, slot, draw };
  })
  .brand<'AuditId'>()
  .meta({ description: 'An audit: `<epoch>-<slot>-<draw>`.', example: '41-3-0' });
export type AuditId = z.infer<typeof auditIdParam>;

export const nodesQuery = z.strictObject({
  limit,
  cursor: nodeCursor.schema.optional().meta(CURSOR),
  class: z
    .string()
    .regex(CLASS_NAME, 'a class name is 1 to 32 printable ASCII characters')
    .optional()
    .meta({ description: 'Only nodes that claim this class.' }),
});
export type NodesQuery = z.infer<typeof nodesQuery>;

export const nodeAuditsQuery = z.strictObject({
  limit,
  cursor: auditCursor.schema.optional().meta(CURSOR),
  outcome: outcome.optional(),
  reason: reason.optional(),
});
export type NodeAuditsQuery = z.infer<typeof nodeAuditsQuery>;

export const epochsQuery = z.strictObject({ limit, cursor: epochCursor.schema.optional().meta(CURSOR) });
export type EpochsQuery = z.infer<typeof epochsQuery>;

export const epochNodesQuery = z.strictObject({ limit, cursor: summaryCursor.schema.optional().meta(CURSOR) });
export type EpochNodesQuery = z.infer<typeof epochNodesQuery>;

export const consensusQuery = epochsQuery;
export const leavesQuery = z.strictObject({ root: hashParam.optional() });
export type LeavesQuery = z.infer<typeof leavesQuery>;

/** By index as in the tree, or best first; each order has cursors of its own. */
export const scoresQuery = z
  .strictObject({ limit, cursor: z.string().optional().meta(CURSOR), order: z.enum(['index', 'rank']).default('index') })
  .transform(({ limit, cursor, order }, context) => {
    const index = nodeCursor.schema.optional().safeParse(cursor);
    if (order === 'index' && index.success) return { limit, order, after: index.data ?? null };
    const rank = rankCursor.schema.optional().safeParse(cursor);
    if (order === 'rank' && rank.success) return { limit, order, after: rank.data ?? null };
    const message = 'not a cursor of this list and order; take it from the `next` of an answer';
    context.addIssue({ code: 'custom', path: ['cursor'], message });
    return z.NEVER;
  });
export type ScoresQuery = z.infer<typeof scoresQuery>;

export const faultsQuery = z.strictObject({ limit, cursor: faultCursor.schema.optional().meta(CURSOR) });
export type FaultsQuery = z.infer<typeof faultsQuery>;

export const noQuery = z.strictObject({});

/** Path parts, by the things that they name. */
export const nodePath = z.object({ id: nodeIdParam });
export const auditPath = z.object({ id: auditIdParam });
export const epochPath = z.object({ epoch: epochParam });
export const hashPath = z.object({ hash: hashParam });
export const objectPath = z.object({ sha256: sha256Param });
export const operatorPath = z.object({ operator: addressParam });
export const faultPath = z.object({ faultKey: hashParam });
export const scorePath = z.object({ epoch: epochParam, nodeIndex: nodeIndexParam });
export const seatPath = z.object({ epoch: epochParam, operator: addressParam });
export const rewardPath = z.object({ epoch: epochParam, account: addressParam });
export const penaltyPath = z.object({ epoch: epochParam, nodeId: hashParam });

/** Of the pages, which ignore parameters that they don't know: links to them pass through many hands. */
export const ownPageQuery = z.object({ cursor: nodesQuery.shape.cursor, class: nodesQuery.shape.class });
export const nodePageQuery = z.object({ cursor: nodeAuditsQuery.shape.cursor });
export const epochPageQuery = z.object({ cursor: epochNodesQuery.shape.cursor });
