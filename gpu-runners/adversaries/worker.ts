// Entry of a dishonest runner's worker thread: the honest one with another prover of one kind.
import { parentPort, workerData } from 'node:worker_threads';
import { HONEST, type FillWith, type Prove } from '../backends/cpu/provers.ts';
import { serveBackend } from '../backends/cpu/serve.ts';
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
/** Of filled memory: what is stored of it, and how the passes are made. */
const fills: ReadonlyMap<string, FillWith> = new Map();

const { prover, fill } = workerData as { readonly prover?: ProofName; readonly fill?: string };
const gemm = prover === undefined ? HONEST.gemm : provers[prover];
if (parentPort !== null) serveBackend(parentPort, { gemm, fill: fills.get(fill ?? '') ?? HONEST.fill });
