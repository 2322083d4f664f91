// Cursors of a tenant's lists: what is written is read, by its own tenant and list only, and nothing else is one.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { keyCursor, tenantCursor } from '../../../schema/api/tenant-cursors.ts';

const place = fc.record({ atMs: fc.nat({ max: 2 ** 52 }), id: fc.stringMatching(/^[A-Za-z0-9_-]{1,80}$/) });
const tenant = fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/);
const others = tenantCursor('z');

it('are read back by their tenant, and point nowhere for another', () => {
  fc.assert(
    fc.property(place, tenant, tenant, (where, mine, theirs) => {
      const read = keyCursor.schema.parse(keyCursor.encode(mine, where));
      expect(keyCursor.open(mine, read)).toEqual(where);
      if (mine !== theirs) expect(keyCursor.open(theirs, read)).toBeNull();
    }),
  );
});

it('of one list are none of another', () => {
  fc.assert(fc.property(place, tenant, (where, mine) => !others.schema.safeParse(keyCursor.encode(mine, where)).success));
});

it('have one spelling each: no other text is a cursor', () => {
  fc.assert(fc.property(fc.string({ maxLength: 250 }), (text) => !keyCursor.schema.safeParse(text).success));
  fc.assert(
    fc.property(place, tenant, fc.nat(), fc.constantFrom('A', 'Z', 'a', 'z', '0', '9', '-', '_'), (where, mine, at, char) => {
      const text = keyCursor.encode(mine, where);
      const spoilt = text.slice(0, at % text.length) + char + text.slice((at % text.length) + 1);
      const read = keyCursor.schema.safeParse(spoilt);
      // Another spelling of the same place there is not; a place nearby is one that the tenant could have asked for.
      if (read.success && spoilt !== text) expect(keyCursor.open(mine, read.data)).not.toEqual(where);
      for (const more of [`${text}A`, `${text}=`, ` ${text}`, text.slice(0, -1)]) {
        const other = keyCursor.schema.safeParse(more);
        if (other.success) expect(keyCursor.open(mine, other.data)).not.toEqual(where);
      }
    }),
  );
});
