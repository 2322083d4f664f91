// The workspace as a package: packed, installed into an empty folder without a network, small, and it runs.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { audit } from '../unit/runner/auditor.ts';
import { VRAM } from '../unit/runner/rig.ts';
import { ROOT, runnerFlags, startProcess, startRpc } from './runner-rig.ts';

const BYTES_MAX = 5 * 2 ** 20;
let directory = '';
let rpc: Awaited<ReturnType<typeof startRpc>>;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'assay-package-'));
  rpc = await startRpc();
});
afterAll(async () => {
  await rpc.close();
  rmSync(directory, { recursive: true });
});

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

it('installs from its tarball into an empty folder, weighs less than 5 MB, and passes an audit', async () => {
  const env = {
    ...process.env,
    npm_config_cache: join(directory, 'cache'),
    npm_config_offline: 'true',
    npm_config_update_notifier: 'false',
  };
  const npm = (cwd: string, ...args: string[]): string =>
    execFileSync('npm', args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  execFileSync(process.execPath, [join(ROOT, 'gpu-runners/build.mjs')]);
  const [packed] = JSON.parse(npm(join(ROOT, 'gpu-runners'), 'pack', '--json', '--pack-destination', directory)) as [
    { filename: string; files: { path: string }[] },
  ];
  expect(packed.files.map(({ path }) => path).sort()).toEqual(['dist/LICENSES.txt', 'dist/assay-runner.mjs', 'package.json']);
  const folder = join(directory, 'empty');
  npm(directory, 'install', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts', join(directory, packed.filename));
  expect(readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(['@assay']);
  expect(sizeOf(folder)).toBeLessThan(BYTES_MAX);
  const script = join(folder, 'node_modules/@assay/runner/dist/assay-runner.mjs');
  const runner = await startProcess(process.execPath, [script, '--port', '0', ...runnerFlags(rpc.url, join(directory, 'data'))]);
  const { port, nodeId, publicKey } = runner.ready;
  const target = { url: `http://127.0.0.1:${String(port)}`, nodeId, publicKey };
  for (const params of [undefined, VRAM, { region: 1 }]) expect(await audit(target, 20_000, 0, params)).toBe('none');
  expect(await runner.stop()).toBe(0);
});
