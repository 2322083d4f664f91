// Entry of a dishonest runner's worker thread: the honest one with another prover.
import { parentPort, workerData } from 'node:worker_threads';
import { serveBackend, type Prove } from '../backends/cpu/serve.ts';
import { garbageRound } from './behaviours/garbage-round.ts';
import { garbageRoundValues } from './behaviours/garbage-round-values.ts';
import { skip } from './behaviours/skip.ts';
import { wrongResult } from './behaviours/wrong-result.ts';
import type { ProofName } from './provers.ts';

const provers: Readonly<Record<ProofName, Prove>> = {
  'wrong-result': wrongResult,
  'skip-5': skip(0.05),
  'skip-10': skip(0.1),
  'skip-50': skip(0.5),
  'garbage-round': garbageRound,
  'garbage-round-values': garbageRoundValues,
};

const { prover } = workerData as { readonly prover: ProofName };
if (parentPort !== null) serveBackend(parentPort, provers[prover]);
