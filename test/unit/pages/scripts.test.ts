// The pages' scripts: the committed module is what the sources give, and it stays small.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { renderScripts, scriptsFile } from '../../../local/scripts.ts';
import { SCRIPTS } from '../../../workers/web/assets/scripts.ts';

/** All scripts together, as they travel. */
const PACKED_BYTES_MAX = 30_000;

test('the committed scripts are those of the sources', async () => {
  expect(readFileSync(scriptsFile, 'utf8')).toBe(await renderScripts());
});

test('they are small, ASCII, and name no other place', () => {
  const texts = Object.values(SCRIPTS).map(({ text }) => text);
  const packed = texts.reduce((sum, text) => sum + gzipSync(text).length, 0);
  expect(packed).toBeLessThan(PACKED_BYTES_MAX);
  for (const text of texts) {
    expect(text).toMatch(/^[\x20-\x7e\n]*$/);
    expect(text).not.toMatch(/innerHTML|\beval\(|new Function|https?:\/\/(?!127\.0\.0\.1)[a-z]/);
  }
});
