// The Dockerfile without Docker: its steps are read and carried out in folders that stand for the images' roots. Three things are
// replaced, as there is no network: `npm ci` by a link to the packages at hand, the base image's Node by the pinned one, and what
// comes from Debian or from NVIDIA's image by nothing. The entry points then run as a user without rights, on trees that nobody may
// write, with /data as their only place. test/unit/runner/containers.test.ts reads what is not carried out.
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
import { copyOf, envOf, parseDockerfile, type Stage } from '../support/dockerfile.ts';
import { ROOT, runnerFlags, startProcess, startRpc } from './runner-rig.ts';

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
const asNobody = isRoot ? { uid: NOBODY, gid: NOBODY } : {};

const stages = parseDockerfile(readFileSync(join(ROOT, 'gpu-runners/Dockerfile'), 'utf8'));
/** What only an engine with a network can carry out. */
const FROM_AFAR = /^(apt-get|ldconfig)/;
const GPU_IMAGES = ['webgpu', 'cuda'] as const;

let root = '';
/** The folder that stands for `path` in a stage. */
const inStage = (stage: string, path: string): string => join(root, stage, path);

function copy(stage: string, workdir: string, { from, sources, to, flags }: ReturnType<typeof copyOf>): void {
  const target = inStage(stage, to.startsWith('/') ? to : join(workdir, to));
  for (const path of sources) {
    const source = from === undefined ? join(ROOT, path) : inStage(folderOf(from), path);
    const into = to.endsWith('/') ? join(target, path.split('/').at(-1) ?? '') : target;
    mkdirSync(dirname(into), { recursive: true });
    cpSync(source, into, {
      recursive: true,
      filter: (file) => !/\/(node_modules|dist|adversaries)$/.test(file) || from !== undefined,
    });
    if (isRoot && flags.some((word) => word.startsWith('--chown='))) chownSync(into, NOBODY, NOBODY);
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

/** Stages that another one is made of share its folder: nothing here needs the earlier state again. */
function folderOf(name: string): string {
  const base = stages.find((stage) => stage.name === name)?.base ?? '';
  return stages.some((stage) => stage.name === base) ? folderOf(base) : name;
}

const isImage = (name: string): boolean => stages.some((stage) => stage.name === name && stage.steps.length > 0);

/** Carries out one stage. */
function build({ name, steps }: Stage): Image {
  const folder = folderOf(name);
  let workdir = '/';
  const image: Image = { env: {}, entrypoint: [], health: [], user: 'root', volumes: [] };
  for (const step of steps) {
    const { verb, rest } = step;
    if (verb === 'WORKDIR') {
      workdir = rest;
      mkdirSync(inStage(folder, rest), { recursive: true });
    } else if (verb === 'COPY') {
      const files = copyOf(step);
      if (files.from === undefined || isImage(files.from)) copy(folder, workdir, files);
    } else if (verb === 'RUN' && !FROM_AFAR.test(rest)) run(folder, workdir, rest);
    else if (verb === 'USER') image.user = rest;
    else if (verb === 'VOLUME') image.volumes.push(rest);
    else if (verb === 'HEALTHCHECK') image.health = JSON.parse(rest.slice(rest.indexOf('['))) as string[];
    else if (verb === 'ENTRYPOINT') image.entrypoint = JSON.parse(rest) as string[];
  }
  image.env = envOf({ name, base: '', steps });
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

function makeWritable(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) makeWritable(join(folder, entry.name));
  }
}

const images: Record<string, Image> = {};
let rpc: Awaited<ReturnType<typeof startRpc>>;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'assay-image-'));
  chmodSync(root, 0o755);
  for (const stage of stages) images[stage.name] = build(stage);
  for (const name of ['cpu', ...GPU_IMAGES]) makeReadOnly(inStage(name, '/app'));
  rpc = await startRpc();
});
afterAll(async () => {
  await rpc.close();
  for (const name of ['cpu', ...GPU_IMAGES]) makeWritable(inStage(name, '/app'));
  rmSync(root, { recursive: true });
});

function imageOf(name: string): Image {
  const image = images[name];
  if (image === undefined) throw new Error(`the Dockerfile has no stage ${name}`);
  return image;
}

