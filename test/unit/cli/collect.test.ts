// An API names and serves as much as it likes: what is kept of it is bounded, and fetching ends where the bound is passed.
import { describe, expect, it } from 'vitest';
import { createCollection, type Wanted } from '../../../cli/verify/collect.ts';
import { FETCHES_IN_FLIGHT } from '../../../cli/limits.ts';
import { toHex } from '../../../protocol/bytes.ts';
import { sha256 } from '../../../protocol/hash.ts';

const silent = (): void => undefined;

/** `count` different objects of 1,000 bytes; `asked` counts the requests. */
function endless(count: number): { wanted: Wanted[]; asked: () => number } {
  let asked = 0;
  const wanted = Array.from({ length: count }, (_, i) => {
    const bytes = new Uint8Array(1_000).fill(i);
    bytes[0] = i >> 8;
    return { hash: toHex(sha256(bytes)), get: () => (asked++, Promise.resolve(bytes)) };
  });
  return { wanted, asked: () => asked };
}

describe('a collection of objects', () => {
  it('ends as soon as it is larger than a bundle can be', async () => {
    const { wanted, asked } = endless(1_000);
    await expect(createCollection(20_000).add(wanted, silent)).rejects.toThrow(
      'The archive is larger than a bundle can be (20000 bytes). Verify it with --api instead.',
    );
    expect(asked()).toBeLessThanOrEqual(20 + FETCHES_IN_FLIGHT);
  });

  it('asks for nothing when more is named than a bundle may have', async () => {
    const { wanted, asked } = endless(11);
    const collection = createCollection(1_000_000, 20);
    await collection.add(wanted.slice(0, 10), silent);
    await expect(collection.add(wanted, silent)).rejects.toThrow('The archive names 21 objects; a bundle has at most 20.');
    expect(asked()).toBe(10);
  });

  it('counts an object once that is named often, and keeps no wrong one', async () => {
    const { wanted } = endless(1);
    const collection = createCollection(2_000);
    await collection.add([...wanted, ...wanted, ...wanted], silent);
    expect(collection.objects.size).toBe(1);
    const other = wanted.map(({ hash }) => ({ hash, get: () => Promise.resolve(new Uint8Array(3)) }));
    await expect(collection.add(other, silent)).rejects.toThrow('serves other bytes');
  });
});
