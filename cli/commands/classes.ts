// `assay classes`: what each class of the network asks for, and from which figures that was derived. `--write` puts the derived classes
// into a policy file, which is how schema/policy/network.json is made.
import { readFileSync, writeFileSync } from 'node:fs';
import type { GpuClass } from '../../protocol/policy.ts';
import { CATALOGUE, type CatalogueDevice } from '../../schema/classes/catalogue.ts';
import { GEMM_SHARES, VRAM_SHARES, networkClasses } from '../../schema/classes/derive.ts';
import { SOURCES, type Figure } from '../../schema/classes/sources.ts';
import { parsePolicy } from '../../schema/policy/policy.ts';
import { CliError, parseFlags, type Command, type Io } from '../command.ts';
import { table } from '../table.ts';

const usage = `[--json] [--sources] [--write FILE]

  --sources  the figures behind the classes, each with its document and how well it is known
  --json     the classes as they stand in a policy
  --write    puts them into this policy file; nothing else in it changes

Classes are derived from data sheets by the shares in schema/classes/derive.ts; docs/classes.md says what that means.`;

const tera = (value: number): string => (value / 1e12).toFixed(value < 1e13 ? 2 : 0);
const giga = (value: number): string => (value / 1e9).toFixed(value < 1e10 ? 2 : 0);
const gib = (pages: number): string => (pages / 2 ** 20).toFixed(1);

/** How far above the floor a node at the expected share is. */
function slack(device: CatalogueDevice | undefined, { gemm, vram }: GpuClass): [string, string] {
  if (device === undefined || vram === null) return ['', ''];
  const [product, memory] = [GEMM_SHARES[device.path], VRAM_SHARES[device.memory]];
  const over = (expected: bigint, floor: bigint, proofPpm: number): string =>
    ((Number(expected) * proofPpm) / (Number(floor) * 1e6)).toFixed(2);
  return [over(product.expectedPpm, product.floorPpm, gemm.proofPpm), over(memory.expectedPpm, memory.floorPpm, vram.proofPpm)];
}

function printClasses(io: Io): void {
  const rows = networkClasses.map((own) => {
    const device = CATALOGUE.find(({ name }) => name === own.name);
    const [product, memory] = slack(device, own);
    const { gemm, vram } = own;
    const sizes = `${String(gemm.rows)} × ${String(gemm.columns)} × ${String(gemm.depth)} × ${String(gemm.rounds)}`;
    const read = vram === null ? ['', '', ''] : [gib(vram.pages), String(vram.passes), giga(vram.floorBytesPerSecond)];
    return [own.name, device?.path ?? '', sizes, tera(gemm.floorOpsPerSecond), product, ...read, memory];
  });
  const head = ['class', 'path', 'M × N × K × R', 'floor Tops', 'slack', 'GiB', 'passes', 'floor GB/s', 'slack'];
  for (const line of table(head, rows)) io.out(line);
}

function printSources(io: Io): void {
  const figures = (device: CatalogueDevice): [string, Figure | null][] => [
    ['dense int8, Gops', device.int8Gops],
    ...(device.path === 'int8' ? [] : ([[`dense ${device.path}, Gops`, device.pathGops]] satisfies [string, Figure][])),
    ['memory, MiB', device.memoryMiB],
    ['bandwidth, MB/s', device.megabytesPerSecond],
  ];
  for (const device of CATALOGUE) {
    io.out(`${device.name}: ${device.device}`);
    const rows = figures(device).map(([what, figure]) => {
      if (figure === null) return [`  ${what}`, 'none given', '', ''];
      const { title, publisher } = SOURCES[figure.source];
      return [`  ${what}`, String(figure.value), figure.known, `${title} (${publisher})`];
    });
    for (const line of table([], rows, [1])) io.out(line);
    if (device.note !== undefined) io.out(`  ${device.note}`);
  }
}

/** @throws CliError when the file is no policy, before it is touched */
function write(file: string, io: Io): void {
  let policy: Record<string, unknown>;
  try {
    policy = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    policy = { ...policy, classes: networkClasses };
    parsePolicy(policy);
  } catch (error) {
    throw new CliError(`${file} is not a policy file: ${error instanceof Error ? error.message : 'unreadable'}. Check --write.`);
  }
  writeFileSync(file, `${JSON.stringify(policy, null, 2)}\n`);
  io.out(`${file}: ${String(networkClasses.length)} classes.`);
}

async function run(args: readonly string[], io: Io): Promise<0> {
  const values = parseFlags(args, {
    json: { type: 'boolean' },
    sources: { type: 'boolean' },
    write: { type: 'string' },
  });
  if (values.write !== undefined) write(values.write, io);
  else if (values.json === true) io.out(JSON.stringify(networkClasses));
  else if (values.sources === true) printSources(io);
  else printClasses(io);
  return 0;
}

export const classesCommand: Command = { name: 'classes', summary: 'Shows the classes that nodes register in.', usage, run };
