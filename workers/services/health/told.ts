// What peers say, by node.
import type { Told } from './machine.ts';
import type { Word } from './working-ports.ts';

/** A validator counts once, however many sources speak for it. */
export function toldOf(words: readonly Word[]): Map<number, Told[]> {
  const told = new Map<number, Told[]>();
  for (const { validator, sightings } of words) {
    for (const { node, state, sinceMs } of sightings) {
      const known = told.get(node) ?? [];
      if (!known.some((other) => other.validator === validator)) told.set(node, [...known, { validator, state, sinceMs }]);
    }
  }
  return told;
}

/** The nodes that are spoken of, a source's first, the next one's first, and so on: who says much does not drown the others. */
export function inTurn(words: readonly Word[]): number[] {
  const longest = Math.max(0, ...words.map(({ sightings }) => sightings.length));
  const places = Array.from({ length: longest }, (_, i) => words.flatMap(({ sightings }) => sightings[i]?.node ?? []));
  return [...new Set(places.flat())];
}
