// What the package exports as `assay/client`: built as for packing, imported as by a stranger, in plain JavaScript.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildClient } from '../../../client/build.ts';
import type * as Client from '../../../client/index.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const folder = join(root, '.cache/published-client');

beforeAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await buildClient(folder);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('asks, and throws what it is refused with', async () => {
  const { AssayProblem, createClient } = (await import(pathToFileURL(join(folder, 'index.js')).href)) as typeof Client;
  const body = { type: '/problems/not-found', title: 'There is no such thing here', status: 404, detail: 'None.' };
  const urls: string[] = [];
  const api = createClient({
    baseUrl: 'https://assay.test',
    fetch: async ({ url }) => {
      urls.push(url);
      return Response.json(body, { status: 404, headers: { 'content-type': 'application/problem+json' } });
    },
  });
  const asking = api.GET('/v1/epochs/{epoch}', { params: { path: { epoch: 3 } } });
  await expect(asking).rejects.toSatisfy((error) => error instanceof AssayProblem && error.code === 'not-found');
  expect(urls).toEqual(['https://assay.test/v1/epochs/3']);
});

test('has types for all that package.json exports', () => {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly exports: Readonly<Record<string, Readonly<Record<string, string>>>>;
  };
  const files = Object.values(exports['./client'] ?? {}).map((path) => path.replace('./client/dist/', ''));
  expect(files).toEqual(['index.d.ts', 'index.js']);
  const types = readFileSync(join(folder, 'index.d.ts'), 'utf8');
  const named = [...types.matchAll(/from '\.\/(\w+)\.js'/g)].map(([, name]) => `${String(name)}.d.ts`);
  expect(named).toContain('schema.d.ts');
  expect([...files, ...named].filter((file) => !existsSync(join(folder, file)))).toEqual([]);
});
