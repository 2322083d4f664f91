// The health of one node as one Worker sees it, as a pure function: what was known, what was heard, and what follows. No clock and no
// chance in here. Whatever is heard twice or too late changes nothing; no word of others makes a node suspected or down on a validator
// unless its own questions failed as well; an incident has a bounded number of events, and good answers in a row always end it.
import type { HealthState } from '../../../schema/api/incidents.ts';
import type { Hex } from '../../../protocol/bytes.ts';
import type { Reason } from '../../../protocol/verdict.ts';
import {
  CONFIRM_MS,
  DEGRADED_FAILURES,
  FAILURES_KNOWN,
  FIRST_RECHECK_MS,
  RECOVERED_GOOD,
  SAID_MS_MAX,
  SECOND_RECHECK_MS,
  STEADY_GOOD,
  VOIDS_MAX,
  WATCH_MS,
  WINDOW_ANSWERS,
} from './limits.ts';

/** A question beside the schedule that is due. `step` rises with each, so that a repeated message finds nothing to do. */
export type Ask = {
  /** failure: after a failed audit · told: a peer cannot reach it · watch: until it is well again. */
  readonly why: 'failure' | 'told' | 'watch';
  readonly key: string;
  readonly step: number;
  readonly atMs: number;
  /** Since when it does not answer, as far as this question goes. */
  readonly sinceMs: number;
  readonly cause: Reason;
  /** Questions of this row that failed, and that came to nothing through our own fault. */
  readonly failed: number;
  readonly voids: number;
};

export type Machine = {
  readonly state: HealthState;
  /** Since when it is in that state. */
  readonly sinceMs: number;
  /** The last scheduled answers, newest last: 1 answered, 0 missing. An outage counts once. */
  readonly recent: readonly (0 | 1)[];
  /** It failed often enough to be degraded, and was not steady since. */
  readonly flaky: boolean;
  /** Good answers in a row. */
  readonly good: number;
  readonly ask: Ask | null;
  /** What this Worker tells its peers: it cannot reach the node since then. */
  readonly absentSinceMs: number | null;
  /** When it was last asked on a peer's word. */
  readonly toldAskedMs: number;
  /** The newest missing answer's time: a good one that is older, and only heard of later, says nothing. */
  readonly failedMs: number;
  /** A gateway's: who said that it is not well, and when last; only with their words it is well again. */
  readonly said: readonly { readonly validator: Hex; readonly atMs: number }[];
  /** Scheduled failures that were heard of last. */
  readonly keys: readonly string[];
  readonly cause: Reason;
};

/** What others say now, a word each; what is not repeated is left out. */
export type Told = { readonly validator: Hex; readonly state: 'absent' | 'degraded'; readonly sinceMs: number };

export type Heard =
  /** A scheduled question was answered, or not (and the control request was); `atMs`: when it was asked. */
  | { readonly type: 'answered'; readonly atMs: number }
  | { readonly type: 'failed'; readonly nowMs: number; readonly key: string; readonly atMs: number; readonly reason: Reason }
  /** The question `key`/`step` came to that; null: nothing can be said of the node. */
  | {
      readonly type: 'asked';
      readonly key: string;
      readonly step: number;
      readonly atMs: number;
      readonly reason: Reason | null;
      /** The slot's failures are our own. */
      readonly held: boolean;
    }
  /** It is no longer registered. */
  | { readonly type: 'gone'; readonly atMs: number }
  /** Once a slot, and whenever it was asked. `fresh`: validators that answered just now, whatever of. */
  | { readonly type: 'told'; readonly atMs: number; readonly told: readonly Told[]; readonly fresh: readonly Hex[] };

export const WELL: Machine = {
  state: 'healthy',
  sinceMs: 0,
  recent: [],
  flaky: false,
  good: 0,
  ask: null,
  absentSinceMs: null,
  toldAskedMs: 0,
  failedMs: 0,
  said: [],
  keys: [],
  cause: 'none',
};

/** Whether there is nothing to remember: not even that it was asked on a peer's word lately. */
export function isWell({ state, recent, ask, flaky, toldAskedMs }: Machine, nowMs: number): boolean {
  return state === 'healthy' && ask === null && !flaky && !recent.includes(0) && nowMs - toldAskedMs >= WATCH_MS;
}

function noted(machine: Machine, answer: 0 | 1): Machine {
  const recent = [...machine.recent, answer].slice(-WINDOW_ANSWERS);
  const missing = recent.filter((its) => its === 0).length;
  return { ...machine, recent, flaky: machine.flaky || missing >= DEGRADED_FAILURES };
}

