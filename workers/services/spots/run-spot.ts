// One order, from its message to its end. Claiming it comes before anything that a node could notice: a message that comes again finds it
// claimed, and one whose consumer died is ended by the tick. So no order is ever audited twice.
import { ZERO32, toHex, type Hex } from '../../../protocol/bytes.ts';
import type { SpotFailure, SpotStep } from '../../../schema/api/spots.ts';
import type { SpotResult } from './audit-spot.ts';
import type { Random, SpotObjects, SpotRow, SpotStore } from './ports.ts';

export type SpotRunner = {
  readonly store: SpotStore;
  readonly objects: SpotObjects;
  readonly random: Random;
  readonly nowMs: () => number;
  /** Does it, by whatever this Worker has: a key, or validators to ask. */
  readonly audit: (row: SpotRow, seed: Hex, note: (step: SpotStep['step']) => Promise<void>) => Promise<SpotResult>;
};

/** 'ended' · 'repeated': claimed before · 'gone': no such order. */
export type SpotOutcome = 'ended' | 'repeated' | 'gone';

const FAULT: SpotFailure = {
  code: 'internal',
  detail: 'The audit ended unexpectedly on this service’s side. The order can be made again.',
};

async function end({ store, objects, nowMs }: SpotRunner, id: string, result: SpotResult): Promise<void> {
  if ('code' in result) {
    await store.fail(id, 'running', result, nowMs());
    return;
  }
  const { proof, transcript } = result;
  await store.intend(id, nowMs());
  await objects.put(id, transcript);
  const atMs = nowMs();
  const hadCommitment = proof.record.commitment !== ZERO32;
  const steps: SpotStep[] = [...(hadCommitment ? [{ step: 'verified' as const, atMs }] : []), { step: 'done', atMs }];
  await store.finish(id, { proof, transcriptBytes: transcript.length }, steps, atMs);
}

export async function runSpot(runner: SpotRunner, id: string): Promise<SpotOutcome> {
  const { store, random, nowMs } = runner;
  const row = await store.any(id);
  if (row === null) return 'gone';
  const seed = toHex(random(32));
  if (!(await store.claim(id, seed, nowMs()))) return 'repeated';
  // What is missed of the progress is missed; the audit goes on.
  const note = (step: SpotStep['step']): Promise<void> => store.step(id, { step, atMs: nowMs() }).catch(() => undefined);
  let result: SpotResult;
  try {
    result = await runner.audit(row, seed, note);
  } catch {
    result = FAULT;
  }
  await end(runner, id, result);
  return 'ended';
}
