// What the validators agree on, as the API shows it: roots and who signed them, scores and proofs, validators, faults. Amounts are
// decimal strings in units of 10⁻¹⁸ token, rates and shares millionths. Statements, objections, report sets and leaves have the form
// of ../wire/network.ts, which is what validators read from one another.
import { z } from 'zod';
import { epochRoot } from '../wire/network.ts';
import { epochReport } from './epochs.ts';
import { address, count, hash, page, signature, timeMs } from './values.ts';

export const ppm = z.int().min(0).max(1_000_000);
export const amount = z.string().regex(/^(?:0|[1-9]\d{0,77})$/);

/** final: computed again here · disputed: posted, but not what this service computes · open: no root yet · skipped: there will be none. */
export const consensusState = z.enum(['final', 'disputed', 'open', 'skipped']);
export type ConsensusState = z.infer<typeof consensusState>;

/** `signed` is null while there is no root. */
export const signer = z.strictObject({ seat: count, operator: address, weightPpm: ppm, signed: z.boolean().nullable() });

export const consensusItem = z.strictObject({
  epoch: count,
  state: consensusState,
  startsAtMs: timeMs,
  endsAtMs: timeMs,
  rootHash: hash.nullable(),
  root: epochRoot.nullable(),
  /** Fewer than four seats: nobody was penalised. Null while there is no root. */
  provisional: z.boolean().nullable(),
  previousEpoch: count.nullable(),
  blockNumber: count.nullable(),
  transactionHash: hash.nullable(),
  finalAtMs: timeMs.nullable(),
  /** Why it is disputed: the first leaf that differs, or what could not be had. */
  note: z.string().nullable(),
  signers: z.array(signer),
});
export type ConsensusItem = z.infer<typeof consensusItem>;
export const consensusList = page(consensusItem);
export type ConsensusList = z.infer<typeof consensusList>;

/** How a validator's archive of an epoch stands with this service. `absent`: no report by the deadline. */
export const archive = z.strictObject({
  epoch: count,
  state: z.enum(['waiting', 'verified', 'failed', 'absent']),
  reportHash: hash.nullable(),
  archiveHash: hash.nullable(),
  due: count,
  done: count,
  check: z.string().nullable(),
  detail: z.string().nullable(),
  source: address.nullable(),
  attempts: count,
  updatedAtMs: timeMs,
});
export type Archive = z.infer<typeof archive>;

export const seat = z.strictObject({
  ...signer.shape,
  signer: address,
  url: z.string(),
  stake: amount,
  /** Null while nothing is known of it. */
  archive: archive.nullable(),
  /** Whether the root's report set has its report of this epoch; null while that is not known. */
  counted: z.boolean().nullable(),
  /** In one line why its report does not count, or would not now; null if nothing is wrong with it. */
  leftOut: z.string().nullable(),
});
export type Seat = z.infer<typeof seat>;

export const consensusDetail = z.strictObject({
  ...consensusItem.shape,
  policyHash: hash,
  nodeCount: count,
  seats: z.array(seat),
  /** Rounds in which a proposed root was not ours: the first leaf that differs. */
  disagreements: z.array(z.strictObject({ round: count, validator: address, detail: z.string() })),
  links: z.strictObject({
    statements: z.string(),
    objections: z.string(),
    leaves: z.string().nullable(),
    scores: z.string().nullable(),
    reportSet: z.string().nullable(),
    page: z.string(),
  }),
});
export type ConsensusDetail = z.infer<typeof consensusDetail>;

