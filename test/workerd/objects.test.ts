// Objects in R2 are written once.
import { beforeEach, describe, expect, it } from 'vitest';
import { r2Objects } from '../../workers/adapters/r2-objects.ts';
import { bindings, fresh } from './support/bindings.ts';

beforeEach(fresh);

describe('objects', () => {
  const objects = r2Objects(bindings.ARCHIVE);

  it('are written once: a second put changes nothing', async () => {
    await objects.put('archive/a', Uint8Array.of(1, 2, 3), 5);
    await objects.put('archive/a', Uint8Array.of(9), 6);
    expect(await objects.get('archive/a')).toEqual(Uint8Array.of(1, 2, 3));
    expect((await bindings.ARCHIVE.head('archive/a'))?.customMetadata).toEqual({ epoch: '5' });
  });

  it('by many at once are one of them, whole', async () => {
    await Promise.all([1, 2, 3, 4].map((n) => objects.put('x', new Uint8Array(1000).fill(n), n)));
    const bytes = await objects.get('x');
    expect(new Set(bytes).size).toBe(1);
  });

  it('that are not there are null, and empty ones are not', async () => {
    expect(await objects.get('nothing')).toBeNull();
    await objects.put('empty', new Uint8Array(), 5);
    expect(await objects.get('empty')).toEqual(new Uint8Array());
  });
});
