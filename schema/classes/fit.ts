// Which class a device belongs to: the first of the catalogue whose name and memory fit. A hint for the operator, who registers the
// class; what counts is whether the node passes it.
import { CATALOGUE, type CatalogueDevice } from './catalogue.ts';
import { MEMORY_PPM } from './derive.ts';

/** Drivers keep up to so much for themselves before they say how much there is. */
const REPORTED_LESS_PPM = 20_000;

/** `name`: a class of that name. `memory`: the name is known, but with more memory. `unknown`: nobody has told of such a device. */
export type Fit =
  | { readonly fits: 'name'; readonly device: CatalogueDevice }
  | { readonly fits: 'memory'; readonly device: CatalogueDevice; readonly neededMiB: number }
  | { readonly fits: 'unknown' };

function neededMiB({ memory, memoryMiB }: CatalogueDevice): number {
  // half of the pages' share again is room enough where the memory is shared anyway
  const all = memory === 'integrated' ? (3 * memoryMiB.value * Number(MEMORY_PPM.integrated)) / 2_000_000 : memoryMiB.value;
  return Math.floor((all * (1_000_000 - REPORTED_LESS_PPM)) / 1_000_000);
}

/** Drivers write names as "NVIDIA GeForce RTX 4090", WebGPU as "nvidia-geforce-rtx-4090": words in lower case, one space before each. */
const words = (name: string): string =>
  ` ${name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, ' ')
    .trim()}`;

/** @param memoryMiB null where the driver doesn't say: the name decides */
export function fitClass(name: string, memoryMiB: number | null): Fit {
  const plain = words(name);
  const named = CATALOGUE.filter(({ matches }) => matches.some((part) => plain.includes(words(part))));
  const fitting = named.find((device) => memoryMiB === null || memoryMiB >= neededMiB(device));
  if (fitting !== undefined) return { fits: 'name', device: fitting };
  const smallest = named.at(-1);
  return smallest === undefined ? { fits: 'unknown' } : { fits: 'memory', device: smallest, neededMiB: neededMiB(smallest) };
}
