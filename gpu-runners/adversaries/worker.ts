// Entry of a dishonest runner's worker thread: the honest one with another prover of one kind, or of both.
import { parentPort, workerData } from 'node:worker_threads';
import { HONEST, type FillWith, type Prove } from '../backends/cpu/provers.ts';
import { serveBackend } from '../backends/cpu/serve.ts';
import { cachedFill, cachedProduct } from './behaviours/cached-answers.ts';
import { garbageRound } from './behaviours/garbage-round.ts';
import { garbageRoundValues } from './behaviours/garbage-round-values.ts';
import { hostOffload } from './behaviours/host-offload.ts';
import { inBits, inHalf } from './behaviours/low-precision.ts';
import { partialStorage } from './behaviours/partial-storage.ts';
import { regenerates } from './behaviours/regenerates.ts';
import { skip } from './behaviours/skip.ts';
import { wrongResult } from './behaviours/wrong-result.ts';
import type { FillName, ProofName } from './provers.ts';

const provers: Readonly<Record<ProofName, Prove>> = {
  'wrong-result': wrongResult,
  'skip-5': skip(0.05),
  'skip-10': skip(0.1),
  'skip-50': skip(0.5),
  'garbage-round': garbageRound,
  'garbage-round-values': garbageRoundValues,
  'cached-answers': cachedProduct(),
  int7: inBits(7),
  int4: inBits(4),
  f16: inHalf,
};
/** Of filled memory: what is stored of it, and how the passes are made. */
const fills: Readonly<Record<FillName, FillWith>> = {
  'partial-storage-95': partialStorage(0.95),
  'partial-storage-90': partialStorage(0.9),
  'partial-storage-50': partialStorage(0.5),
  regenerates: regenerates(0),
  'regenerates-half': regenerates(0.5),
  'host-offload': hostOffload,
  'cached-answers': cachedFill(),
};

const { prover, fill } = workerData as { readonly prover?: ProofName; readonly fill?: FillName };
const gemm = prover === undefined ? HONEST.gemm : provers[prover];
if (parentPort !== null) serveBackend(parentPort, { gemm, fill: fill === undefined ? HONEST.fill : fills[fill] });
