// Words on the command line: what is refused before anything is asked of a network, and how.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { amountText, unitsOf } from '../../../cli/chain/amounts.ts';
import { fromHex, type Hex } from '../../../protocol/bytes.ts';
import { seedTip } from '../../../protocol/seed.ts';
import { signerAddress } from '../../../protocol/signer.ts';
import { assay } from './io.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-cli-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const registry = `0x${'5f'.repeat(20)}`;
const verify = ['verify', '--epoch', '3', '--api', 'http://127.0.0.1:9', '--rpc', 'http://127.0.0.1:9', '--registry', registry];
/** Commands about stakes, rewards and faults. */
const MONEY = ['account', 'stake', 'unbond', 'withdraw', 'claim', 'slashes', 'execute-slash', 'prove-fault'];
const chain = ['--rpc', 'http://127.0.0.1:9', '--registry', registry];
const without = (flag: string): string[] => verify.filter((word, i) => word !== flag && verify[i - 1] !== flag);

describe('help', () => {
  it('names every command', async () => {
    const { code, out } = await assay(['help']);
    expect(code).toBe(0);
    for (const name of ['verify', 'archive', 'keys', 'register-validator', 'register-node', 'retire-node', ...MONEY])
      expect(out).toContain(name);
  });

  it.each(['verify', 'archive', 'keys', 'register-validator', 'update-validator', 'rotate-seed', 'retire-validator', ...MONEY])(
    'explains %s',
    async (name) => {
      const asked = await assay(['help', name]);
      expect(asked).toEqual(await assay([name, '--help']));
      expect([asked.code, asked.err]).toEqual([0, '']);
      expect(asked.out).toContain(`Usage: npm run assay -- ${name}`);
    },
  );

  it('names the variable of the key where one is needed', async () => {
    expect((await assay(['help', 'register-node'])).out).toContain('ASSAY_OPERATOR_KEY');
  });
});

describe('usage', () => {
  const who = ['--signer', `0x${'11'.repeat(20)}`, '--seed-tip', `0x${'22'.repeat(32)}`, '--url', 'https://v.example'];
  const cases: [string, string[], RegExp][] = [
    ['nothing', [], /Usage: npm run assay/],
    ['no such command', ['appraise'], /There is no command "appraise"[^]*Usage/],
    ['help for no such command', ['help', 'appraise'], /There is no command "appraise"/],
    ['no such flag', [...verify, '--fast'], /'--fast'[^]*Usage/],
    ['a word too many', [...verify, 'now'], /now/],
    ['a missing value', ['verify', '--epoch'], /--epoch/],
    ['no epoch', without('--epoch'), /--epoch is missing/],
    ['a bad epoch', [...without('--epoch'), '--epoch', '-1'], /--epoch/],
    ['a fraction of an epoch', [...without('--epoch'), '--epoch', '1.5'], /--epoch must be an integer/],
    ['neither --api nor --file', without('--api'), /either --api or --file/],
    ['both', [...verify, '--file', 'x'], /either --api or --file/],
    ['no RPC', without('--rpc'), /--rpc is missing/],
    ['an RPC of another scheme', [...without('--rpc'), '--rpc', 'ws://x'], /--rpc must be an http/],
    ['an API with a password', [...without('--api'), '--api', 'http://a:b@c'], /--api must not hold/],
    ['no registry', without('--registry'), /--registry is missing/],
    ['a short registry', [...without('--registry'), '--registry', '0x12'], /--registry must be 0x and 40/],
    ['a bad validator', [...verify, '--validator', '0xzz'], /--validator must be/],
    ['--sample and --all', [...verify, '--sample', '3', '--all'], /exclude one another/],
    ['a bad sample', [...verify, '--sample', 'many'], /--sample must be an integer/],
    ['a bad sample seed', [...verify, '--sample-seed', '0x12'], /--sample-seed must be 0x and 64/],
    ['a bad chain', [...verify, '--chain-id', '0'], /--chain-id must be/],
    ['no file for keys', ['keys'], /--out is missing/],
    ['a chain too long', ['keys', '--out', 'x', '--length', '1000001'], /--length must be/],
    ['no signer', ['register-validator', '--rpc', 'http://127.0.0.1:9', '--registry', registry], /--signer is missing/],
    ['no amount', ['stake', ...chain], /--amount is missing/],
    ['an amount of nothing', ['stake', '--amount', '0.0', ...chain], /--amount must be a number of tokens above zero/],
    ['an amount with a sign', ['unbond', '--amount=-1', ...chain], /or the word all/],
    [
      'an address with a query',
      ['register-validator', ...who, ...chain, '--url', 'https://v.example/?'],
      /--url must not have a query/,
    ],
    [
      'an address with a fragment',
      ['register-validator', ...who, ...chain, '--url', 'https://v.example/#x'],
      /a query or a fragment/,
    ],
    ['a stake that is none', ['register-validator', '--stake', 'x', ...who, ...chain], /--stake must be a number of tokens/],
    ['no distributor', ['claim', '--api', 'http://127.0.0.1:9', ...chain], /--distributor is missing/],
    ['a bad slash', ['execute-slash', '--id', 'x', ...chain], /--id must be an integer/],
    ['too many slashes', ['slashes', '--limit', '1001', ...chain], /--limit must be an integer from 1 to 1000/],
    ['no proof', ['prove-fault', ...chain], /--file is missing/],
    ['no owner', ['account', ...chain], /--owner is missing/],
    ['no node', ['retire-node', '--rpc', 'http://127.0.0.1:9', '--registry', registry], /--node-id is missing/],
  ];
  it.each(cases)('%s ends with 2', async (_, argv, message) => {
    const { code, out, err } = await assay(argv);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(message);
  });
});

