// Mutes, acknowledgements and maintenance windows, and nodes that are unwell now, as the API takes and gives them.
import { z } from 'zod';
import { incidentCursor, nodeCursor } from './cursors.ts';
import { healthState, incidentItem } from './incidents.ts';
import { nodesQuery } from './requests.ts';
import { count, hash, page, timeMs } from './values.ts';

const { limit } = nodesQuery.shape;
const CURSOR = { description: 'Where to go on: `next` of the answer before.' };

export const incidentId = z.string().regex(/^inc_[0-9a-f]{24}$/, 'an incident’s id is inc_ and 24 lower-case hex digits');
export const quietId = z.string().regex(/^qt_[0-9a-f]{24}$/, 'a quiet’s id is qt_ and 24 lower-case hex digits');

/** Characters of a note. */
const NOTE_CHARS_MAX = 200;
const note = z.string().max(NOTE_CHARS_MAX).default('');

/**
 * Each holds alerts of reachability: mute, of one node or all, from now on · acknowledge, of one incident · maintenance, of a node in a window.
 * The end of what was told is told.
 */
export const newQuiet = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('mute'), node: hash.optional(), untilMs: timeMs, note }),
  z.strictObject({ kind: z.literal('acknowledge'), incident: incidentId, note }),
  z.strictObject({
    kind: z.literal('maintenance'),
    node: hash,
    fromMs: timeMs,
    untilMs: timeMs,
    /** For everybody, and shown: only the node's operator may, signed in with its wallet. */
    public: z.boolean().default(false),
    note,
  }),
]);
export type NewQuiet = z.infer<typeof newQuiet>;

export const quietItem = z.strictObject({
  id: z.string(),
  kind: z.enum(['mute', 'acknowledge', 'maintenance']),
  public: z.boolean(),
  node: z.strictObject({ index: count, id: hash }).nullable(),
  incident: z.string().nullable(),
  fromMs: timeMs,
  untilMs: timeMs,
  note: z.string(),
  createdAtMs: timeMs,
});
export type QuietItem = z.infer<typeof quietItem>;
export const quietList = page(quietItem);

export const quietsQuery = z.strictObject({ limit, cursor: quietId.optional().meta(CURSOR) });
export const incidentsQuery = z.strictObject({
  limit,
  cursor: incidentCursor.schema.optional().meta(CURSOR),
  node: hash.optional().meta({ description: 'Of this node only.' }),
});
export const unwellQuery = z.strictObject({ limit, cursor: nodeCursor.schema.optional().meta(CURSOR) });

export const unwellItem = z.strictObject({
  node: z.strictObject({ index: count, id: hash }),
  state: healthState,
  sinceMs: timeMs,
  incident: incidentItem.nullable(),
});
export const unwellList = page(unwellItem).extend({
  ownLineSinceMs: timeMs
    .nullable()
    .meta({ description: 'Since when this validator takes failures for a fault of its own line.' }),
});

/** Windows that operators announced and that are not over. */
export const maintenanceList = z.strictObject({ items: z.array(quietItem) });
