// Audits as the API shows them: the record exactly as it is hashed, and the way from its hash to the root on chain.
import { z } from 'zod';
import { address, count, hash, outcome, page, reason, timeMs } from './values.ts';

export const auditRecord = z.strictObject({
  epoch: count,
  slot: count,
  draw: count,
  validator: address,
  nodeId: hash,
  kind: count,
  challengeHash: hash,
  commitment: hash,
  openingHash: hash,
  outcome,
  reason,
  elapsedMs: count,
  measure: count,
  freshnessRound: count,
  startedAt: timeMs,
  transcriptHash: hash,
});

/**
 * One line of a node's history. `measure` is the proven lower bound, 0 where nothing was proven: operations a second (kind 1) or
 * bytes a second (kind 2). `floor` is what the node's class asks for in the same unit; null where nothing is asked. `region` is
 * where presence (kind 5) was asked from.
 */
export const auditItem = z.strictObject({
  id: z.string(),
  epoch: count,
  slot: count,
  draw: count,
  kind: count,
  outcome,
  reason,
  elapsedMs: count,
  measure: count,
  floor: count.nullable(),
  /** What a PASS of kind 2 proves to have been filled at one time, bytes; null for everything else, and for profiles too small to show any. */
  memoryBytes: count.nullable(),
  region: z.string().nullable(),
  startedAtMs: timeMs,
  transcriptHash: hash,
});
export type AuditItem = z.infer<typeof auditItem>;

export const auditList = page(auditItem);
export type AuditList = z.infer<typeof auditList>;

/** The record's place in the audit tree; null where the tree is not stored (rebuild it from the epoch's archive). */
const inclusion = z.strictObject({ leaf: hash, proof: z.array(hash) });

export const auditDetail = z.strictObject({
  id: z.string(),
  nodeIndex: count,
  record: auditRecord,
  /** The reason in plain words, and who can check it. */
  explanation: z.strictObject({
    title: z.string(),
    meaning: z.string(),
    basis: z.enum(['none', 'transcript', 'time', 'word', 'void']),
  }),
  recordHash: hash,
  auditRoot: hash,
  inclusion: inclusion.nullable(),
  /** The report that carries the root; null until it is on chain. */
  report: z.strictObject({ hash, transactionHash: hash.nullable(), blockNumber: count.nullable() }).nullable(),
  transcript: z.strictObject({ sha256: hash, bytes: count, href: z.string() }).nullable(),
  verify: z.array(z.string()),
});
export type AuditDetail = z.infer<typeof auditDetail>;
