// `assay load` and `assay classes`: tables and documents made here, without a network.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { networkClasses } from '../../../schema/classes/derive.ts';
import { parsePolicy } from '../../../schema/policy/policy.ts';
import { shippedPolicies } from '../../../schema/policy/shipped.ts';
import { assay } from './io.ts';

const folder = mkdtempSync(join(tmpdir(), 'assay-load-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const inFolder = (name: string, text: string): string => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};
const network = shippedPolicies.find(({ name }) => name === 'network');

describe('assay load', () => {
  it('prints a line a class, none at or above one per cent', async () => {
    const { code, out, err } = await assay(['load']);
    expect([code, err]).toEqual([0, '']);
    for (const { name } of networkClasses) {
      const line = out.split('\n').find((text) => text.startsWith(`${name} `)) ?? '';
      expect(line).toMatch(/\d\.\d{3}%.* 0\.\d{3}%$/);
    }
    for (const nodes of [1, 3, 6, 1000]) expect(out).toMatch(new RegExp(`\n *${String(nodes)} .* 0\\.\\d{3}%(\n|$)`));
  });

  it('takes a shipped name, a file, and says it as JSON', async () => {
    const file = inFolder('policy.json', JSON.stringify({ ...network, name: 'mine', classes: networkClasses.slice(0, 2) }));
    const { code, out } = await assay([
      'load',
      '--policy',
      file,
      '--nodes',
      '3',
      '--network',
      '3',
      '--validators',
      '31',
      '--json',
    ]);
    expect(code).toBe(0);
    const told = JSON.parse(out) as { policy: string; operatorNodes: number; network: object; classes: { name: string }[] };
    expect([told.policy, told.operatorNodes]).toEqual(['mine', 3]);
    expect(told.network).toEqual({ nodeCount: 3, validatorCount: 31, epochSeconds: 3600 });
    expect(told.classes.map(({ name }) => name)).toEqual(networkClasses.slice(0, 2).map(({ name }) => name));
    expect((await assay(['load', '--policy', 'embedded'])).out).toContain('cpu-demo');
  });

  it('refuses what is no policy, and says what to do', async () => {
    for (const name of ['nobody', inFolder('text', 'no policy'), inFolder('other.json', '{"version":2}')]) {
      const { code, err } = await assay(['load', '--policy', name]);
      expect([code, err]).toEqual([2, expect.stringContaining('Check --policy.')]);
    }
    const wrong = await assay(['load', '--nodes', '0']);
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('--nodes must be an integer from 1')]);
    for (const args of [
      ['--nodes', '4', '--network', '3'],
      ['--validators', '32'],
      ['--epoch', '0'],
    ])
      expect((await assay(['load', ...args])).code).toBe(2);
  });
});

describe('assay classes', () => {
  it('prints every class, its figures and their sources', async () => {
    const [classes, sources] = [await assay(['classes']), await assay(['classes', '--sources'])];
    expect([classes.code, sources.code]).toEqual([0, 0]);
    for (const { name } of networkClasses) expect(classes.out).toContain(name);
    expect(sources.out).toMatch(/b300: [^]*dense int8[^]*dense bf16[^]*apple-m4: [^]*none given/);
    expect(JSON.parse((await assay(['classes', '--json'])).out)).toEqual(networkClasses);
  });

  it('writes the classes into a policy file and changes nothing else in it', async () => {
    const other = { ...network, name: 'other', classes: networkClasses.slice(3, 4) };
    const file = inFolder('write.json', JSON.stringify(other));
    expect((await assay(['classes', '--write', file])).code).toBe(0);
    expect(parsePolicy(JSON.parse(readFileSync(file, 'utf8')))).toEqual({ ...other, classes: networkClasses });
  });

  it('does not touch what is no policy', async () => {
    const file = inFolder('notes', '{"my":"notes"}');
    const { code, err } = await assay(['classes', '--write', file]);
    expect([code, err, readFileSync(file, 'utf8')]).toEqual([
      2,
      expect.stringContaining('is not a policy file'),
      '{"my":"notes"}',
    ]);
  });
});

describe('docs/classes.md', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/classes.md'), 'utf8');
  it.each([['classes'], ['classes', '--sources'], ['load']])('holds what `assay %s %s` prints', async (...words) => {
    const { out } = await assay(words);
    expect(page).toContain(`\n\`\`\`\n${out}\n\`\`\`\n`);
  });
});
