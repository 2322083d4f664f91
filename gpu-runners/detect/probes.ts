// Everything through which the machine is looked at, so that tests can be another machine.
import type { BackendName } from '../backends/backend.ts';
import type { Device, DeviceErrorCode } from '../backends/engine.ts';

export type GpuBackendName = Exclude<BackendName, 'cpu'>;

/** What became of opening a device. */
export type Opened =
  | { readonly opened: true; readonly device: Device }
  | { readonly opened: false; readonly code: DeviceErrorCode; readonly message: string };

export type Probes = {
  readonly open: (backend: GpuBackendName) => Promise<Opened>;
  /** Text of a file of the system; null when there is none or it can't be read. */
  readonly readText: (path: string) => string | null;
  /** Names in a folder; empty when there is none. */
  readonly list: (path: string) => readonly string[];
  /** Standard output of a program of the system; null when it is missing, fails or takes too long. */
  readonly run: (program: string, args: readonly string[]) => Promise<string | null>;
  readonly processor: { readonly device: Device; readonly hasSimd: boolean };
};
