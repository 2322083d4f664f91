// A Vulkan driver that computes on the processor, for real WGSL without a GPU: SwiftShader, as npm `@sparticuz/chromium` carries it for
// its browser. A loader reads LD_LIBRARY_PATH when its process starts, so whoever needs the driver runs in a child process with
// `swiftshaderEnv()`.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';

const ARCHIVE = fileURLToPath(new URL('../../node_modules/@sparticuz/chromium/bin/swiftshader.tar.br', import.meta.url));
const FOLDER = fileURLToPath(new URL('../../.cache/swiftshader', import.meta.url));
const DRIVER = 'libvk_swiftshader.so';
/** A tar file's blocks, and where its headers have names and sizes. */
const BLOCK = 512;

/** The package has the driver for this kind of machine only. */
export const hasSwiftshader = process.platform === 'linux' && process.arch === 'x64' && existsSync(ARCHIVE);

function fileOf(tar: Buffer, wanted: string): Buffer {
  for (let at = 0; at + BLOCK <= tar.length;) {
    const name = tar.toString('latin1', at, at + 100).replace(/\0.*$/s, '');
    const size = Number.parseInt(tar.toString('latin1', at + 124, at + 136), 8);
    if (name === wanted) return tar.subarray(at + BLOCK, at + BLOCK + size);
    if (name === '' || !Number.isSafeInteger(size)) break;
    at += BLOCK + BLOCK * Math.ceil(size / BLOCK);
  }
  throw new Error(`${ARCHIVE} has no ${wanted}: look what this version of @sparticuz/chromium calls it.`);
}

/** The folder with SwiftShader as `libvulkan.so.1`, unpacked once. */
export function swiftshaderFolder(): string {
  const driver = `${FOLDER}/libvulkan.so.1`;
  if (!existsSync(driver)) {
    mkdirSync(FOLDER, { recursive: true });
    const whole = `${driver}.${String(process.pid)}.${String(Date.now())}`;
    writeFileSync(whole, fileOf(brotliDecompressSync(readFileSync(ARCHIVE)), DRIVER));
    renameSync(whole, driver); // another test may be looking for it just now
  }
  return FOLDER;
}

/** The environment of a process that shall find this driver and no other. */
export function swiftshaderEnv(): NodeJS.ProcessEnv {
  return { ...process.env, LD_LIBRARY_PATH: swiftshaderFolder() };
}
