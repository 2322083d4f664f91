// The import rule (.dependency-cruiser.mjs) holds on the real tree, and each part of it is able to fail: a planted import that
// breaks it is reported under the rule's name. The second half guards the first, since a checker that reads nothing passes.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..', '..');
const folders = ['protocol', 'schema', 'chain', 'workers', 'gpu-runners', 'local', 'cli', 'client', 'test', 'bench'];

interface Cruise {
  modules: { source: string }[];
  summary: { totalCruised: number; totalDependenciesCruised: number; violations: { from: string; rule: { name: string } }[] };
}

/** Runs dependency-cruiser with our rules over the folders that exist in `cwd`. */
async function cruise(cwd: string): Promise<Cruise> {
  const present = new Set(await readdir(cwd));
  const binary = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const targets = folders.filter((folder) => present.has(folder));
  const args = [binary, '--config', '.dependency-cruiser.mjs', '--output-type', 'json', ...targets];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd, maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      // The exit code counts violations; only an empty answer is a failure of the checker itself.
      if (stdout === '') reject(new Error(`dependency-cruiser said nothing: ${stderr}`, { cause: error }));
      else resolve(JSON.parse(stdout) as Cruise);
    });
  });
}

describe('the import rule', { timeout: 60_000 }, () => {
  test('holds on the real tree, and the checker has read it', async () => {
    const { modules, summary } = await cruise(root);
    expect(summary.violations.map(({ from, rule }) => `${rule.name}: ${from}`)).toEqual([]);
    const own = modules.filter(({ source }) => source.endsWith('.ts') && !source.includes('node_modules'));
    expect(own.length).toBeGreaterThan(20);
    expect(summary.totalDependenciesCruised).toBeGreaterThan(own.length);
  });

  // [the rule that must object, the importing file, what it imports]
  const planted: [rule: string, from: string, to: string][] = [
    ['protocol-is-pure', 'protocol/a.ts', '../schema/target.ts'],
    ['protocol-packages', 'protocol/b.ts', 'viem'],
    ['protocol-packages', 'protocol/c.ts', 'node:crypto'],
    ['schema-inward', 'schema/a.ts', '../chain/target.ts'],
    ['schema-packages', 'schema/b.ts', 'hono'],
    ['chain-inward', 'chain/a.ts', '../workers/services/target.ts'],
    ['chain-packages', 'chain/b.ts', 'hono'],
    ['services-inward', 'workers/services/a.ts', '../entries/target.ts'],
    ['services-inward', 'workers/services/b.ts', '../adapters/target.ts'],
    ['services-packages', 'workers/services/c.ts', 'drizzle-orm'],
    ['services-packages', 'workers/services/d.ts', 'hono'],
    ['adapters-inward', 'workers/adapters/a.ts', '../web/target.ts'],
    ['web-inward', 'workers/web/a.ts', '../entries/target.ts'],
    ['entries-inward', 'workers/entries/a.ts', '../adapters/target.ts'],
    ['compose-owns-adapters', 'workers/entries/b.ts', '../adapters/target.ts'],
    ['web-mounted-by-http-only', 'workers/entries/c.ts', '../web/target.ts'],
    ['worker-inward', 'workers/index.ts', '../local/target.ts'],
    ['worker-no-node', 'workers/compose.ts', 'node:fs'],
    ['runner-inward', 'gpu-runners/a.ts', '../workers/services/target.ts'],
    ['runner-inward', 'gpu-runners/b.ts', '../schema/target.ts'],
    ['cli-inward', 'cli/a.ts', '../workers/services/target.ts'],
    ['nothing-imports-local', 'cli/b.ts', '../local/target.ts'],
    ['nothing-imports-test-or-bench', 'local/a.ts', '../bench/target.ts'],
    ['no-circular', 'local/b.ts', './c.ts'],
    ['no-orphans', 'schema/orphan.ts', ''],
    ['resolvable', 'local/d.ts', './not-there.ts'],
    ['declared', 'local/e.ts', 'undici'],
  ];
  const allowed: [from: string, to: string][] = [
    ['protocol/ok.ts', '@noble/hashes/sha2.js'],
    ['schema/ok.ts', 'zod'],
    ['chain/ok.ts', 'viem'],
    ['workers/entries/http.ts', '../web/target.ts'],
    ['workers/entries/ok.ts', 'cloudflare:workers'],
    ['workers/adapters/ok.ts', 'drizzle-orm/d1'],
    ['gpu-runners/ok.ts', '../chain/target.ts'],
    ['local/ok.ts', 'node:fs'],
    ['test/system/ok.test.ts', '../../local/target.ts'],
  ];
  let fixture = '';
  let found: string[] = [];

  const plant = async (from: string, to: string): Promise<void> => {
    const file = join(fixture, from);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, to === '' ? 'export const alone = 1;\n' : `import '${to}';\nexport const planted = 1;\n`);
  };

  beforeAll(async () => {
    fixture = await mkdtemp(join(tmpdir(), 'import-rule-'));
    for (const name of ['.dependency-cruiser.mjs', 'tsconfig.base.json', 'package.json'])
      await cp(join(root, name), join(fixture, name));
    await symlink(join(root, 'node_modules'), join(fixture, 'node_modules'));
    const homes = [
      'schema',
      'chain',
      'local',
      'bench',
      ...['services', 'adapters', 'entries', 'web'].map((part) => `workers/${part}`),
    ];
    for (const home of homes) await plant(`${home}/target.ts`, '');
    await plant('local/c.ts', './b.ts');
    for (const [, from, to] of planted) await plant(from, to);
    for (const [from, to] of allowed) await plant(from, to);
    found = (await cruise(fixture)).summary.violations.map(({ from, rule }) => `${rule.name} ${from}`);
  }, 60_000);
  afterAll(() => rm(fixture, { recursive: true, force: true }));

  test.each(planted)('%s objects to %s importing %s', (rule, from) => {
    expect(found).toContain(`${rule} ${from}`);
  });

  test.each(allowed)('%s may import %s', (from) => {
    expect(found.filter((violation) => violation.endsWith(` ${from}`))).toEqual([]);
  });
});
