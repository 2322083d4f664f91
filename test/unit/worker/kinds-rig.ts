// A validator with a policy of chosen kinds, from a chunk's claim to stored rows, and what its nodes may answer.
import { expect } from 'vitest';
import { ZERO32, type Hex } from '../../../protocol/bytes.ts';
import { KIND_PRESENCE, KIND_VRAM } from '../../../protocol/challenge.ts';
import type { KindEntry, Policy } from '../../../protocol/policy.ts';
import { MEMBER_STEP } from '../../../protocol/schedule.ts';
import { decodeTranscript } from '../../../protocol/transcript.ts';
import { mixedPolicy, mixedWorld, sealEpoch as sealFixture, type World } from '../../support/epoch.ts';
import { firstFailure } from '../../support/replay.ts';
import { auditChunk } from '../../../workers/services/audit.ts';
import { slotChunks } from '../../../workers/services/chunks.ts';
import type { Answer, Context, FinishedRow, NetworkReason } from '../../../workers/services/ports.ts';
import { sealEpoch } from '../../../workers/services/seal.ts';
import { epochStart } from '../../../protocol/schedule.ts';
import { honestNode, type NodeScript } from './nodes.ts';
import { chunksOf, type Validator } from './rig.ts';

export const SLOTS = [0, 1, 2, 3];
export const VRAM = { kind: KIND_VRAM, weight: 1, cohort: 1 };
export const COHORT = { ...VRAM, cohort: 6 };
export const PRESENCE = { kind: KIND_PRESENCE, weight: 1, cohort: 1 };

/** A policy of these kinds alone, with time enough for a few probes at once. */
export const policyOf = (...kinds: KindEntry[]): Policy => ({
  ...mixedPolicy,
  kinds,
  schedule: { ...mixedPolicy.schedule, auditsPerNodePerDay: 40_000 },
});
export const worldOf = (...kinds: KindEntry[]): Partial<World> => ({ ...mixedWorld(), policy: policyOf(...kinds) });

export type Row = FinishedRow & { readonly transcriptOffset: number | null };
export const rowsOf = ({ stored }: Validator): Row[] =>
  [...stored.rows.values()].sort((a, b) => a.slot - b.slot || a.draw - b.draw) as Row[];
export const reasons = (validator: Validator): Set<string> => new Set(rowsOf(validator).map(({ reason }) => reason));

export async function runSlot(validator: Validator, slot = 0, context: Context = validator.context): Promise<void> {
  const chunks = chunksOf(validator, slot);
  expect(chunks.length).toBeGreaterThan(0);
  await validator.clock.run(Promise.all(chunks.map((chunk) => auditChunk(context, chunk))));
}

export function transcriptOf({ objects, plan }: Validator, row: Row, chunk: number) {
  const bytes = objects.all.get(`transcripts/${String(plan.epoch)}/${String(row.slot)}/${String(chunk)}`) ?? new Uint8Array();
  const from = row.transcriptOffset ?? 0;
  return bytes.slice(from, from + (row.transcriptLength ?? 0));
}

/** All transcripts of the epoch by their hashes. */
export function transcripts(validator: Validator): Map<Hex, Uint8Array> {
  const { plan } = validator;
  const found = new Map<Hex, Uint8Array>();
  for (const slot of SLOTS) {
    for (const [chunk, { draws }] of slotChunks(plan, slot).entries()) {
      const own = new Set(draws.map(({ draw }) => draw));
      for (const row of rowsOf(validator)) {
        if (row.slot !== slot || !own.has(row.draw % MEMBER_STEP) || row.transcriptHash === ZERO32) continue;
        found.set(row.transcriptHash, transcriptOf(validator, row, chunk));
      }
    }
  }
  return found;
}

export const firstTranscript = (validator: Validator) => {
  const [row] = rowsOf(validator);
  return decodeTranscript(transcripts(validator).get(row?.transcriptHash ?? ZERO32) ?? new Uint8Array());
};

/** Seals the epoch after all is over, and replays what was sealed. */
export async function sealAndReplay(validator: Validator): Promise<string | null> {
  const { clock, policy } = validator.world;
  validator.clock.set(1000 * (epochStart(clock, validator.plan.epoch + 1) + policy.schedule.settleSeconds));
  const entry = validator.stored.epochs.get(validator.plan.epoch);
  if (entry === undefined) throw new Error('no epoch');
  expect(await sealEpoch(validator.context, { ...entry })).toBe(true);
  const rows = await validator.context.ports.ledger.rows(validator.plan.epoch);
  return firstFailure(sealFixture(validator.world, rows, transcripts(validator)));
}

/** A node that answers one path in its own way, and is honest otherwise. */
export const but =
  (path: string, answer: (honest: () => Promise<Answer>, body: Uint8Array) => Promise<Answer>) =>
  (index: number): NodeScript => {
    const honest = honestNode(index);
    return async (asked, body) => (asked === path ? answer(() => honest(asked, body), body) : honest(asked, body));
  };
export const failing = (reason: NetworkReason) => async (): Promise<Answer> => ({ ok: false, reason });
export const garbage = async (): Promise<Answer> => ({ ok: true, bytes: Uint8Array.of(9, 9, 9) });
