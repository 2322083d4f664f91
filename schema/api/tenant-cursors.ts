// Cursors of lists that belong to a tenant: a time and an id, and a mark of whose list it is. Rows are always asked for by the caller's own
// tenant; the mark makes a cursor of somebody else's list a malformed one instead of a place in one's own.
import { z } from 'zod';
import { toHex } from '../../protocol/bytes.ts';
import { sha256 } from '../../protocol/hash.ts';
import { fromUrlText, toUrlText } from '../base64.ts';

const CURSOR_CHARS_MAX = 200;
const MARK_CHARS = 16;
const PARTS = /^([a-z])\.([0-9a-f]{16})\.(0|[1-9]\d{0,15})\.([A-Za-z0-9_-]{1,80})$/;

export type TenantPlace = { readonly atMs: number; readonly id: string };
export type TenantCursor = TenantPlace & { readonly mark: string };

/** Of 64 bits, by tenant and list. */
function markOf(letter: string, tenant: string): string {
  return toHex(sha256(new TextEncoder().encode(`cursor/${letter}/${tenant}`))).slice(2, 2 + MARK_CHARS);
}

/**
 * A list's cursors. `schema` reads a text, `open` says where it points for this tenant: null for another's.
 * @param letter one lower-case letter that no other list has
 */
export function tenantCursor(letter: string): {
  readonly encode: (tenant: string, place: TenantPlace) => string;
  readonly schema: z.ZodType<TenantCursor, string>;
  readonly open: (tenant: string, cursor: TenantCursor) => TenantPlace | null;
} {
  const write = (mark: string, { atMs, id }: TenantPlace): string => toUrlText([letter, mark, String(atMs), id].join('.'));
  const decode = (text: string): TenantCursor | null => {
    const [, first, mark, atMs, id] = PARTS.exec(fromUrlText(text, CURSOR_CHARS_MAX) ?? '') ?? [];
    if (first !== letter || mark === undefined || id === undefined) return null;
    const cursor = { mark, atMs: Number(atMs), id };
    return write(mark, cursor) === text ? cursor : null;
  };
  return {
    encode: (tenant, place) => write(markOf(letter, tenant), place),
    schema: z.string().transform((text, context): TenantCursor => {
      const cursor = decode(text);
      if (cursor !== null) return cursor;
      context.addIssue({ code: 'custom', message: 'not a cursor of this list; take it from the `next` of an answer' });
      return z.NEVER;
    }),
    open: (tenant, { mark, atMs, id }) => (mark === markOf(letter, tenant) ? { atMs, id } : null),
  };
}

/** Keys before this one, newest first. */
export const keyCursor = tenantCursor('k');
/** Audits on demand before this one, newest first. */
export const spotCursor = tenantCursor('o');
