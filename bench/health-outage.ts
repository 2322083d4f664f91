// One node's outage as so many validators see it, played with the Worker's own machine: presence questions at the times of a Poisson process,
// rechecks by the queue, one exchange of sightings a slot. Network times are assumed as named here; everything else is the machine's.
import type { Hex } from '../protocol/bytes.ts';
import { WATCH_MS } from '../workers/services/health/limits.ts';
import { next, WELL, type Heard, type Machine, type Told } from '../workers/services/health/machine.ts';

export const DAY_MS = 86_400_000;
/** A slot of a production network. */
export const SLOT_MS = 60_000;

export type World = {
  readonly validators: number;
  /** Presence questions a node and day, over all validators. */
  readonly questionsPerDay: number;
  /** How long a question to a node takes that does not answer: the policy's deadline, and the control request after it. */
  readonly silentMs: number;
  /** How long one takes that is answered. */
  readonly answerMs: number;
  /** What the queue adds to a delay. */
  readonly queueMs: number;
  /** Whether a question at that time is answered. */
  readonly isUp: (timeMs: number, chance: () => number) => boolean;
  readonly durationMs: number;
  /** Ends as soon as all validators have it down. */
  readonly untilDown: boolean;
};

export type Seen = {
  /** When the first validator failed to reach it, suspected it, told its peers, and had it down; null where none did. */
  readonly missedMs: number | null;
  readonly suspectedMs: number | null;
  readonly firstDownMs: number | null;
  /** When each validator had it down. */
  readonly downMs: readonly number[];
  readonly asked: number;
  readonly saves: number;
  readonly changes: number;
  readonly suspicions: number;
};

type Happening = { readonly atMs: number; readonly run: () => void };

/** Random numbers that a seed repeats (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const addressOf = (index: number): Hex => `0x${index.toString(16).padStart(40, '0')}`;

/** What happens in order of time. */
class Agenda {
  readonly #waiting: Happening[] = [];
  add(atMs: number, run: () => void): void {
    const place = this.#waiting.findIndex((other) => other.atMs > atMs);
    this.#waiting.splice(place < 0 ? this.#waiting.length : place, 0, { atMs, run });
  }
  next(): Happening | undefined {
    return this.#waiting.shift();
  }
}

class Play {
  readonly #world: World;
  readonly #chance: () => number;
  readonly #agenda = new Agenda();
  readonly #machines: Machine[];
  readonly #words: (Told | null)[];
  readonly #down = new Map<number, number>();
  readonly #sent = new Set<string>();
  #missedMs: number | null = null;
  #suspectedMs: number | null = null;
  #counts = { asked: 0, saves: 0, changes: 0, suspicions: 0 };

  constructor(world: World, seed: number) {
    this.#world = world;
    this.#chance = seeded(seed);
    this.#machines = Array.from({ length: world.validators }, () => ({ ...WELL, toldAskedMs: -WATCH_MS })); // time begins at 0: nobody was asked before
    this.#words = this.#machines.map(() => null);
    for (let own = 0; own < world.validators; own++) this.#schedule(own, 0);
    this.#exchange(this.#chance() * SLOT_MS);
  }

  /** The next question of the schedule after `fromMs`. */
  #schedule(own: number, fromMs: number): void {
    const { validators, questionsPerDay, isUp, silentMs, answerMs } = this.#world;
    const meanMs = (DAY_MS * validators) / questionsPerDay;
    const atMs = fromMs - meanMs * Math.log(1 - this.#chance());
    this.#agenda.add(atMs, () => {
      const up = isUp(atMs, this.#chance);
      const heardMs = atMs + (up ? answerMs : silentMs);
      if (!up) this.#missedMs ??= heardMs;
      this.#agenda.add(heardMs, () => {
        const key = `${String(own)}/${String(atMs)}`;
        this.#hear(
          own,
          heardMs,
          up ? { type: 'answered', atMs } : { type: 'failed', key, atMs, nowMs: heardMs, reason: 'timeout' },
        );
      });
      this.#schedule(own, atMs);
    });
  }

  /** Sightings are told once a slot, and only as of its beginning. */
  #exchange(atMs: number): void {
    this.#agenda.add(atMs, () => {
      const told = this.#machines.map(({ absentSinceMs }, own): Told | null =>
        absentSinceMs === null ? null : { validator: addressOf(own), state: 'absent', sinceMs: absentSinceMs },
      );
      for (const [own] of told.entries()) this.#words[own] = told[own] ?? null;
      for (const [own] of this.#machines.entries())
        this.#hear(own, atMs, { type: 'told', atMs, told: this.#told(own), fresh: [] });
      this.#exchange(atMs + SLOT_MS);
    });
  }

  #told(own: number): Told[] {
    return this.#words.flatMap((word, other) => (word === null || other === own ? [] : [word]));
  }

  #hear(own: number, nowMs: number, heard: Heard): void {
    const before = this.#machines[own] ?? WELL;
    const after = next(before, heard, 'validator');
    this.#machines[own] = after;
    if (JSON.stringify(before) !== JSON.stringify(after)) this.#counts.saves++;
    if (before.state !== after.state) this.#counts.changes++;
    if (before.state === 'healthy' && after.state === 'suspected') this.#counts.suspicions++;
    if (after.state === 'suspected') this.#suspectedMs ??= nowMs;
    if (after.state === 'down' && !this.#down.has(own)) this.#down.set(own, nowMs);
    this.#send(own, nowMs);
  }

  #send(own: number, nowMs: number): void {
    const { ask } = this.#machines[own] ?? WELL;
    const { isUp, silentMs, answerMs, queueMs } = this.#world;
    if (ask === null) return;
    const name = `${String(own)}/${ask.key}/${String(ask.step)}`;
    if (this.#sent.has(name)) return;
    this.#sent.add(name);
    // The queue counts in whole seconds.
    const atMs = nowMs + 1_000 * Math.ceil(Math.max(0, ask.atMs - nowMs) / 1_000) + queueMs;
    this.#agenda.add(atMs, () => {
      const current = this.#machines[own]?.ask;
      if (current?.key !== ask.key || current.step !== ask.step) return;
      this.#counts.asked++;
      const up = isUp(atMs, this.#chance);
      const doneMs = atMs + (up ? answerMs : silentMs);
      this.#agenda.add(doneMs, () => {
        const reason = up ? ('none' as const) : ('timeout' as const);
        this.#hear(own, doneMs, { type: 'asked', key: ask.key, step: ask.step, atMs: doneMs, reason, held: false });
        this.#hear(own, doneMs, { type: 'told', atMs: doneMs, told: this.#told(own), fresh: [] });
      });
    });
  }

  run(): Seen {
    const { durationMs, untilDown, validators } = this.#world;
    for (let its = this.#agenda.next(); its !== undefined && its.atMs <= durationMs; its = this.#agenda.next()) {
      its.run();
      if (untilDown && this.#down.size === validators) break;
    }
    const downMs = [...this.#down.values()];
    const firstDownMs = downMs.length === 0 ? null : Math.min(...downMs);
    return { missedMs: this.#missedMs, suspectedMs: this.#suspectedMs, firstDownMs, downMs, ...this.#counts };
  }
}

/** @example playOutage({ ...world, isUp: () => false }, 1) */
export const playOutage = (world: World, seed: number): Seen => new Play(world, seed).run();
