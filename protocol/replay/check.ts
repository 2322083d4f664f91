// The shape of every check of a replay: what was looked at, how much of it, and the first wrong item in plain words.
// A check never throws for what it is given to judge: bytes that the protocol does not allow are a failure like any other.
import { ProtocolError } from '../errors.ts';

export type Check = {
  readonly name: string;
  /** Items looked at, the failed one included. */
  readonly count: number;
  /** The first wrong item: which one, what was expected, what was found. Null when all is right. */
  readonly failure: string | null;
};

/** Told between the items of a long check. */
export type Progress = (done: number, total: number) => void;

/** A check that has not run yet. Steps are run in order, and only while none before has failed. */
export type Step = { readonly name: string; readonly run: (progress?: Progress) => Check };

export type Value = string | number | boolean | null;
/** One thing that must be equal: its name, the value that must be there, the value that is. */
export type Field = readonly [name: string, expected: Value, found: Value];

/** Null, or what a wrong item is called and why it is wrong. */
export type Fault = string | null;

/** The first unequal field, or null. */
export function fieldFault(fields: readonly Field[]): Fault {
  for (const [name, expected, found] of fields) {
    if (expected !== found) return `${name}: expected ${String(expected)}, found ${String(found)}`;
  }
  return null;
}

/** Turns what protocol code throws at bytes that are not allowed into a fault. */
export function guarded(judge: () => Fault): Fault {
  try {
    return judge();
  } catch (error) {
    if (error instanceof ProtocolError) return error.message;
    throw error;
  }
}

/** Equal fields, counted one by one. */
export function fieldsStep(name: string, fields: () => readonly Field[]): Step {
  return {
    name,
    run: () => {
      let count = 0;
      const failure = guarded(() => {
        for (const field of fields()) {
          count++;
          const fault = fieldFault([field]);
          if (fault !== null) return fault;
        }
        return null;
      });
      return { name, count, failure };
    },
  };
}

/** Many items of one sort; ends at the first that has a fault. `items` may throw ProtocolError. */
export function eachStep<T>(name: string, items: () => readonly T[], fault: (item: T, index: number) => Fault): Step {
  return {
    name,
    run: (progress) => {
      let count = 0;
      const failure = guarded(() => {
        const all = items();
        for (const [index, item] of all.entries()) {
          count++;
          const found = fault(item, index);
          if (found !== null) return found;
          progress?.(count, all.length);
        }
        return null;
      });
      return { name, count, failure };
    },
  };
}

/** How a draw is called in every message. */
export function drawName(place: { readonly slot: number; readonly draw: number }): string {
  return `slot ${String(place.slot)} draw ${String(place.draw)}`;
}
