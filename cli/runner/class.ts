// Which class to register for the chosen device, in words. A hint: what counts is whether the node passes the class's audits.
import type { GpuClass } from '../../protocol/policy.ts';
import type { CatalogueDevice } from '../../schema/classes/catalogue.ts';
import { networkClasses } from '../../schema/classes/derive.ts';
import { fitClass } from '../../schema/classes/fit.ts';
import type { Detection } from './detection.ts';

/** `because` is a sentence without its subject: "rtx-4090, …". */
export type Suggestion = { readonly name: string; readonly because: string };

const mib = (value: number): string => `${value.toLocaleString('en')} MiB`;

/** Matrix units answer to their vendor's interface alone; through WebGPU a large card is a small one. */
function isOutOfReach(device: CatalogueDevice, backend: Detection['choice']['backend']): boolean {
  return backend === 'webgpu' && device.path !== 'fp32';
}

export function suggestClass({ choice: { backend, device } }: Detection): Suggestion {
  if (backend === 'cpu' || device.kind !== 'hardware') return { name: 'cpu', because: 'the class of processors' };
  const fit = fitClass(device.name, device.memoryMiB);
  if (fit.fits === 'unknown') {
    return { name: 'integrated', because: `the class that asks least of a GPU, as none is named after ${device.name}` };
  }
  if (fit.fits === 'memory') {
    const why = `${fit.device.name} needs ${mib(fit.neededMiB)} and ${device.name} has ${mib(device.memoryMiB ?? 0)}`;
    return { name: 'integrated', because: `the class that asks least of a GPU, as ${why}` };
  }
  if (isOutOfReach(fit.device, backend)) {
    const why = `${fit.device.name} asks for matrix units, which WebGPU does not reach`;
    return { name: 'integrated', because: `the class that asks least of a GPU, as ${why}` };
  }
  return { name: fit.device.name, because: `the class of ${fit.device.device}` };
}

/** Three digits and the unit that suits: of `value` in its plain unit, `large` is a thousand times `small`. */
function scaled(value: number, large: [unit: number, name: string], small: string): string {
  const [unit, name] = large;
  const digits = (number: number): string => (number >= 100 ? number.toFixed(0) : number.toPrecision(3));
  return value >= unit / 10 ? `${digits(value / unit)} ${name}` : `${digits((1000 * value) / unit)} ${small}`;
}

/** What the class asks for, in a line. */
export function classFacts(name: string): string {
  const own = networkClasses.find((candidate: GpuClass) => candidate.name === name);
  if (own === undefined) return 'It is not a class of the network policy.';
  const rate = scaled(own.gemm.floorOpsPerSecond, [1e12, 'Tops'], 'Gops');
  const memory = own.vram === null ? '' : `, ${mib(Math.ceil(own.vram.pages / 1024))} filled and read`;
  const bandwidth = own.vram === null ? '' : ` at ${scaled(own.vram.floorBytesPerSecond, [1e9, 'GB/s'], 'MB/s')} or more`;
  return `It asks for ${rate} or more in int8 products${memory}${bandwidth}.`;
}
