// Places for probes: never more than there are, several at once for those who need them, and nobody is overtaken for ever.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { semaphore } from '../../../workers/services/semaphore.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('places', () => {
  it('are never more than there are, and each enters in the order of coming, whatever it needs', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ width: fc.integer({ min: 1, max: 6 }), turns: fc.integer({ min: 0, max: 4 }) }), { maxLength: 40 }),
        async (works) => {
          const places = semaphore(6);
          const entered: number[] = [];
          let [taken, most] = [0, 0];
          await Promise.all(
            works.map(({ width, turns }, i) =>
              places.run(width, async () => {
                entered.push(i);
                taken += width;
                most = Math.max(most, taken);
                for (let n = 0; n < turns; n++) await turn();
                taken -= width;
              }),
            ),
          );
          expect(entered).toEqual(works.map((_, i) => i));
          expect(most).toBeLessThanOrEqual(6);
          expect(taken).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('are given back by work that fails, and free places are used at once', async () => {
    const places = semaphore(2);
    await expect(places.run(2, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    const held = Promise.withResolvers<undefined>();
    const first = places.run(1, () => held.promise);
    expect(await places.run(1, async () => 'beside it')).toBe('beside it');
    held.resolve(undefined);
    await first;
  });

  it('that can never be free together are refused, not waited for', async () => {
    const places = semaphore(6);
    for (const width of [0, 7]) await expect(places.run(width, async () => width)).rejects.toThrow(RangeError);
  });
});
