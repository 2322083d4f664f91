// The network's store in memory, with what a simulation looks into.
import type { Hex } from '../../../../../protocol/bytes.ts';
import type { NewEvent } from '../../../../../workers/services/alerts/event.ts';
import type { Disagreement, Fault, Mirror, NetworkStore, StoredRoot } from '../../../../../workers/services/network/ports.ts';
import { memoryNetwork } from '../store.ts';

export type MemoryStore = NetworkStore & {
  readonly disagreements: Map<string, Disagreement>;
  /** By `epoch/validator`. */
  readonly allMirrors: Map<string, Mirror>;
  readonly allFaults: Map<Hex, Fault>;
  readonly allRoots: Map<number, StoredRoot>;
  readonly events: Map<string, NewEvent>;
};

export function memoryStore(): MemoryStore {
  const { store, stored } = memoryNetwork();
  const { disagreements, mirrors: allMirrors, faults: allFaults, roots: allRoots, events } = stored;
  return { ...store, disagreements, allMirrors, allFaults, allRoots, events };
}
