// The devices that the network's classes are named after, with what their vendors say of them. Everything that a class asks for is
// derived from these figures (derive.ts); no figure here was measured by this project. Dense rates: none counts structured sparsity.
import type { Confidence, Figure, SourceName } from './sources.ts';

/**
 * The arithmetic by which the best known kernel gets an exact int8 product: `int8` matrix units; `bf16` matrix units (an int8 is exact
 * in bf16, and sums of 1,024 products are exact in fp32); `fp32` shader lanes, the same way.
 */
export type ArithmeticPath = 'int8' | 'bf16' | 'fp32';

/** Whose memory it is: a card's own; shared with the processor and most of it for the GPU; shared and little of it. */
export type MemoryKind = 'discrete' | 'unified' | 'integrated';

export type CatalogueDevice = {
  /** The class's name in the policy and on chain. */
  readonly name: string;
  /** The device that the figures are of. */
  readonly device: string;
  /** What a driver's name of such a device contains, in lower case: one of these, from the beginning of a word. */
  readonly matches: readonly string[];
  readonly memory: MemoryKind;
  /** Dense int8 rate of the matrix units, 10⁹ operations a second; null where the vendor gives none. */
  readonly int8Gops: Figure | null;
  readonly path: ArithmeticPath;
  /** Dense rate of `path`, 10⁹ operations a second. */
  readonly pathGops: Figure;
  readonly memoryMiB: Figure;
  /** 10⁶ bytes a second. */
  readonly megabytesPerSecond: Figure;
  /** What a reader should know before relying on it. */
  readonly note?: string;
};

const figure = (value: number, source: SourceName, known: Confidence): Figure => ({ value, source, known });
/** A device with int8 matrix units, where the path is int8. */
const int8 = (int8Gops: Figure): Pick<CatalogueDevice, 'int8Gops' | 'path' | 'pathGops'> => ({
  int8Gops,
  path: 'int8',
  pathGops: int8Gops,
});

const dataCentre: readonly CatalogueDevice[] = [
  {
    name: 'h100-sxm',
    device: 'NVIDIA H100 SXM5 80 GB',
    matches: ['h100 80gb hbm3', 'h100 sxm'],
    memory: 'discrete',
    ...int8(figure(1_979_000, 'h100', 'quoted')),
    memoryMiB: figure(81_559, 'driver', 'quoted'),
    megabytesPerSecond: figure(3_350_000, 'h100', 'quoted'),
  },
  {
    name: 'h100-pcie',
    device: 'NVIDIA H100 PCIe 80 GB',
    matches: ['h100 pcie'],
    memory: 'discrete',
    ...int8(figure(1_513_000, 'h100', 'recalled')),
    memoryMiB: figure(81_559, 'driver', 'recalled'),
    megabytesPerSecond: figure(2_000_000, 'h100Pcie', 'document'),
    note: 'The brief says "greater than" 2,000 GB/s. The data sheet says 3,026 TOPS with sparsity. Its 350 W limit it before either.',
  },
  {
    name: 'h200',
    device: 'NVIDIA H200 SXM 141 GB',
    matches: ['h200'],
    memory: 'discrete',
    ...int8(figure(1_979_000, 'h200', 'quoted')),
    memoryMiB: figure(143_771, 'driver', 'recalled'),
    megabytesPerSecond: figure(4_800_000, 'h200', 'quoted'),
  },
  {
    name: 'b200',
    device: 'NVIDIA B200 SXM 180 GB',
    matches: ['b200', 'gb200'],
    memory: 'discrete',
    ...int8(figure(4_500_000, 'hgx', 'quoted')),
    memoryMiB: figure(182_630, 'driver', 'quoted'),
    megabytesPerSecond: figure(8_000_000, 'hgx', 'quoted'),
    note: 'An eighth of half of the 72 POPS that HGX B200 has with sparsity. Drivers of 2026 report a bus of 7,680 bits, which makes 7.67 TB/s.',
  },
  {
    name: 'b300',
    device: 'NVIDIA B300 SXM 288 GB',
    matches: ['b300', 'gb300'],
    memory: 'discrete',
    int8Gops: figure(125_000, 'hgx', 'quoted'),
    path: 'bf16',
    pathGops: figure(2_250_000, 'hgx', 'quoted'),
    memoryMiB: figure(250_339, 'hgx', 'recalled'),
    megabytesPerSecond: figure(8_000_000, 'ultra', 'quoted'),
    note: 'int8 is a remnant: 2 POPS with sparsity for all of HGX B300 (a later table says 3), an eighteenth of bf16. So the class is set by the bf16 path, whose exactness in the accumulators of this device nobody has checked here. Memory is 2.1 TB an HGX, the smaller of the two figures in circulation.',
  },
  {
    name: 'a100-80gb',
    device: 'NVIDIA A100 SXM4 80 GB',
    matches: ['a100-sxm4-80gb', 'a100 80gb', 'a100-pcie-80gb'],
    memory: 'discrete',
    ...int8(figure(624_000, 'a100', 'quoted')),
    memoryMiB: figure(81_920, 'driver', 'quoted'),
    megabytesPerSecond: figure(2_039_000, 'a100', 'quoted'),
  },
  {
    name: 'a100-40gb',
    device: 'NVIDIA A100 SXM4 40 GB',
    matches: ['a100-sxm4-40gb', 'a100-pcie-40gb'],
    memory: 'discrete',
    ...int8(figure(624_000, 'a100', 'quoted')),
    memoryMiB: figure(40_960, 'driver', 'quoted'),
    megabytesPerSecond: figure(1_555_000, 'a100', 'quoted'),
  },
  {
    name: 'l40s',
    device: 'NVIDIA L40S 48 GB',
    matches: ['l40s'],
    memory: 'discrete',
    ...int8(figure(733_000, 'l40s', 'quoted')),
    memoryMiB: figure(46_068, 'driver', 'quoted'),
    megabytesPerSecond: figure(864_000, 'l40s', 'quoted'),
  },
  {
    name: 'mi300x',
    device: 'AMD Instinct MI300X 192 GB',
    matches: ['mi300x'],
    memory: 'discrete',
    ...int8(figure(2_614_900, 'mi300x', 'recalled')),
    memoryMiB: figure(196_288, 'driver', 'recalled'),
    megabytesPerSecond: figure(5_300_000, 'mi300x', 'quoted'),
    note: 'No backend of this project drives its matrix units: through WebGPU it stays below this class’s floor.',
  },
];

