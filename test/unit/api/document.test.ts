// The document and what is generated from it: complete, current, and the same as the table of routes in docs/api.md.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ownDocument, renderSchema, schemaFile } from '../../../client/generate.ts';
import { docsFile, renderDocs } from '../../../local/api-tables.ts';
import { PROBLEMS } from '../../../schema/api/problems.ts';

const document = await ownDocument();
const docs = readFileSync(docsFile, 'utf8');
const paths = Object.entries(document.paths ?? {});
const operations = paths.flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({
    name: `${method.toUpperCase()} ${path}`,
    operation: operation as Operation,
  })),
);
type Operation = {
  readonly operationId?: string;
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly description?: string }[];
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
};

test('client/schema.ts is what the routes give', async () => {
  expect(readFileSync(schemaFile, 'utf8') === (await renderSchema()), 'run `node client/generate.ts`').toBe(true);
});

test('every operation says what it is, once', () => {
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(ids.filter((id) => id === undefined || !/^[a-z][A-Za-z]+$/.test(id))).toEqual([]);
  expect(new Set(ids).size).toBe(ids.length);
  const tags = new Set((document.tags ?? []).map(({ name }) => name));
  for (const { name, operation } of operations) {
    expect([name, operation.summary]).toEqual([name, expect.stringMatching(/^\S.{3,130}[^.]$/)]);
    expect([name, operation.tags?.length === 1 && operation.tags.every((tag) => tags.has(tag))]).toEqual([name, true]);
  }
});

test('every operation names its problems, and every path parameter is in its path', () => {
  for (const { name, operation } of operations) {
    expect([name, Object.keys(operation.responses)]).toEqual([name, expect.arrayContaining(['500', '503'])]);
    const inPath = (operation.parameters ?? []).filter((one) => one.in === 'path').map((one) => one.name);
    expect([name, inPath.toSorted()]).toEqual([name, [...name.matchAll(/\{(\w+)\}/g)].map(([, part]) => part).toSorted()]);
  }
});

test('docs/api.md has every route and every problem, as the service itself says', async () => {
  expect(docs === (await renderDocs()), 'run `node local/api-tables.ts`').toBe(true);
  for (const { name } of operations) {
    const [method = '', path = ''] = name.split(' ');
    const shown = `${method === 'GET' ? '' : `${method} `}${path.replaceAll(/\{(\w+)\}/g, ':$1')}`;
    expect(docs).toContain(`| \`${shown}\` |`);
  }
  for (const code of Object.keys(PROBLEMS)) expect(docs).toContain(`| \`${code}\` |`);
});
