import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { renderVectors, vectorPath } from '../../vectors/generate-chain.ts';

test('the golden vectors of the chain are what independent libraries give today', async () => {
  for (const [name, text] of Object.entries(await renderVectors()))
    expect(readFileSync(vectorPath(name), 'utf8'), name).toBe(text);
});
