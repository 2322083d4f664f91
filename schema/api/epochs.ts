// Epochs as the API shows them, revealed ones only.
import { z } from 'zod';
import { address, beaconSignature, count, hash, page, signature, tally, timeMs } from './values.ts';

/** The signed report as posted (docs/protocol.md, section 12). Its seed lets anybody replay the epoch. */
export const epochReport = z.object({
  epoch: count,
  validator: address,
  auditRoot: hash,
  summaryRoot: hash,
  due: count,
  done: count,
  seed: hash,
  beaconRound: count,
  nodeCount: count,
  policyHash: hash,
  previous: hash,
  archiveHash: hash,
});

export const epochItem = z.strictObject({
  epoch: count,
  state: z.enum(['sealed', 'posted']),
  startsAtMs: timeMs,
  endsAtMs: timeMs,
  nodeCount: count,
  validatorCount: count,
  due: count,
  done: count,
  tally,
  auditRoot: hash,
  summaryRoot: hash,
  archiveHash: hash,
  reportHash: hash.nullable(),
  transactionHash: hash.nullable(),
  blockNumber: count.nullable(),
});
export type EpochItem = z.infer<typeof epochItem>;

export const epochList = page(epochItem);
export type EpochList = z.infer<typeof epochList>;

export const epochDetail = z.strictObject({
  ...epochItem.shape,
  beacon: z.strictObject({ round: count, signature: beaconSignature.nullable() }),
  sealedAtMs: timeMs.nullable(),
  postedAtMs: timeMs.nullable(),
  report: epochReport.nullable(),
  signature: signature.nullable(),
  links: z.strictObject({ archive: z.string(), nodes: z.string(), page: z.string() }),
});
export type EpochDetail = z.infer<typeof epochDetail>;

/** One leaf of the epoch's summary tree: `(epoch, validator, nodeIndex, kind, pass, fail, void, medianMeasure, medianElapsedMs)`. */
export const epochNode = z.strictObject({
  nodeIndex: count,
  nodeId: hash.nullable(),
  kind: count,
  tally,
  medianMeasure: count,
  medianElapsedMs: count,
});
export type EpochNodeItem = z.infer<typeof epochNode>;

export const epochNodeList = page(epochNode);
export type EpochNodeList = z.infer<typeof epochNodeList>;
