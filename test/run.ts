// `npm test`: every stage in order, then a table, then "N passed, N failed" as the very last line.
//
//   npm test                           all stages; a failed one does not stop the others
//   npm test -- unit workerd           these only
//   npm test -- unit -- merkle         one stage, with arguments for its own tool
//   npm test -- --list                 the stages' names
//
// Test runners count their tests; every other stage counts as one. What tools write goes to ignored folders (.cache/).
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const reports = join(root, '.cache', 'test');

interface Count {
  passed: number;
  failed: number;
  skipped: number;
}
interface Stage {
  /** What the stage proves, for the header. */
  about: string;
  /** Ends the stage's processes after this long; all limits together stay below an hour and a half. */
  limit_min: number;
  run(toolArgs: readonly string[]): Promise<Count>;
  /** Says nothing unless it fails, and mostly computes on one core: runs beside its neighbours. */
  quiet?: true;
}

const children = new Set<ChildProcess>();

/** Runs one of the project's tools on this Node. Output streams through, or is returned with `capture`. */
/**
 * V8's book-keeping of protected code pages loses pages when worker threads load and drop WebAssembly, and then ends the process ("Check
 * failed: jit_page.has_value()"): seen once in the unit tests on a busy machine, and by others (nodejs/node#64500). Only tests run without it.
 */
const V8_FLAGS = ['--no-memory-protection-keys'];

function tool(script: string, args: readonly string[], capture = false): Promise<{ ok: boolean; stdout: string }> {
  const child = spawn(process.execPath, [...V8_FLAGS, join(root, script), ...args], {
    cwd: root,
    stdio: ['ignore', capture ? 'pipe' : 'inherit', 'inherit'],
  });
  children.add(child);
  let stdout = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      children.delete(child);
      resolve({ ok: code === 0, stdout });
    });
  });
}

const asOne = (ok: boolean): Count => ({ passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 });

/** A runner that failed without naming a failed test (no test files, a file that does not load) counts as one failure. */
const withExit = (count: Count, ok: boolean): Count => (ok || count.failed > 0 ? count : { ...count, failed: 1 });

async function types(): Promise<Count> {
  const projects = ['protocol', 'shared', 'workers', 'browser', 'pages', 'node'];
  const args = (project: string): string[] => ['--project', `tsconfig.${project}.json`, '--pretty'];
  const results = await Promise.all(projects.map((project) => tool('node_modules/typescript/bin/tsc', args(project))));
  return asOne(results.every(({ ok }) => ok));
}

async function lint(toolArgs: readonly string[]): Promise<Count> {
  const eslint = ['--max-warnings', '0', '--cache', '--cache-location', '.cache/eslint/', ...toolArgs, '.'];
  const prettier = ['--check', '--log-level', 'warn', '--cache', '--cache-location', '.cache/prettier', '.'];
  const results = await Promise.all([
    tool('node_modules/eslint/bin/eslint.js', eslint),
    tool('node_modules/prettier/bin/prettier.cjs', prettier),
  ]);
  if (results[1].ok) return asOne(results[0].ok);
  console.log('Formatting differs. Mend: npm run format');
  return asOne(false);
}

async function imports(): Promise<Count> {
  const folders = ['protocol', 'schema', 'chain', 'workers', 'gpu-runners', 'local', 'cli', 'client', 'test', 'bench'];
  const args = [
    '--config',
    '.dependency-cruiser.mjs',
    '--output-type',
    'err-long',
    ...folders.filter((name) => existsSync(join(root, name))),
  ];
  const { ok, stdout } = await tool('node_modules/dependency-cruiser/bin/dependency-cruiser.mjs', args, true);
  process.stdout.write(stdout);
  // A checker that reads nothing finds nothing: that is how a wrong TypeScript version shows itself.
  const modules = Number(/\((\d+) modules/.exec(stdout)?.[1] ?? /(\d+) modules/.exec(stdout)?.[1] ?? 0);
  if (modules < 20) console.log(`dependency-cruiser read only ${modules} modules: it does not see the tree.`);
  return asOne(ok && modules >= 20);
}

interface VitestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  testResults: {
    name: string;
    message?: string;
    assertionResults: { status: string; fullName: string; failureMessages?: string[] }[];
  }[];
}

/** What failed, a line each, told once more below the table: the stage's own output may be far above. */
const failures: string[] = [];

function noteFailures(found: VitestReport): void {
  for (const { name, message, assertionResults } of found.testResults) {
    const failed = assertionResults.filter(({ status }) => status === 'failed');
    const file = name.replace(`${root}/`, '');
    for (const { fullName, failureMessages } of failed) failures.push(`${file}: ${fullName}: ${failureMessages?.[0] ?? ''}`);
    if (failed.length === 0 && message !== undefined && message !== '') failures.push(`${file}: ${message}`);
  }
}

const vitest =
  (project: string) =>
  async (toolArgs: readonly string[]): Promise<Count> => {
    const report = join(reports, `${project}.json`);
    rmSync(report, { force: true });
    const output = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const { ok } = await tool('node_modules/vitest/vitest.mjs', ['run', '--project', `${project}*`, ...output, ...toolArgs]);
    if (!existsSync(report)) return asOne(false);
    const found = JSON.parse(readFileSync(report, 'utf8')) as VitestReport;
    noteFailures(found);
    return withExit({ passed: found.numPassedTests, failed: found.numFailedTests, skipped: found.numPendingTests }, ok);
  };

