// The kernels' source, put together from its files in the order in which they use one another. The bundle (build.mjs) puts the text
// itself in this module's place, so that it holds one file.
import { readFileSync } from 'node:fs';

const FILES = ['machine', 'expand', 'multiply', 'hopper', 'hash', 'vram'] as const;

export const KERNEL_SOURCE: string = FILES.map((name) =>
  readFileSync(new URL(`./kernels/${name}.cu`, import.meta.url), 'utf8'),
).join('\n');
