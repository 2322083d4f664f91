// `npm run bench -- gpu`: the CUDA backend on the machine's own NVIDIA GPU. Only when it is asked for: without such a GPU it says what
// it needs and ends with exit code 3.
import { openCuda } from '../gpu-runners/backends/cuda/index.ts';
import { assertExact } from './gpu/exact.ts';
import { memoryLines } from './gpu/memory.ts';
import { productLines } from './gpu/products.ts';
import { alone, type Bench, type BenchOptions, type Section } from './measure.ts';

const SHAPES = 20;

async function run({ quick, say }: BenchOptions): Promise<Section> {
  say('gpu: opening the device, compiling its kernels');
  const engine = await openCuda();
  try {
    const shapes = quick ? 2 : SHAPES;
    say(`gpu: bit-equality over ${shapes} random shapes of each kind`);
    await assertExact(engine, shapes);
    say('gpu: products');
    const products = await productLines(engine, quick);
    say('gpu: memory');
    const memory = await memoryLines(engine, quick);
    const peak = alone('most device memory at a time', 'MiB', [engine.gpu.usage().peak / 2 ** 20]);
    const { name, driver } = engine.device;
    const { variant } = engine.multiplier;
    const date = new Date().toISOString().slice(0, 10);
    const notes = [
      `${name}, ${driver}, ${date}; products by ${variant}; equal to the reference over ${shapes} random shapes of each kind`,
    ];
    return { title: 'The CUDA backend', lines: [...products, ...memory, peak], notes };
  } finally {
    await engine.close();
  }
}

export const gpu: Bench = { name: 'gpu', about: 'the CUDA backend on this machine’s NVIDIA GPU (only when named)', run };
