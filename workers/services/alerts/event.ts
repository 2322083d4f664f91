// A new event, before it is stored: its id follows from what it is about, so that the same thing told twice is one event.
import { ascii, toHex, type Hex } from '../../../protocol/bytes.ts';
import { sha256 } from '../../../protocol/hash.ts';
import type { EventData, EventType } from '../../../schema/api/events.ts';

export type NewEvent = {
  [T in EventType]: {
    readonly id: string;
    readonly type: T;
    readonly node: { readonly index: number; readonly id: Hex } | null;
    readonly occurredAtMs: number;
    readonly data: EventData<T>;
    /** The one endpoint that it goes to, whatever its filters say; all that want it where left out. */
    readonly to?: string;
  };
}[EventType];

/**
 * `evt_` and 32 hex digits.
 * @example eventId('node.down', incident)
 */
export function eventId(type: EventType, ...key: readonly (string | number)[]): string {
  return `evt_${toHex(sha256(ascii([type, ...key].join('\n')))).slice(2, 34)}`;
}
