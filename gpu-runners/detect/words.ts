// What was found and chosen, in plain words for the operator.
import type { Choice, Found, Usable } from './found.ts';

function line({ backend, name, memoryMiB, driver }: Usable): string {
  const memory = memoryMiB === null ? 'memory not told' : `${memoryMiB.toLocaleString('en')} MiB`;
  return `  ${backend.padEnd(7)} ${name}, ${memory} (${driver})`;
}

/** Lines without a newline at their ends. */
export function describe({ usable }: Found, { device, why, others }: Choice): string[] {
  return [
    'Found:',
    ...usable.map(line),
    `Chosen: ${device.backend}, because ${why}.`,
    ...(others.length === 0 ? [] : ['Not used:', ...others.map((other) => `  ${other}`)]),
  ];
}
