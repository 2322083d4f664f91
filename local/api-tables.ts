// `node local/api-tables.ts` writes the tables of docs/api.md, routes and problems, from what is mounted and from what the service says itself;
// with `--check` it says whether they are current, and a unit test asks the same.
import { readFileSync, writeFileSync } from 'node:fs';
import { argv, exit, stderr } from 'node:process';
import { fileURLToPath } from 'node:url';
import { ownDocument } from '../client/generate.ts';
import { PROBLEM_HELP } from '../schema/api/problem-help.ts';
import { PROBLEMS, type ProblemCode } from '../schema/api/problems.ts';

export const docsFile = fileURLToPath(new URL('../docs/api.md', import.meta.url));

type Operation = {
  readonly summary: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly security?: readonly unknown[];
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
};
type Route = { readonly method: string; readonly path: string; readonly operation: Operation };

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

function routeRow({ method, path, operation }: Route): string {
  const name = `${method === 'GET' ? '' : `${method} `}${path.replaceAll(/\{(\w+)\}/g, ':$1')}`;
  const [, good] = Object.entries(operation.responses).find(([status]) => status.startsWith('2')) ?? [];
  const asked = (operation.parameters ?? []).filter((one) => one.in !== 'path').map((one) => `\`${one.name}\``);
  const key = operation.security === undefined ? '' : 'key';
  return `| \`${name}\` | ${cell(operation.summary)}. ${cell(good?.description ?? '')} | ${asked.join(' ')} | ${key} |`;
}

async function routeTables(): Promise<string> {
  const document = await ownDocument();
  const paths = Object.entries((document.paths ?? {}) as Readonly<Record<string, Readonly<Record<string, Operation>>>>);
  const routes = paths.flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]): Route => ({ method: method.toUpperCase(), path, operation })),
  );
  const parts = (document.tags ?? []).map(({ name, description = '' }) => {
    const rows = routes.filter(({ operation }) => operation.tags[0] === name).map(routeRow);
    const head = '| route | answer | parameters | needs |\n|---|---|---|---|';
    return rows.length === 0 ? '' : `### ${capital(name)}\n\n${description}\n\n${head}\n${rows.join('\n')}\n`;
  });
  return parts.filter((part) => part !== '').join('\n');
}

function problemTable(): string {
  const rows = Object.entries(PROBLEMS).map(([code, { status }]) => {
    const { when, mend } = PROBLEM_HELP[code as ProblemCode];
    return `| \`${code}\` | ${String(status)} | ${cell(when)} | ${cell(mend)} |`;
  });
  return `| code | status | when | mend |\n|---|---|---|---|\n${rows.join('\n')}\n`;
}

function between(text: string, name: string, content: string): string {
  const [open, close] = [`<!-- ${name}: written by local/api-tables.ts -->`, `<!-- end of ${name} -->`];
  const [start, end] = [text.indexOf(open), text.indexOf(close)];
  if (start < 0 || end < start) throw new Error(`docs/api.md lacks the marks of its ${name}: ${open} and ${close}.`);
  return `${text.slice(0, start + open.length)}\n\n${content}\n${text.slice(end)}`;
}

/** The text that docs/api.md must have. */
export async function renderDocs(): Promise<string> {
  const text = readFileSync(docsFile, 'utf8');
  return between(between(text, 'routes', await routeTables()), 'problems', problemTable());
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const fresh = await renderDocs();
  if (!argv.includes('--check')) {
    writeFileSync(docsFile, fresh);
  } else if (readFileSync(docsFile, 'utf8') !== fresh) {
    stderr.write('docs/api.md is out of date: run `node local/api-tables.ts`.\n');
    exit(1);
  }
}
