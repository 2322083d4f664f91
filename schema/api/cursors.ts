// Opaque cursors: a place in an order, not a page number, so that new rows neither repeat nor skip old ones. The text is
// base64url of a version letter and numbers; it is bounded, and only what `encode` writes is accepted.
import { z } from 'zod';
import { fromUrlText, toUrlText } from '../base64.ts';

const CURSOR_CHARS_MAX = 96;

type Fields<K extends string> = Readonly<Record<K, number>>;

function cursorOf<const K extends string>(letter: string, keys: readonly K[]) {
  const encode = (place: Fields<K>): string => toUrlText([letter, ...keys.map((key) => String(place[key]))].join('.'));
  const decode = (text: string): Fields<K> | null => {
    const parts = fromUrlText(text, CURSOR_CHARS_MAX)?.split('.') ?? [];
    if (parts.length !== keys.length + 1 || parts[0] !== letter) return null;
    const numbers = parts.slice(1).map(Number);
    if (!numbers.every((value) => Number.isSafeInteger(value) && value >= 0)) return null;
    const place = Object.fromEntries(keys.map((key, i) => [key, numbers[i]])) as Fields<K>;
    return encode(place) === text ? place : null;
  };
  const schema = z.string().transform((text, context): Fields<K> => {
    const place = decode(text);
    if (place !== null) return place;
    context.addIssue({
      code: 'custom',
      message: 'not a cursor of this list; take it from the `next` of an answer',
      params: { cursor: true },
    });
    return z.NEVER;
  });
  return { encode, schema };
}

/** Nodes after this index. */
export const nodeCursor = cursorOf('n', ['index']);
/** Summaries after this node and kind. */
export const summaryCursor = cursorOf('s', ['index', 'kind']);
/** Epochs before this one. */
export const epochCursor = cursorOf('e', ['epoch']);
/** Scores after this place in the ranking: those without a tier last, then by score, then by index. */
export const rankCursor = cursorOf('r', ['unranked', 'score', 'index']);
/** Faults after this one: by epoch, newest first, then by the first 48 bits of the key. */
export const faultCursor = cursorOf('f', ['epoch', 'head']);
/** Audits before this one, in the order of epoch, slot and draw. */
export const auditCursor = cursorOf('a', ['epoch', 'slot', 'draw']);
/** Incidents before this one: by the time at which they were opened, then by node. */
export const incidentCursor = cursorOf('i', ['openedAtMs', 'index']);
/** Webhook endpoints after this one; `owner` is the head of a hash of the tenant, so that no cursor is good at another's. */
export const endpointCursor = cursorOf('w', ['owner', 'number']);
/** Deliveries before this event; `owner` is the endpoint's head. */
export const deliveryCursor = cursorOf('d', ['owner', 'event']);
/** Events after this place; `owner` is the tenant's head. */
export const eventCursor = cursorOf('v', ['owner', 'place']);
/** Ranked nodes after this place: under one root and one set of filters, so that a page goes on where the last one ended. */
export const standingCursor = cursorOf('q', ['root', 'filter', 'key', 'index']);
