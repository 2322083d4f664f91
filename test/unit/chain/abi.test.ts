// The ABIs that TypeScript reads are the ones that the sources compile to today.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { renderAbis } from '../../../contracts/abi.mjs';
import { contractArtifacts, deployedContracts } from '../../../contracts/artifact.mjs';

test('the committed ABIs are those of the contracts as they compile now', { timeout: 240_000 }, async () => {
  const texts = await renderAbis();
  expect(texts.size).toBe(deployedContracts.length);
  for (const [file, text] of texts) expect(readFileSync(file, 'utf8'), file).toBe(text);
});

test('each contract stays below the limits of code (EIP-170) and of creation code (EIP-3860)', { timeout: 240_000 }, async () => {
  for (const [name, { bytecode, runtime }] of Object.entries(await contractArtifacts())) {
    expect(runtime.length / 2 - 1, name).toBeLessThanOrEqual(24_576);
    expect(bytecode.length / 2 - 1, name).toBeLessThanOrEqual(49_152);
  }
});
