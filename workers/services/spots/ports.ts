// What the spots part needs from outside. Rows are written before anything is done, and say what became of it; the queue only wakes.
import type { Answer } from '../ports.ts';

/** So many random bytes. */
export type Random = (bytes: number) => Uint8Array;

/** The platform's own. */
export const secureRandom: Random = (bytes) => crypto.getRandomValues(new Uint8Array(bytes));

/** What a node answers to a spot: an answer as everywhere, or that it does not do this now, or at all. */
export type SpotAnswer = Answer | { readonly ok: false; readonly reason: 'busy' | 'unsupported' };

export type SpotPorts = Readonly<Record<never, never>>;
