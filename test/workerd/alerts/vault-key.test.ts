// The secret that endpoints' secrets are sealed under, as an operator may give it.
import { describe, expect, it } from 'vitest';
import { parseVaultKey } from '../../../workers/config.ts';
import type { Env } from '../../../workers/env.ts';

describe('VAULT_KEY', () => {
  const parse = (value?: string) => parseVaultKey((value === undefined ? {} : { VAULT_KEY: value }) as Env);

  it('is 32 bytes in hex, or not there', () => {
    expect(parse('0B'.repeat(32))).toEqual(new Uint8Array(32).fill(11));
    expect(parse(`0x${'0b'.repeat(32)}`)).toEqual(new Uint8Array(32).fill(11));
    expect([parse(), parse(' ')]).toEqual([null, null]);
  });

  it.each(['0b', 'correct horse battery staple', `${'0b'.repeat(32)}00`])(
    'that is %s is refused without being quoted',
    (value) => {
      expect(() => parse(value)).toThrow(/^VAULT_KEY must be 32 random bytes in hex/);
      expect(() => parse(value)).not.toThrow(value);
    },
  );
});