describe('what cannot be done', () => {
  it('an RPC that does not answer', async () => {
    const { code, err } = await assay(verify);
    expect([code, err]).toEqual([
      2,
      'assay verify: No configured RPC answers with a chain id. Check the RPC URLs and the network.',
    ]);
  });

  it('a bundle that is not there, or none', async () => {
    const missing = await assay([...without('--api'), '--file', join(folder, 'missing')]);
    expect([missing.code, missing.err]).toEqual([2, expect.stringContaining('cannot be read. Check --file')]);
    const file = join(folder, 'text');
    writeFileSync(file, 'no bundle');
    const text = await assay([...without('--api'), '--file', file]);
    expect([text.code, text.err]).toEqual([2, 'assay verify: bundle: not a whole gzip file']);
  });

  it('a transaction without a key, or with something else', async () => {
    const retire = ['retire-validator', '--rpc', 'http://127.0.0.1:9', '--registry', registry];
    expect((await assay(retire)).err).toMatch(/Set ASSAY_OPERATOR_KEY/);
    const bad = await assay(retire, { ASSAY_OPERATOR_KEY: 'hunter2' });
    expect([bad.code, bad.err.includes('hunter2')]).toEqual([2, false]);
    expect(bad.err).toMatch(/ASSAY_OPERATOR_KEY is not a private key/);
  });
});

describe('amounts', () => {
  it('are whole tokens in decimal, to the last place', () => {
    expect(unitsOf('1000', '--amount', 18)).toBe(1000n * 10n ** 18n);
    expect(unitsOf('0.000000000000000001', '--amount', 18)).toBe(1n);
    expect(unitsOf('1.50', '--amount', 1)).toBe(15n);
    expect(unitsOf('7', '--amount', 0)).toBe(7n);
    expect(() => unitsOf('1.05', '--amount', 1)).toThrow("more places after the point than the token's 1");
    expect(amountText(1_500n, { symbol: 'T', decimals: 3 })).toBe('1.5 T');
  });
});

describe('keys', () => {
  it('go into a file for the owner alone, and nowhere else', async () => {
    const file = join(folder, 'vars');
    const { code, out } = await assay(['keys', '--out', file, '--length', '40']);
    expect(code).toBe(0);
    const values = Object.fromEntries(
      readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map((line) => line.split('=')),
    ) as Record<string, Hex>;
    const { SIGNER_KEY: signer = '0x', SEED_SECRET: secret = '0x' } = values;
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(out).toContain(signerAddress(fromHex(signer, 32)));
    expect(out).toContain(seedTip(secret, 40));
    expect(values['SEED_CHAIN_LENGTH']).toBe('40');
    for (const shown of [signer, secret]) expect(out).not.toContain(shown.slice(2));
  });

  it('never replace a file', async () => {
    const file = join(folder, 'taken');
    writeFileSync(file, 'precious');
    const { code, err } = await assay(['keys', '--out', file]);
    expect([code, readFileSync(file, 'utf8')]).toEqual([2, 'precious']);
    expect(err).toMatch(/cannot be written. Check --out/);
  });
});
