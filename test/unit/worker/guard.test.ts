// What an address must not reach, whoever supplied it and however it is written. The guard decides alone; nothing is sent.
import { describe, expect, it } from 'vitest';
import { guard, type Resolve } from '../../../workers/services/guard.ts';
import { HOSTILE, resolveHostile as resolve } from '../../support/hostile-urls.ts';

describe('the guard', () => {
  it(`allows none of ${String(HOSTILE.length)} hostile addresses`, async () => {
    expect(HOSTILE.length).toBeGreaterThanOrEqual(300);
    const allowed: string[] = [];
    for (const address of HOSTILE) if ((await guard(address, new Set(), resolve)).ok) allowed.push(address);
    expect(allowed).toEqual([]);
  });

  it('allows none of them because some other host is named by the operator', async () => {
    const allowed: string[] = [];
    for (const address of HOSTILE) if ((await guard(address, new Set(['allowed.test']), resolve)).ok) allowed.push(address);
    expect(allowed).toEqual([]);
  });

  it.each([
    ...['https://8.8.8.8/', 'https://1.1.1.1:8443/v1', 'https://[2606:4700::1111]/', 'https://[::ffff:8.8.8.8]/'],
    ...['https://[64:ff9b::808:808]/', 'https://public.test/', 'https://public.test:8443/base/', 'https://134744072/'],
  ])('allows %s', async (address) => {
    const found = await guard(address, new Set(), async () => ['8.8.8.8', '2606:4700::1111']);
    expect(found).toMatchObject({ ok: true });
  });

  it.each(['http://127.0.0.1:8420', 'https://127.0.0.1/', 'http://runner.lan/x', 'http://RUNNER.lan/', 'http://0x7f.1/'])(
    'allows %s where the operator has named its host, without asking a name server',
    async (address) => {
      const never: Resolve = async () => {
        throw new Error('asked');
      };
      expect(await guard(address, new Set(['127.0.0.1', 'runner.lan']), never)).toMatchObject({ ok: true });
    },
  );

  it.each([
    'ftp://127.0.0.1/',
    'ws://runner.lan/',
    'http://user@runner.lan/',
    'http://runner.lan.evil.test/',
    'http://x.runner.lan/',
    'http://runner.lan/admin?',
    'http://runner.lan/admin?x=1',
    'https://runner.lan/#x',
  ])('refuses %s even so', async (address) => {
    expect(await guard(address, new Set(['127.0.0.1', 'runner.lan']), resolve)).toMatchObject({ ok: false });
  });
});
