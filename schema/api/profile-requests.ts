// What requests for profiles may say. Unknown parameters are refused by the API and ignored by pages; a cursor is good for the filters and
// the order that it was made under only.
import { z } from 'zod';
import { CLASS_NAME } from '../../protocol/policy.ts';
import { standingCursor } from './cursors.ts';
import { range, SORTS } from './profile.ts';
import { addressParam, LIMIT_DEFAULT, LIMIT_MAX, nodeIdParam } from './requests.ts';

const SEARCH_CHARS_MAX = 64;
const NAME_CHARS_MAX = 32;

const whole = (max: number) =>
  z
    .string()
    .regex(/^(?:0|[1-9][0-9]{0,6})$/, 'an integer without leading zeros')
    .transform(Number)
    .pipe(z.int().min(0).max(max));

const className = z.string().regex(CLASS_NAME, 'a class name is 1 to 32 printable ASCII characters');
const name = z
  .string()
  .min(1)
  .max(NAME_CHARS_MAX)
  .regex(/^[!-~]+$/, 'printable ASCII characters without spaces');

const CLASS_SAYS = 'Only nodes of this claimed class, e.g. `h100-sxm`; the policy names them.';
const REGION_SAYS = 'Only nodes whose fastest answers are those to this region, e.g. `weur`.';

const filters = {
  q: z
    .string()
    .trim()
    .max(SEARCH_CHARS_MAX)
    .optional()
    .meta({ description: 'Looked for in id, host, class and operator, in any case of letters; or a node’s index.' }),
  class: className.optional().meta({ description: CLASS_SAYS }),
  region: name.optional().meta({ description: REGION_SAYS }),
  tier: name.optional().meta({
    description:
      'Only nodes of this tier by the root’s policy, e.g. `A`; `none` for too few samples, `below` for below all tiers.',
  }),
  operator: addressParam.optional().meta({ description: 'Only nodes of this operator.' }),
  sort: z.enum(SORTS).default('score').meta({
    description:
      'Best first by the lower end of passing, by proven rate, by median latency or by the lower end of uptime; or by index. Retired nodes come last.',
  }),
};

const pageFields = {
  limit: whole(LIMIT_MAX).pipe(z.int().min(1)).default(LIMIT_DEFAULT).meta({ description: 'At most so many nodes a page.' }),
  cursor: standingCursor.schema
    .optional()
    .meta({ description: 'The `next` of the page before; good for the same filters and order only.' }),
  ...filters,
};

const plainRankQuery = z.strictObject(pageFields);
export type RankQuery = z.infer<typeof plainRankQuery>;
export type RankFilters = Omit<RankQuery, 'limit' | 'cursor'>;

/** 32 bits that differ for different filters (FNV-1a): against mixed-up cursors, not against forgers, who gain nothing. */
export function filterMark({ q, class: gpuClass, region, tier, operator, sort }: RankFilters): number {
  const text = JSON.stringify([q ?? '', gpuClass ?? '', region ?? '', tier ?? '', operator ?? '', sort]);
  let mark = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) mark = Math.imul(mark ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return mark;
}

function boundCursor(query: RankQuery, context: z.core.$RefinementCtx): void {
  if (query.cursor === undefined || query.cursor.filter === filterMark(query)) return;
  const message = 'a cursor of other filters or another order; take it from the `next` of the same list';
  context.addIssue({ code: 'custom', path: ['cursor'], message });
}

export const rankQuery = plainRankQuery.superRefine(boundCursor);
/** Of pages: what they don't know they ignore. */
export const rankPageQuery = z.object(pageFields).superRefine(boundCursor);

export const BEST_LIMIT_MAX = 50;
export const BEST_LIMIT_DEFAULT = 10;
const PPM = 1_000_000;

/** `min_score` and `min_uptime` are millionths; uptime is the lower end of its interval. */
export const bestQuery = z.strictObject({
  class: className.optional().meta({ description: CLASS_SAYS }),
  region: name.optional().meta({ description: REGION_SAYS }),
  min_score: whole(PPM).optional().meta({ description: 'The least score, in millionths: 950000 is 95 %.' }),
  min_uptime: whole(PPM).optional().meta({ description: 'The least uptime, by the lower end of its interval, in millionths.' }),
  limit: whole(BEST_LIMIT_MAX).pipe(z.int().min(1)).default(BEST_LIMIT_DEFAULT).meta({ description: 'At most so many nodes.' }),
});
export type BestQuery = z.infer<typeof bestQuery>;

export const historyQuery = z.strictObject({
  range: range.default('7d').meta({ description: 'How far back, up to the newest public epoch.' }),
});

export const BADGES = ['grade', 'score', 'uptime'] as const;
export const badgeQuery = z.strictObject({
  show: z.enum(BADGES).default('grade').meta({ description: 'What the badge says.' }),
});

const badgeFile = (ending: 'svg' | 'json') =>
  z
    .string()
    .regex(new RegExp(`^0x[0-9a-f]{64}\\.${ending}$`), `a node id (0x and 64 lower-case hex digits) and .${ending}`)
    .transform((text) => nodeIdParam.parse(text.slice(0, -1 - ending.length)));
export const badgeJsonPath = z.object({ file: badgeFile('json') });
export const badgeSvgPath = z.object({ file: badgeFile('svg') });
