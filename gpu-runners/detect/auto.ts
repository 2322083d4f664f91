// What `--backend auto` and `assay-runner detect` do: look, then choose.
import { choose } from './choose.ts';
import { detect } from './detect.ts';
import type { Choice, Found } from './found.ts';
import { machineProbes } from './machine.ts';
import type { Probes } from './probes.ts';

export type Detection = { readonly found: Found; readonly choice: Choice };

/** Looks at this machine. Each GPU backend is opened once and closed again. @param probes for tests */
export async function detectAndChoose(probes: Probes = machineProbes()): Promise<Detection> {
  const found = await detect(probes);
  return { found, choice: choose(found) };
}