type ForgeReport = Record<string, { test_results: Record<string, { status: string; reason: string | null }> }>;

async function contracts(toolArgs: readonly string[]): Promise<Count> {
  // The registry first, under its lock: a network that starts beside these tests builds it too.
  if (!(await tool('contracts/artifact.mjs', [])).ok) return asOne(false);
  if (!(await tool('contracts/forge.mjs', ['build'])).ok) return asOne(false);
  const { ok, stdout } = await tool('contracts/forge.mjs', ['test', '--json', ...toolArgs], true);
  const json = stdout.split('\n').find((line) => line.startsWith('{'));
  if (json === undefined) {
    process.stdout.write(stdout);
    return asOne(false);
  }
  const count: Count = { passed: 0, failed: 0, skipped: 0 };
  for (const [suite, { test_results: results }] of Object.entries(JSON.parse(json) as ForgeReport)) {
    console.log(`${suite}: ${Object.keys(results).length} tests`);
    for (const [name, { status, reason }] of Object.entries(results)) {
      if (status === 'Success') count.passed += 1;
      else if (status === 'Skipped') count.skipped += 1;
      else {
        count.failed += 1;
        failures.push(`${suite}: ${name}: ${reason ?? 'no reason given'}`);
      }
    }
  }
  if (count.passed + count.failed === 0) console.log('forge found no tests.');
  return withExit(count, ok && count.passed + count.failed > 0);
}

async function bundle(): Promise<Count> {
  const outdir = join(root, '.cache', 'worker');
  rmSync(outdir, { recursive: true, force: true });
  const { ok } = await tool('node_modules/wrangler/bin/wrangler.js', ['deploy', '--dry-run', '--outdir', outdir]);
  if (!ok) return asOne(false);
  const script = readdirSync(outdir).filter((name) => name.endsWith('.js'));
  return asOne(script.length === 1);
}

const stages: Record<string, Stage> = {
  types: { about: 'TypeScript, one project a runtime', limit_min: 5, run: types, quiet: true },
  lint: { about: 'eslint and prettier', limit_min: 5, run: lint, quiet: true },
  imports: { about: 'imports point inward', limit_min: 2, run: imports, quiet: true },
  unit: { about: 'unit tests in Node', limit_min: 10, run: vitest('unit') },
  workerd: { about: 'tests inside the Workers runtime', limit_min: 10, run: vitest('workerd') },
  contracts: { about: 'Solidity, with fuzzing', limit_min: 15, run: contracts },
  bundle: { about: 'the Worker as it would be deployed', limit_min: 3, run: bundle, quiet: true },
  browser: { about: 'the pages in a real browser', limit_min: 8, run: vitest('browser') },
  system: { about: 'whole networks of processes', limit_min: 30, run: vitest('system') },
};

function stopChildren(signal: NodeJS.Signals): void {
  for (const child of children) child.kill(signal);
}

/** Runs one stage within its time limit. */
async function runStage(name: string, stage: Stage, toolArgs: readonly string[]): Promise<Count> {
  console.log(`\n━━ ${name}: ${stage.about}`);
  const limit = setTimeout(() => {
    console.log(`${name} ran longer than ${stage.limit_min} minutes and is ended.`);
    stopChildren('SIGTERM');
    setTimeout(() => stopChildren('SIGKILL'), 10_000).unref();
  }, stage.limit_min * 60_000);
  try {
    return await stage.run(toolArgs);
  } catch (error) {
    console.log(error);
    return asOne(false);
  } finally {
    clearTimeout(limit);
  }
}

async function main(args: readonly string[]): Promise<number> {
  const split = args.indexOf('--');
  const chosen = split < 0 ? args : args.slice(0, split);
  const toolArgs = split < 0 ? [] : args.slice(split + 1);
  if (chosen.includes('--list')) {
    for (const [name, { about }] of Object.entries(stages)) console.log(`${name.padEnd(10)} ${about}`);
    return 0;
  }
  const unknown = chosen.find((name) => !Object.hasOwn(stages, name));
  if (unknown !== undefined) throw new Error(`There is no stage "${unknown}". Stages: ${Object.keys(stages).join(', ')}.`);
  if (toolArgs.length > 0 && chosen.length !== 1) throw new Error('Arguments after -- need exactly one stage before it.');

  mkdirSync(reports, { recursive: true });
  const rows: string[] = [];
  const total: Count = { passed: 0, failed: 0, skipped: 0 };
  const timed = async ([name, stage]: [string, Stage]): Promise<void> => {
    const started = performance.now();
    const count = await runStage(name, stage, toolArgs);
    for (const key of ['passed', 'failed', 'skipped'] as const) total[key] += count[key];
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : '';
    rows.push(
      `${count.failed > 0 ? '✗' : '✓'} ${name.padEnd(10)} ${seconds.padStart(7)} s   ${count.passed} passed, ${count.failed} failed${skipped}`,
    );
  };
  const wanted = Object.entries(stages).filter(([name]) => chosen.length === 0 || chosen.includes(name));
  await Promise.all(wanted.filter(([, { quiet }]) => quiet === true).map(timed));
  for (const stage of wanted.filter(([, { quiet }]) => quiet !== true)) await timed(stage);
  console.log(`\n${rows.join('\n')}`);
  for (const failure of failures) console.log(`✗ ${failure.split('\n').slice(0, 3).join(' · ').slice(0, 600)}`);
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  return total.failed > 0 ? 1 : 0;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    stopChildren(signal);
    process.exit(128 + constants.signals[signal]);
  });
}
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
