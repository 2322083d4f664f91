// Bundles the runner into one file without runtime dependencies: dist/assay-runner.mjs. The worker thread's code goes in as a
// data: URL, in place of the module that says where it is; so does the source of the CUDA kernels. A device process runs this same
// file. The native libraries of the GPU backends stay outside: they are loaded in a device process only, where they are installed.
// dist/LICENSES.txt holds the licences of what was bundled.
import { build } from 'esbuild';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KERNEL_SOURCE } from './backends/cuda/source.ts';

const here = import.meta.dirname;
const root = join(here, '..');
const dist = join(here, 'dist');

/** @type {import('esbuild').BuildOptions} */
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node22',
  minifySyntax: true,
  minifyWhitespace: true,
  keepNames: true,
  legalComments: 'none',
  metafile: true,
  write: false,
  logLevel: 'warning',
  external: ['webgpu', 'koffi'],
};

/** @param {{ outputFiles?: import('esbuild').OutputFile[] }} result */
const textOf = (result) => result.outputFiles?.[0]?.text ?? '';

const worker = await build({ ...common, entryPoints: ['gpu-runners/backends/cpu/worker.ts'] });
const dataUrl = `data:text/javascript;base64,${Buffer.from(textOf(worker)).toString('base64')}`;

/** @type {import('esbuild').Plugin} */
const inline = {
  name: 'inline',
  setup({ onLoad }) {
    onLoad({ filter: /cuda[\\/]source\.ts$/ }, () => ({
      contents: `export const KERNEL_SOURCE = ${JSON.stringify(KERNEL_SOURCE)};`,
    }));
    onLoad({ filter: /pool[\\/]device-url\.ts$/ }, () => ({
      contents: 'export const DEVICE_URL = new URL(import.meta.url);',
    }));
    onLoad({ filter: /cpu[\\/]worker-url\.ts$/ }, () => ({
      contents: `export const WORKER_URL = new URL(${JSON.stringify(dataUrl)});`,
    }));
  },
};
const runner = await build({
  ...common,
  entryPoints: ['gpu-runners/main.ts'],
  banner: { js: '#!/usr/bin/env node\n// Assay runner, MIT. Licences of bundled packages: LICENSES.txt' },
  plugins: [inline],
});

const packages = new Set(
  [...Object.keys(worker.metafile.inputs), ...Object.keys(runner.metafile.inputs)].flatMap(
    (path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? [],
  ),
);
const licences = [...packages].sort().map((path) => {
  const folder = join(root, path);
  const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return `${name} ${version} (${license})\n\n${file === undefined ? '' : readFileSync(join(folder, file), 'utf8')}`;
});

if (!existsSync(dist)) mkdirSync(dist);
writeFileSync(join(dist, 'assay-runner.mjs'), textOf(runner), { mode: 0o755 });
writeFileSync(
  join(dist, 'LICENSES.txt'),
  [readFileSync(join(root, 'LICENSE'), 'utf8'), ...licences].join(`\n${'-'.repeat(80)}\n\n`),
);
