// Runs the pinned forge: `node contracts/forge.mjs build`, or `runForge(['build'])` from other code.
//
// Always in the repository root (where foundry.toml lies), always without network, and with this very Node first in PATH, so
// that contracts/solc.mjs runs on it too. Plain JavaScript, so that Node 20 runs it as well.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import process, { arch, argv, env, execPath, exit, platform, stderr } from 'node:process';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The path of the forge (or another foundry tool's) binary for this machine. @param {string} [tool] */
export function foundryBinary(tool = 'forge') {
  const name = `@foundry-rs/${tool}-${platform}-${arch === 'x64' ? 'amd64' : arch}`;
  try {
    const folder = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
    const file = join(folder, 'bin', platform === 'win32' ? `${tool}.exe` : tool);
    if (existsSync(file)) return file;
  } catch {
    // not installed: the error below says what to do
  }
  throw new Error(
    `No ${tool} for ${platform}-${arch}: the package ${name} is not installed. Run any npm script once (it installs).`,
  );
}

/**
 * Runs forge to its end. With `capture`, standard output is returned instead of shown.
 * @param {readonly string[]} args
 * @param {{ capture?: boolean, profile?: string }} [options]
 * @returns {Promise<{ code: number, stdout: string }>}
 */
export function runForge(args, options = {}) {
  const child = spawn(foundryBinary(), [...args], {
    cwd: root,
    stdio: ['ignore', options.capture === true ? 'pipe' : 'inherit', 'inherit'],
    env: {
      ...env,
      ...(options.profile === undefined ? {} : { FOUNDRY_PROFILE: options.profile }),
      FOUNDRY_OFFLINE: 'true',
      PATH: `${dirname(execPath)}${delimiter}${env['PATH'] ?? ''}`,
    },
  });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.once(signal, () => child.kill(signal));
  let stdout = '';
  child.stdout?.setEncoding('utf8').on('data', (/** @type {string} */ text) => (stdout += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code: code ?? 1, stdout });
    });
  });
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  try {
    exit((await runForge(argv.slice(2))).code);
  } catch (error) {
    stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    exit(1);
  }
}