const consumer: readonly CatalogueDevice[] = [
  {
    name: 'rtx-5090',
    device: 'NVIDIA GeForce RTX 5090 32 GB',
    matches: ['rtx 5090'],
    memory: 'discrete',
    ...int8(figure(838_000, 'blackwell', 'recalled')),
    memoryMiB: figure(32_607, 'driver', 'recalled'),
    megabytesPerSecond: figure(1_792_000, 'blackwell', 'quoted'),
  },
  {
    name: 'rtx-4090',
    device: 'NVIDIA GeForce RTX 4090 24 GB',
    matches: ['rtx 4090'],
    memory: 'discrete',
    ...int8(figure(660_600, 'ada', 'quoted')),
    memoryMiB: figure(24_564, 'driver', 'recalled'),
    megabytesPerSecond: figure(1_008_000, 'ada', 'quoted'),
  },
  {
    name: 'rtx-3090',
    device: 'NVIDIA GeForce RTX 3090 24 GB',
    matches: ['rtx 3090'],
    memory: 'discrete',
    ...int8(figure(284_000, 'ampere', 'recalled')),
    memoryMiB: figure(24_576, 'driver', 'recalled'),
    megabytesPerSecond: figure(936_000, 'ampere', 'recalled'),
    note: 'A card that also drives a screen may lack the memory that this class asks for.',
  },
];

const shared: readonly CatalogueDevice[] = [
  {
    name: 'apple-m4-max',
    device: 'Apple M4 Max, 40 GPU cores, 48 GB or more',
    matches: ['apple m4 max', 'apple m3 ultra', 'apple m2 ultra'],
    memory: 'unified',
    int8Gops: null,
    path: 'fp32',
    pathGops: figure(16_000, 'appleGpu', 'recalled'),
    memoryMiB: figure(49_152, 'm4Pro', 'recalled'),
    megabytesPerSecond: figure(546_000, 'm4Pro', 'quoted'),
    note: 'The M4 Max with 32 GPU cores (36 GB, 410 GB/s) is too slow for this class: register it as apple-m4-pro.',
  },
  {
    name: 'apple-m4-pro',
    device: 'Apple M4 Pro, 20 GPU cores, 24 GB or more',
    matches: ['apple m4 pro', 'apple m4 max', 'apple m3 max', 'apple m2 max', 'apple m1 max'],
    memory: 'unified',
    int8Gops: null,
    path: 'fp32',
    pathGops: figure(8_000, 'appleGpu', 'recalled'),
    memoryMiB: figure(24_576, 'm4Pro', 'recalled'),
    megabytesPerSecond: figure(273_000, 'm4Pro', 'quoted'),
  },
  {
    name: 'apple-m4',
    device: 'Apple M4, 10 GPU cores, 16 GB or more',
    matches: ['apple m4', 'apple m3 pro', 'apple m2 pro', 'apple m1 pro'],
    memory: 'unified',
    int8Gops: null,
    path: 'fp32',
    pathGops: figure(4_000, 'appleGpu', 'recalled'),
    memoryMiB: figure(16_384, 'm4', 'recalled'),
    megabytesPerSecond: figure(120_000, 'm4', 'quoted'),
    note: 'M1, M2 and M3 (68 to 100 GB/s) are below this class’s memory floor or close to it: register them as integrated.',
  },
  {
    name: 'integrated',
    device: 'Intel Core i7-1165G7, Iris Xe with 96 execution units, two channels of DDR4-3200',
    matches: [
      'iris',
      'uhd graphics',
      'intel graphics',
      'intel r graphics',
      'intel r arc',
      'radeon graphics',
      'radeon vega',
      'radeon 680m',
      'radeon 780m',
      'apple m',
    ],
    memory: 'integrated',
    int8Gops: null,
    path: 'fp32',
    pathGops: figure(2_000, 'tigerLake', 'quoted'),
    memoryMiB: figure(16_384, 'tigerLake', 'recalled'),
    megabytesPerSecond: figure(51_200, 'tigerLake', 'quoted'),
    note: 'A class for many devices: its floors say that a GPU answered, not which one. The fp32 rate is 96 × 8 lanes × 2 × 1.3 GHz.',
  },
];

/** Larger classes first in each group; a device takes the first that fits (fit.ts). */
export const CATALOGUE: readonly CatalogueDevice[] = [...dataCentre, ...consumer, ...shared];