const goodNeeded = ({ flaky }: Machine): number => (flaky ? STEADY_GOOD : RECOVERED_GOOD);

function entered(machine: Machine, state: HealthState, atMs: number): Machine {
  return machine.state === state ? machine : { ...machine, state, sinceMs: atMs };
}

/** Whether a question waits for the tick; all others are sent at once, with a delay. */
export const isSlow = (key: string): boolean => key.startsWith('w');

/** The next question while a node is not well: soon if only a few good answers are missing, else now and then. */
function watched(machine: Machine, atMs: number): Machine {
  if (machine.state === 'healthy' || machine.ask !== null) return machine;
  const { absentSinceMs, good, flaky, cause } = machine;
  const soon = good > 0 && !flaky;
  const watch: Ask = {
    ...{ why: 'watch', key: `${soon ? 'c' : 'w'}${String(atMs)}`, step: 1, atMs: atMs + (soon ? CONFIRM_MS : WATCH_MS) },
    ...{ sinceMs: absentSinceMs ?? machine.sinceMs, cause, failed: 0, voids: 0 },
  };
  return { ...machine, ask: watch };
}

function wellAnswered(machine: Machine, atMs: number): Machine {
  const good = Math.min(machine.good + 1, STEADY_GOOD);
  const next = { ...machine, good };
  if (machine.state === 'healthy' && !machine.flaky) return next;
  // Reached again, but not steadily: what peers are told ends with the shorter row of good answers.
  const reached = good >= RECOVERED_GOOD ? { ...next, absentSinceMs: null } : next;
  if (good >= goodNeeded(reached)) {
    const healthy = entered({ ...reached, flaky: false, recent: [], ask: null }, 'healthy', atMs);
    return { ...healthy, cause: 'none' };
  }
  return reached.flaky && reached.absentSinceMs === null ? entered(reached, 'degraded', atMs) : reached;
}

/** A failure that stands: it was asked for again and failed, or it passed by itself. */
function failureCounted(machine: Machine, { cause, why }: Ask, atMs: number): Machine {
  const counted = why === 'failure' && machine.absentSinceMs === null ? noted(machine, 0) : machine;
  if (!counted.flaky || machine.state === 'down' || machine.state === 'degraded') return counted;
  return entered({ ...counted, cause }, 'degraded', atMs);
}

/** A question failed: the second missing answer makes it suspected, the third absent. A failed audit and a peer's word are the first. */
function askFailed(machine: Machine, ask: Ask, atMs: number, reason: Reason): Machine {
  const failed = ask.failed + 1;
  const missing = failed + (ask.why === 'watch' ? 0 : 1);
  const row: Machine = { ...machine, ask: null, good: 0, cause: reason, failedMs: Math.max(machine.failedMs, atMs) };
  if (row.absentSinceMs !== null) return watched(row, atMs);
  const again = { ...ask, step: ask.step + 1, failed, cause: reason };
  if (missing === 1) return { ...row, ask: { ...again, sinceMs: atMs, atMs: atMs + FIRST_RECHECK_MS } };
  if (missing > 2) return watched({ ...row, absentSinceMs: ask.sinceMs }, atMs);
  const counted = failureCounted(row, again, atMs);
  const suspected = counted.state === 'healthy' ? entered(counted, 'suspected', atMs) : counted;
  return { ...suspected, ask: { ...again, atMs: atMs + SECOND_RECHECK_MS } };
}

function asked(machine: Machine, heard: Extract<Heard, { type: 'asked' }>): Machine {
  const { ask } = machine;
  if (ask?.key !== heard.key || ask.step !== heard.step) return machine;
  const { atMs, reason, held } = heard;
  if (held || reason === null) {
    // Nothing is known of the node. What began with a failure of our own ends here.
    if (held || ask.voids + 1 >= VOIDS_MAX) return watched({ ...machine, ask: null }, atMs);
    return { ...machine, ask: { ...ask, step: ask.step + 1, atMs: atMs + SECOND_RECHECK_MS, voids: ask.voids + 1 } };
  }
  if (reason !== 'none') return askFailed(machine, ask, atMs, reason);
  const passed = ask.failed === 0 ? failureCounted(machine, ask, atMs) : machine;
  return watched(wellAnswered({ ...passed, ask: null }, atMs), atMs);
}

