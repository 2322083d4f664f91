// The thread of one incident: what a change of a node's state adds to it, and the events that tell of that. Pure; the same change gives the
// same ids.
import { ascii, toHex, type Hex } from '../../../protocol/bytes.ts';
import { sha256 } from '../../../protocol/hash.ts';
import { eventId, type NewEvent } from '../alerts/event.ts';
import { INCIDENT_EVENTS_MAX, INCIDENT_SEEN_MAX } from './limits.ts';
import type { Machine, Told } from './machine.ts';
import type { Incident } from './ports.ts';

export type About = {
  readonly node: { readonly index: number; readonly id: Hex };
  /** Whose machine it is; null on a gateway, which sees nothing itself. */
  readonly validator: Hex | null;
  readonly told: readonly Told[];
  readonly atMs: number;
  readonly publicUrl: string | null;
};

export type Thread = { readonly incident: Incident | null; readonly events: readonly NewEvent[] };

const WORSE = { suspected: 0, degraded: 1, down: 2 } as const;

const incidentId = (id: Hex, atMs: number): string =>
  `inc_${toHex(sha256(ascii(`incident\n${id}\n${String(atMs)}`))).slice(2, 26)}`;

/** Everybody who cannot reach it now beside those who could not before, each since the first time. */
function seenBy(before: Incident['seenBy'], after: Machine, { validator, told }: About): Incident['seenBy'] {
  const own = validator === null || after.absentSinceMs === null ? [] : [{ validator, sinceMs: after.absentSinceMs }];
  const others = told
    .filter(({ state }) => state === 'absent')
    .map((word) => ({ validator: word.validator, sinceMs: word.sinceMs }));
  const known = new Set(before.map((its) => its.validator));
  const added = [...own, ...others].filter(({ validator: its }, i, all) => {
    return !known.has(its) && all.findIndex((other) => other.validator === its) === i;
  });
  return [...before, ...added].slice(0, INCIDENT_SEEN_MAX);
}

function opened({ node, atMs }: About, after: Machine): Incident {
  return {
    ...{ id: incidentId(node.id, atMs), node, severity: 'suspected', open: true, cause: after.cause },
    ...{ openedAtMs: atMs, confirmedAtMs: null, recoveredAtMs: null, seenBy: [], events: [] },
  };
}

/** The incident and the events after a change; an incident that nothing was added to comes back as it was. */
export function threadOf(before: Machine, after: Machine, incident: Incident | null, about: About): Thread {
  const { node, atMs, publicUrl } = about;
  if (incident === null && after.state === 'healthy') return { incident: null, events: [] };
  const base = incident ?? opened(about, after);
  const seen = after.state === 'healthy' ? base.seenBy : seenBy(base.seenBy, after, about);
  const grown = seen.length === base.seenBy.length ? base : { ...base, seenBy: seen };
  if (before.state === after.state) return { incident: grown, events: [] };
  const { state, cause } = after;
  const recovered = state === 'healthy';
  const worst = recovered || WORSE[state] <= WORSE[base.severity] ? base.severity : state;
  const changed: Incident = {
    ...grown,
    severity: worst,
    open: !recovered,
    cause: recovered ? base.cause : cause,
    confirmedAtMs: base.confirmedAtMs ?? (state === 'down' ? atMs : null),
    recoveredAtMs: recovered ? atMs : null,
  };
  // Beyond the last but one only the recovery is told.
  if (!recovered && base.events.length >= INCIDENT_EVENTS_MAX) return { incident: changed, events: [] };
  const type = recovered ? 'node.recovered' : (`node.${state}` as const);
  const page = publicUrl === null ? null : `${publicUrl}/nodes/${node.id}`;
  const event: NewEvent = {
    ...{ id: eventId(type, base.id, base.events.length), type, node, occurredAtMs: atMs },
    data: { incident: base.id, cause, sinceMs: base.openedAtMs, seenBy: seen, page },
  };
  return { incident: { ...changed, events: [...base.events, { id: event.id, type, atMs }] }, events: [event] };
}
