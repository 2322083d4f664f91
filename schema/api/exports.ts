// Lines of the bulk exports: one JSON value a line, the header first. Its counts say how many lines of each type follow, so that a reader
// notices an answer that was cut off.
import { z } from 'zod';
import { auditRecord } from './audits.ts';
import { scoreItem, validatorScore } from './consensus.ts';
import { count, hash } from './values.ts';

export const consensusExportHeader = z.strictObject({
  type: z.literal('header'),
  epoch: count,
  rootHash: hash,
  counts: z.strictObject({ node: count, validator: count }),
});
export const consensusExportLine = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('node'), ...scoreItem.shape }),
  z.strictObject({ type: z.literal('validator'), ...validatorScore.shape }),
]);
export type ConsensusExportHeader = z.infer<typeof consensusExportHeader>;
export type ConsensusExportLine = z.infer<typeof consensusExportLine>;

export const epochExportHeader = z.strictObject({
  type: z.literal('header'),
  epoch: count,
  /** The records’ hashes are the leaves under this root. */
  auditRoot: hash,
  state: z.enum(['sealed', 'posted']),
  counts: z.strictObject({ audit: count }),
});
export const epochExportLine = z.strictObject({
  type: z.literal('audit'),
  id: z.string(),
  nodeIndex: count,
  record: auditRecord,
});
export type EpochExportHeader = z.infer<typeof epochExportHeader>;
export type EpochExportLine = z.infer<typeof epochExportLine>;
