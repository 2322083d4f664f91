// Kind 2: how fast memory is filled, and passes beside a plain copy on the device, which reads and writes each byte.
import { randomBytes } from 'node:crypto';
import { createAreas } from '../../gpu-runners/backends/cuda/gpu.ts';
import type { CudaEngine } from '../../gpu-runners/backends/cuda/index.ts';
import { expandCache, makePages } from '../../gpu-runners/backends/cuda/vram.ts';
import { timed } from '../../gpu-runners/backends/cuda/tune.ts';
import { toHex } from '../../protocol/bytes.ts';
import { PAGE_BYTES, vramBytes, type VramParams } from '../../protocol/challenges/vram/params.ts';
import { alone, spread, wallMs, type Line } from '../measure.ts';

const COPY_SHARE_AIM = 0.8;
const GIGA = 1e9;
/** Left to the driver, the trees and what else the device shows. */
const MEMORY_SHARE = 0.85;

function shapeOf({ gpu }: CudaEngine, quick: boolean): VramParams {
  const pages = quick ? 2 ** 16 : Math.min(2 ** 28, Math.floor((MEMORY_SHARE * gpu.driver.memory().free) / PAGE_BYTES));
  return { pages, cacheRows: 2 ** 17, parents: 64, passes: 8, openings: 8, fillKey: toHex(randomBytes(32)) };
}

const rates = (bytes: number, ms: readonly number[]): number[] => ms.map((one) => bytes / (one / 1000) / GIGA);

/** Bytes read and written a second by the driver's own copy. */
async function copyRates({ gpu }: CudaEngine, quick: boolean, repeats: number): Promise<number[]> {
  const areas = createAreas(gpu);
  try {
    const bytes = quick ? 2 ** 24 : 2 ** 32;
    const [from, to] = [areas.take(bytes).at, areas.take(bytes).at];
    const ms: number[] = [];
    for (let i = 0; i <= repeats; i++)
      ms.push(
        await timed(gpu, () => {
          gpu.driver.call('copy', to, from, bytes, 0);
        }),
      );
    return rates(2 * bytes, ms.slice(1));
  } finally {
    areas.free();
  }
}

/** Bytes of pages a second that are made anew from a cache that is there: what a cheat would have to do. */
async function makingRates({ gpu }: CudaEngine, params: VramParams, repeats: number): Promise<number[]> {
  const areas = createAreas(gpu);
  try {
    const pages = Math.min(params.pages, 2 ** 18);
    const cache = areas.take(64 * params.cacheRows).at;
    const [to, cacheKey, key] = [areas.take(PAGE_BYTES * pages).at, areas.take(32).at, areas.take(32).at];
    expandCache(gpu, params, cache, cacheKey);
    gpu.upload(key, new Uint8Array(randomBytes(32)));
    const ms: number[] = [];
    for (let i = 0; i < repeats; i++)
      ms.push(
        await timed(gpu, () => {
          makePages(gpu, params, { to, cache, key }, { first: 0, pages });
        }),
      );
    return rates(PAGE_BYTES * pages, ms);
  } finally {
    areas.free();
  }
}

export async function memoryLines(engine: CudaEngine, quick: boolean): Promise<Line[]> {
  const repeats = quick ? 2 : 5;
  engine.matrices.drop(0);
  const copies = spread(await copyRates(engine, quick, repeats));
  const params = shapeOf(engine, quick);
  const making = spread(await makingRates(engine, params, repeats));
  const [filled, passed]: number[][] = [[], []];
  for (let i = 0; i < repeats; i++) {
    const [node, start] = [toHex(randomBytes(32)), toHex(randomBytes(32))];
    let fill: Awaited<ReturnType<CudaEngine['fill']>> | undefined;
    filled?.push(
      await wallMs(async () => {
        fill = await engine.fill(params, node);
      }),
    );
    passed?.push(await wallMs(() => fill?.pass(start, node)));
    fill?.release();
  }
  const passes = spread(rates(Number(vramBytes(params)), passed ?? []));
  const share = passes.median / copies.median;
  return [
    {
      what: 'passes, keys and trees included',
      unit: 'GB/s',
      figure: passes,
      beside: { what: 'copy on the device, read and written', figure: copies },
      ratio: share,
      aim: { text: '≥ 80 % of the copy', met: share >= COPY_SHARE_AIM },
    },
    alone('fill, from challenge to ready', 'GB/s', rates(PAGE_BYTES * params.pages, filled ?? [])),
    { what: 'pages made anew', unit: 'GB/s', figure: making, beside: null, ratio: null, aim: null },
    alone('ρ: reading a page is so many times faster than making it', '×', [passes.median / making.median]),
  ];
}