const nodeScoreShape = {
  epoch: count,
  nodeIndex: count,
  nodeId: hash,
  scorePpm: ppm,
  ratePpm: ppm,
  correctPpm: ppm,
  samples: count,
  effectiveSamples: count,
  measure: count,
  elapsedMs: count,
  tier: count,
};
const nodeServiceShape = {
  epoch: count,
  nodeIndex: count,
  nodeId: hash,
  uptimePpm: ppm,
  /** Wilson's lower bound of it, one-sided 95 %. */
  uptimeLowPpm: ppm,
  uptimeSamples: count,
  /** Lower median of the round trips, milliseconds; 0 if it was never reached. */
  latencyMs: count,
  /** Their 95th percentile. */
  latencyHighMs: count,
  /** Proven bandwidth of the memory, bytes a second; 0 if none was. */
  bandwidth: count,
};
/** Line of the score tree for a node. */
export const nodeScore = z.strictObject(nodeScoreShape);
/** Line of the score tree for a node beside its score: how it is reached, and how fast its memory is. */
export const nodeService = z.strictObject(nodeServiceShape);
/** Both lines of a node. `tierName` by the epoch's policy; null for too few samples (tier 0) and for a score below all tiers. */
export const scoreItem = z.strictObject({ ...nodeScoreShape, ...nodeServiceShape, tierName: z.string().nullable() });
export type ScoreItem = z.infer<typeof scoreItem>;
export const scoreList = z.strictObject({ ...page(scoreItem).shape, epoch: count, rootHash: hash });
export type ScoreList = z.infer<typeof scoreList>;

/** Line of the score tree for a validator. */
export const validatorScore = z.strictObject({
  epoch: count,
  validator: address,
  weightPpm: ppm,
  accuracyPpm: ppm,
  agreementPpm: ppm,
  coveragePpm: ppm,
  reward: amount,
});
export type ToldScore = z.infer<typeof validatorScore>;
export const rewardLeaf = z.strictObject({ pool: z.literal(0), account: address, cumulative: amount });
export const penaltyLeaf = z.strictObject({ owner: address, nodeId: hash, cumulative: amount });

const proofOf = <T extends z.ZodType>(leaf: T) =>
  z.strictObject({
    epoch: count,
    rootHash: hash,
    tree: z.enum(['scoreRoot', 'rewardRoot', 'penaltyRoot']),
    root: hash,
    leaf,
    leafHash: hash,
    proof: z.array(hash),
    verify: z.array(z.string()),
  });
export const scoreProof = proofOf(nodeScore);
export const serviceProof = proofOf(nodeService);
export const validatorProof = proofOf(validatorScore);
export const rewardProof = proofOf(rewardLeaf);
export const penaltyProof = proofOf(penaltyLeaf);
export type Proof = z.infer<ReturnType<typeof proofOf>>;

export const validatorItem = z.strictObject({
  operator: address,
  /** Null where it has no seat in the newest set. */
  seat: count.nullable(),
  signer: address.nullable(),
  url: z.string().nullable(),
  stake: amount.nullable(),
  weightPpm: ppm.nullable(),
  /** Its line under the newest final root. */
  score: validatorScore.nullable(),
  /** Earned under that root and all before it. */
  cumulativeReward: amount.nullable(),
  /** Of the newest public epoch with a root, or of the newest public one if no recent one has any. */
  archive: archive.nullable(),
  leftOut: z.string().nullable(),
});
export type ValidatorItem = z.infer<typeof validatorItem>;
export const validatorList = z.strictObject({
  /** The set's epoch; null while none is known. */
  epoch: count.nullable(),
  /** The newest final root's epoch. */
  rootEpoch: count.nullable(),
  items: z.array(validatorItem),
});
export type ValidatorList = z.infer<typeof validatorList>;
export const validatorDetail = z.strictObject({
  ...validatorItem.shape,
  rootEpoch: count.nullable(),
  /** Newest first, of the last epochs. */
  archives: z.array(archive),
  scores: z.array(validatorScore),
});
export type ValidatorDetail = z.infer<typeof validatorDetail>;

export const faultItem = z.strictObject({
  faultKey: hash,
  kind: z.enum(['two-reports', 'two-roots', 'undrawn', 'two-receipts']),
  /** An operator, or for receipts a nodeId. */
  offender: z.union([address, hash]),
  epoch: count,
  state: z.enum(['found', 'submitted', 'proven', 'executed', 'refused']),
  detail: z.string(),
});
export type FaultItem = z.infer<typeof faultItem>;
export const faultList = page(faultItem);
export type FaultList = z.infer<typeof faultList>;
export const faultDetail = z.strictObject({ ...faultItem.shape, proof: z.unknown() });
export type FaultDetail = z.infer<typeof faultDetail>;

export const signedReport = z.strictObject({ report: epochReport, signature });
