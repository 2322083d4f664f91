// The vectors for the chain's side are compared with what wrote them; nothing of protocol/ takes part.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { renderVectors, vectorPath } from '../../vectors/generate-chain.ts';

test('the golden vectors of the chain are what independent libraries give today', async () => {
  for (const [name, text] of Object.entries(await renderVectors()))
    expect(readFileSync(vectorPath(name), 'utf8'), name).toBe(text);
});
