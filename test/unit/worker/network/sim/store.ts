// The network's store in memory, with what a simulation looks into.
import type { Hex } from '../../../../../protocol/bytes.ts';
import type { Disagreement, Fault, NetworkStore, StoredRoot } from '../../../../../workers/services/network/ports.ts';
import { memoryNetwork } from '../store.ts';

export type MemoryStore = NetworkStore & {
  readonly disagreements: Map<string, Disagreement>;
  readonly allFaults: Map<Hex, Fault>;
  readonly allRoots: Map<number, StoredRoot>;
};

export function memoryStore(): MemoryStore {
  const { store, stored } = memoryNetwork();
  return { ...store, disagreements: stored.disagreements, allFaults: stored.faults, allRoots: stored.roots };
}
