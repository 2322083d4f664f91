// What was found on this machine that could compute, in plain data: the answers of devices, and the traces of those that did not
// answer.
import type { BackendName } from '../backends/backend.ts';
import type { DeviceErrorCode } from '../backends/engine.ts';

/** `hardware`: a device of its own. `software`: a driver that computes on the processor. `processor`: the CPU backend. */
export type FoundKind = 'hardware' | 'software' | 'processor';

/** A device that a backend opened. */
export type Usable = {
  readonly backend: BackendName;
  readonly kind: FoundKind;
  /** As its driver calls it. */
  readonly name: string;
  /** Null where the driver does not say. */
  readonly memoryMiB: number | null;
  readonly driver: string;
};

/** A backend that opened nothing, with the cause and the mend in a sentence. */
export type Unusable = {
  readonly backend: BackendName;
  readonly code: DeviceErrorCode;
  readonly problem: string;
  /** Devices for this backend of which the system tells, although it opened none. */
  readonly seen: readonly string[];
};

export type Found = { readonly usable: readonly Usable[]; readonly unusable: readonly Unusable[] };

export type Choice = {
  readonly backend: BackendName;
  readonly device: Usable;
  /** Why this one, in a sentence. */
  readonly why: string;
  /** Of the others, why not and what would change that; one sentence each. */
  readonly others: readonly string[];
};