/** A command of an image, as its user sees it: absolute paths lie in the stage's folder. */
function command(name: string, words: readonly string[]): { file: string; args: string[]; env: Record<string, string> } {
  const [file = '', ...args] = words.map((word) => (word.startsWith('/') ? inStage(name, word) : word));
  const { env: set } = imageOf(name);
  const env = { ...set, ASSAY_DATA: inStage(name, set['ASSAY_DATA'] ?? ''), ASSAY_HOST: '127.0.0.1' };
  return { file: file === 'node' ? process.execPath : file, args, env };
}

describe('the image of the processor', () => {
  it('has no rights, no packages and no dishonest code', () => {
    const image = imageOf('cpu');
    expect([image.user, image.volumes, image.env['ASSAY_HOST']]).toEqual(['node', ['/data'], '0.0.0.0']);
    expect(readdirSync(inStage('cpu', '/'))).toEqual(['app', 'data']);
    expect(readdirSync(inStage('cpu', '/app'))).toEqual(['LICENSES.txt', 'assay-runner.mjs']);
    expect(existsSync(inStage('build', '/src/gpu-runners/adversaries'))).toBe(false);
    expect(readFileSync(inStage('cpu', '/app/assay-runner.mjs'), 'utf8')).not.toMatch(/flood-endless|garbage-round/);
  });

  it('runs without rights on a read-only tree, is healthy, passes an audit, writes to /data only, and stops with 0', async () => {
    const { file, args, env } = command('cpu', imageOf('cpu').entrypoint);
    const flags = runnerFlags(rpc.url, env['ASSAY_DATA'] ?? '');
    const runner = await startProcess(file, [...args, '--port', '0', ...flags], {
      cwd: inStage('cpu', '/app'),
      env,
      ...asNobody,
    });
    const { port, nodeId, publicKey } = runner.ready;
    const url = `http://127.0.0.1:${String(port)}`;
    const check = command('cpu', imageOf('cpu').health);
    const healthy = (): number | null =>
      spawnSync(check.file, check.args, { env: { ...check.env, ASSAY_PORT: String(port) }, ...asNobody }).status;
    expect(((await (await fetch(`${url}/health`)).json()) as { nodeId: string }).nodeId).toBe(nodeId);
    expect(healthy()).toBe(0);
    expect(await audit({ url, nodeId, publicKey }, 20_000)).toBe('none');
    expect(await runner.stop()).toBe(0);
    expect(healthy()).toBe(1);
    expect(readdirSync(inStage('cpu', '/app'))).toEqual(['LICENSES.txt', 'assay-runner.mjs']);
    expect(readdirSync(inStage('cpu', '/data')).sort()).toEqual(['node-key.pem', 'nonces.log']);
  });

  it('the test itself would notice a writable tree', () => {
    const { file } = command('cpu', ['node']);
    const script = `require('fs').writeFileSync(${JSON.stringify(inStage('cpu', '/app/x'))}, '')`;
    expect(spawnSync(file, ['-e', script], { ...asNobody }).status).toBe(1);
    accessSync(inStage('cpu', '/app/assay-runner.mjs'), constants.R_OK);
  });
});

describe.each(GPU_IMAGES)('the image %s', (name) => {
  it('holds its native package for this platform alone', () => {
    expect(readdirSync(inStage(name, '/app')).sort()).toEqual(['LICENSES.txt', 'assay-runner.mjs', 'node_modules']);
    const packages = { webgpu: ['webgpu'], cuda: ['@koromix', 'koffi'] }[name];
    expect(readdirSync(inStage(name, '/app/node_modules')).sort()).toEqual(packages);
    if (name === 'webgpu') expect(readdirSync(inStage(name, '/app/node_modules/webgpu/dist'))).toEqual([`linux-${process.arch}`]);
  });

  it('loads it as a user without rights on a read-only tree, and looks for devices with it', () => {
    const { file, args, env } = command(name, [...imageOf(name).entrypoint, 'detect', '--json']);
    const options = { cwd: inStage(name, '/app'), env, encoding: 'utf8', timeout: 120_000, ...asNobody } as const;
    const { status, stdout, stderr } = spawnSync(file, args, options);
    expect([status, stderr]).toEqual([0, '']);
    const { found } = JSON.parse(stdout) as {
      found: { usable: { backend: string }[]; unusable: { backend: string; problem: string }[] };
    };
    const problem = found.unusable.find(({ backend }) => backend === name)?.problem ?? '';
    expect(problem).not.toMatch(new RegExp(`npm|package|module`, 'i')); // of its device or driver it may well complain here
    expect([...found.usable, ...found.unusable].map(({ backend }) => backend).sort()).toEqual(['cpu', 'cuda', 'webgpu']);
  });
});