function failed(machine: Machine, heard: Extract<Heard, { type: 'failed' }>): Machine {
  const { key, atMs, nowMs, reason } = heard;
  if (machine.keys.includes(key)) return machine;
  const failedMs = Math.max(machine.failedMs, atMs);
  const row: Machine = { ...machine, good: 0, failedMs, keys: [...machine.keys, key].slice(-FAILURES_KNOWN) };
  // A question is under way already, or it is known to be absent.
  if ((machine.ask !== null && machine.ask.why !== 'watch') || machine.absentSinceMs !== null) return row;
  const ask: Ask = {
    why: 'failure',
    key,
    step: 1,
    atMs: nowMs + FIRST_RECHECK_MS,
    sinceMs: atMs,
    cause: reason,
    failed: 0,
    voids: 0,
  };
  return { ...row, ask };
}

function answered(machine: Machine, atMs: number): Machine {
  const counted = machine.recent.includes(0) || machine.state !== 'healthy' ? noted(machine, 1) : machine;
  if (atMs <= machine.failedMs) return counted;
  const next = wellAnswered(counted, atMs);
  // The row of good answers goes on by questions of its own, unless one is on its way.
  if (next.ask?.why !== 'watch' || next.good === 0) return watched(next, atMs);
  return watched({ ...next, ask: null }, atMs);
}

/** A validator's: its own absence and one other's make `down`; a word alone makes it ask. */
function toldOnValidator(machine: Machine, atMs: number, told: readonly Told[]): Machine {
  const others = told.filter(({ state }) => state === 'absent');
  const [first] = others;
  if (machine.absentSinceMs !== null) return first === undefined ? machine : entered(machine, 'down', atMs);
  const idle = machine.ask === null || machine.ask.why === 'watch';
  if (first === undefined || !idle || atMs - machine.toldAskedMs < WATCH_MS) return machine;
  const row = { key: `t${String(atMs)}`, step: 1, atMs, sinceMs: atMs, cause: 'unreachable', failed: 0, voids: 0 } as const;
  return { ...machine, toldAskedMs: atMs, ask: { why: 'told', ...row } };
}

type ToldHeard = Extract<Heard, { type: 'told' }>;

/** Whoever said that it is not well, with those who say so now; who fell silent is forgotten after a while. */
function saidNow({ said }: Machine, { atMs, told }: ToldHeard): Machine['said'] {
  const now = new Set(told.map(({ validator }) => validator));
  const before = said.filter((its) => !now.has(its.validator) && atMs - its.atMs < SAID_MS_MAX);
  return [...before, ...[...now].map((validator) => ({ validator, atMs }))];
}

/** Silence is no good word: a step towards well takes an answer of just now of all who said otherwise, and of anybody at all. */
function unsaidOnGateway(machine: Machine, said: Machine['said'], { atMs, fresh }: ToldHeard): Machine {
  if (fresh.length === 0 || !said.every(({ validator }) => fresh.includes(validator))) return machine;
  const good = machine.good + 1;
  if (machine.state === 'healthy' || good < RECOVERED_GOOD) return { ...machine, good };
  return entered({ ...machine, good: 0, said: [], cause: 'none' }, 'healthy', atMs);
}

/** A gateway's: it asks nobody itself, so one validator's word is a suspicion, and two are down. */
function toldOnGateway(machine: Machine, heard: ToldHeard): Machine {
  const { told, atMs, fresh } = heard;
  const absent = new Set(told.flatMap(({ state, validator }) => (state === 'absent' ? [validator] : []))).size;
  const flaky = told.some(({ state }) => state === 'degraded');
  const said = saidNow(machine, heard);
  if (absent === 0 && !flaky) return unsaidOnGateway(machine, said, heard);
  const row: Machine = { ...machine, good: 0, said, cause: 'unreachable' };
  if (absent >= 2) return entered(row, 'down', atMs);
  // Down stays down while one still says so, and while those who said so are not heard.
  const silent = said.some(({ validator }) => !fresh.includes(validator));
  if (machine.state === 'down' && (absent > 0 || silent)) return row;
  if (flaky) return entered(row, 'degraded', atMs);
  return machine.state === 'healthy' ? entered(row, 'suspected', atMs) : row;
}

/**
 * The machine after it has heard something. Pure.
 * @param role a gateway has no questions of its own
 * @example next(WELL, { type: 'failed', key: '1/2/3', atMs, reason: 'timeout' }, 'validator')
 */
export function next(machine: Machine, heard: Heard, role: 'validator' | 'gateway'): Machine {
  switch (heard.type) {
    case 'answered':
      return answered(machine, heard.atMs);
    case 'failed':
      return failed(machine, heard);
    case 'asked':
      return asked(machine, heard);
    case 'gone':
      return { ...WELL, sinceMs: heard.atMs };
    case 'told':
      return role === 'gateway' ? toldOnGateway(machine, heard) : toldOnValidator(machine, heard.atMs, heard.told);
  }
}
