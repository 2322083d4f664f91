// An event in one plain sentence, for people: in chats, on pagers, on the terminal. Without mark-up; each format escapes what it needs.
import { EVENT_DATA, type EventItem } from './events.ts';

export type Severity = 'critical' | 'error' | 'warning' | 'info';
export type Told = {
  readonly text: string;
  readonly severity: Severity;
  /** The thread that it belongs to: what opens it and what closes it share this. */
  readonly thread: string;
  readonly closes: boolean;
  readonly page: string | null;
};

const percent = (ppm: number): string => `${(ppm / 10_000).toFixed(1)} %`;
const short = (hex: string): string => (hex.length > 18 ? `${hex.slice(0, 10)}…${hex.slice(-6)}` : hex);
const nodeName = ({ node }: EventItem): string => (node === null ? 'A node' : `Node ${String(node.index)} (${short(node.id)})`);
const since = (ms: number): string => `since ${new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')}`;
const seen = (by: readonly unknown[]): string => `seen by ${String(by.length)} ${by.length === 1 ? 'validator' : 'validators'}`;

const INCIDENT_WORDS = {
  'node.suspected': { severity: 'warning', words: 'may be down: one validator could not reach it' },
  'node.degraded': { severity: 'error', words: 'fails now and then' },
  'node.down': { severity: 'critical', words: 'is down' },
  'node.recovered': { severity: 'info', words: 'answers again' },
} as const;

function ofIncident(event: EventItem, type: keyof typeof INCIDENT_WORDS): Told {
  const { incident, cause, sinceMs, seenBy, page } = EVENT_DATA[type].parse(event.data);
  const { severity, words } = INCIDENT_WORDS[type];
  const closes = type === 'node.recovered';
  const why = closes ? `; it had been away ${since(sinceMs)}` : ` (${cause}, ${since(sinceMs)}, ${seen(seenBy)})`;
  return { text: `${nodeName(event)} ${words}${why}.`, severity, thread: incident, closes, page };
}

function ofEpoch(event: EventItem): Told {
  if (event.type === 'epoch.sealed') {
    const { epoch, rootHash, page } = EVENT_DATA['epoch.sealed'].parse(event.data);
    const text = `Epoch ${String(epoch)} is sealed: its root ${short(rootHash)} was computed again here and is right.`;
    return { text, severity: 'info', thread: `epoch:${String(epoch)}`, closes: true, page };
  }
  const { epoch, note, page } = EVENT_DATA['epoch.disputed'].parse(event.data);
  return {
    text: `Epoch ${String(epoch)} is disputed. ${note}`,
    severity: 'error',
    thread: `epoch:${String(epoch)}`,
    closes: false,
    page,
  };
}

function ofNode(event: EventItem): Told {
  if (event.type === 'audit.correctness_failed') {
    const { epoch, validator, failures, reasons, page } = EVENT_DATA['audit.correctness_failed'].parse(event.data);
    const times = failures === 1 ? 'once' : `${String(failures)} times`;
    const why = reasons.length === 0 ? '' : ` (${reasons.join(', ')})`;
    const text = `${nodeName(event)} answered wrongly ${times} in epoch ${String(epoch)}, as ${short(validator)} found${why}.`;
    return { text, severity: 'critical', thread: event.id, closes: false, page };
  }
  const data = EVENT_DATA['node.score_changed'].parse(event.data);
  const tier = (name: string | null): string => name ?? 'no tier';
  const tiers = data.tierName === data.previousTierName ? '' : `, from ${tier(data.previousTierName)} to ${tier(data.tierName)}`;
  const text = `The score of ${nodeName(event).replace('Node', 'node')} went from ${percent(data.previousScorePpm)} to ${percent(data.scorePpm)}${tiers}.`;
  const severity = data.scorePpm < data.previousScorePpm ? 'warning' : 'info';
  return { text, severity, thread: event.id, closes: false, page: data.page };
}

function ofSlash(event: EventItem): Told {
  const { faultKey, kind, offender, epoch, state, page } = EVENT_DATA['validator.slashed'].parse(event.data);
  const text = `A slash of ${short(offender)} is ${state} (${kind}, epoch ${String(epoch)}).`;
  return { text, severity: 'error', thread: `fault:${faultKey}`, closes: false, page };
}

function ofEndpoint(event: EventItem): Told {
  const rest = { thread: event.id, closes: false, page: null };
  if (event.type === 'endpoint.test') {
    return { text: EVENT_DATA['endpoint.test'].parse(event.data).message, severity: 'info', ...rest };
  }
  const { endpoint, reason } = EVENT_DATA['endpoint.disabled'].parse(event.data);
  return { text: `The webhook endpoint ${endpoint} was disabled: ${reason}`, severity: 'warning', ...rest };
}

/** @throws ZodError for data that are not of its type */
export function tell(event: EventItem): Told {
  const { type } = event;
  if (type in INCIDENT_WORDS) return ofIncident(event, type as keyof typeof INCIDENT_WORDS);
  if (type === 'epoch.sealed' || type === 'epoch.disputed') return ofEpoch(event);
  if (type === 'audit.correctness_failed' || type === 'node.score_changed') return ofNode(event);
  return type === 'validator.slashed' ? ofSlash(event) : ofEndpoint(event);
}
