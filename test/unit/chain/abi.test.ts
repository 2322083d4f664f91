// The ABIs that TypeScript reads are the ones that the sources compile to today.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { renderAbis } from '../../../contracts/abi.mjs';
import { deployedContracts } from '../../../contracts/artifact.mjs';

test('the committed ABIs are those of the contracts as they compile now', { timeout: 240_000 }, async () => {
  const texts = await renderAbis();
  expect(texts.size).toBe(deployedContracts.length);
  for (const [file, text] of texts) expect(readFileSync(file, 'utf8'), file).toBe(text);
});
