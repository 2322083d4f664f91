#!/usr/bin/env node
// The Solidity compiler for forge: foundry.toml names this script where forge expects a `solc` binary.
//
// forge would download a native compiler from a host of its own; npm's `solc` is the same compiler as WebAssembly, pinned by
// our lock file. forge only ever asks two things: `--version`, and `--standard-json` with the sources on standard input.
// Plain JavaScript, because forge starts it through the shebang with whatever Node comes first in PATH.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const args = process.argv.slice(2);
/** @typedef {{ version(): string, compile(input: string, callbacks: { import: (path: string) => object }): string }} Compiler */
const solc = /** @type {Compiler} */ (createRequire(import.meta.url)('solc'));

/** The value after `name`, given as `name value` or `name=value`. @param {string} name */
function option(name) {
  const index = args.findIndex((argument) => argument === name || argument.startsWith(`${name}=`));
  if (index < 0) return undefined;
  const argument = args[index] ?? '';
  return argument === name ? args[index + 1] : argument.slice(name.length + 1);
}

/** Answers an import that forge did not put into the input. @param {string} path */
function readImport(path) {
  try {
    return { contents: readFileSync(resolve(option('--base-path') ?? '.', path), 'utf8') };
  } catch (error) {
    return { error: `cannot read ${path}: ${String(error)}` };
  }
}

if (args.includes('--version')) {
  process.stdout.write(`solc, the solidity compiler commandline interface\nVersion: ${solc.version()}\n`);
} else if (args.includes('--standard-json')) {
  process.stdout.write(solc.compile(readFileSync(0, 'utf8'), { import: readImport }));
} else {
  process.stderr.write('contracts/solc.mjs answers only --version and --standard-json; run forge through contracts/forge.mjs.\n');
  process.exitCode = 2;
}
