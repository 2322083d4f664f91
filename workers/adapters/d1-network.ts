// The network's half of D1 behind one port. Many rows travel as one JSON parameter, what belongs together is one atomic batch, and
// every write is idempotent by its key.
import type { NetworkStore } from '../services/network/ports.ts';
import { d1NetworkEpochs } from './d1-network-epochs.ts';
import { d1NetworkFaults } from './d1-network-faults.ts';
import { d1NetworkMirrors } from './d1-network-mirrors.ts';
import { d1NetworkRoots } from './d1-network-roots.ts';
import { d1WrongReasons } from './webhook-reasons.ts';

export function d1Network(d1: D1Database): NetworkStore {
  return {
    ...d1NetworkEpochs(d1),
    ...d1NetworkMirrors(d1),
    ...d1NetworkRoots(d1),
    ...d1NetworkFaults(d1),
    ...d1WrongReasons(d1),
  };
}
