// The golden files themselves: what the generators would write now is what lies there, and each file is described.
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { renderReference } from '../../vectors/generate.ts';
import { renderVectors } from '../../vectors/generate-chain.ts';

const folder = new URL('../../vectors/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8');

describe('test/vectors', () => {
  const reference = renderReference();

  test.each(Object.keys(reference))('%s is what the second implementation writes', (name) => {
    expect(read(name)).toBe(reference[name]);
  });

  test('the chain’s side is what viem and OpenZeppelin write', async () => {
    for (const [name, text] of Object.entries(await renderVectors())) expect(read(name)).toBe(text);
  });

  test('every file is named in the README, and nothing else is', () => {
    const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
    const described = [...read('README.md').matchAll(/^\| `([\w.-]+\.json)`/gm)].map(([, name]) => name ?? '');
    expect(described.toSorted()).toEqual(files.toSorted());
  });

  test('the second implementation imports nothing of protocol/', () => {
    const sources = [...readdirSync(new URL('reference/', folder)).map((name) => `reference/${name}`), 'generate.ts'];
    expect(sources.length).toBeGreaterThanOrEqual(7);
    for (const name of sources) expect(read(name)).not.toMatch(/from '[^']*protocol\//);
  });
});
