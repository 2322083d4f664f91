// The ABI that TypeScript reads is the one that the sources compile to today.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { abiFile, renderAbi } from '../../../contracts/abi.mjs';
import { registryArtifact } from '../../../contracts/artifact.mjs';

test('the committed ABI is that of the contract as it compiles now', { timeout: 240_000 }, async () => {
  expect(readFileSync(abiFile, 'utf8')).toBe(await renderAbi());
});

test('the bytecode stays below the limit of 24 kB (EIP-170)', { timeout: 240_000 }, async () => {
  const { bytecode } = await registryArtifact();
  expect(bytecode.length / 2).toBeLessThan(24_576);
});
