// The policy document as it is parsed at the edge: bounds that the rest of the house relies on, checked once.
import { z } from 'zod';
import { BEACON_SCHEME } from '../../protocol/beacon.ts';
import { checkGemmParams } from '../../protocol/challenges/gemm/params.ts';
import { KIND_GEMM } from '../../protocol/challenge.ts';
import { ZERO32 } from '../../protocol/bytes.ts';
import { CLASS_NAME, type Policy } from '../../protocol/policy.ts';
import { hexOf } from '../values.ts';

const positive = z.int().min(1);
const ppm = z.int().min(0).max(1_000_000);

const gpuClass = z
  .strictObject({
    name: z.string().regex(CLASS_NAME),
    rows: positive,
    columns: positive,
    depth: positive,
    rounds: positive,
    openings: positive,
    floorOpsPerSecond: z.int().min(0),
    commitDeadlineMs: z.int().min(100).max(60_000),
    openDeadlineMs: z.int().min(100).max(60_000),
  })
  .superRefine((value, context) => {
    try {
      checkGemmParams({ ...value, matrixKey: ZERO32 });
    } catch (error) {
      context.addIssue({
        code: 'custom',
        message: `class ${value.name}: ${error instanceof Error ? error.message : 'bad sizes'}`,
      });
    }
  });

const policySchema = z.strictObject({
  version: z.literal(1),
  name: z.string().min(1).max(64),
  beacon: z.strictObject({
    scheme: z.literal(BEACON_SCHEME),
    publicKey: hexOf(96),
    genesis: positive,
    periodSeconds: positive,
    leadSeconds: positive,
    freshnessRounds: z.int().min(1).max(100),
  }),
  schedule: z.strictObject({
    auditsPerNodePerDay: positive,
    jitterMs: positive,
    settleSeconds: z.int().min(0),
    revealSeconds: z.int().min(0),
  }),
  proofPpm: z.int().min(1).max(1_000_000),
  kinds: z
    .array(z.strictObject({ kind: z.literal(KIND_GEMM), weight: positive }))
    .min(1)
    .max(16),
  classes: z.array(gpuClass).min(1).max(256),
  consensus: z.strictObject({
    windowEpochs: z.int().min(1).max(10_000),
    clipTolerancePpm: ppm,
    samplesMin: positive,
    accuracyEpochs: positive,
    agreementTolerancePpm: ppm,
    notDoneMaxPpm: ppm,
    mirrorSeconds: positive,
    roundSeconds: positive,
    postStaggerSeconds: z.int().min(0),
    replayTranscripts: z.int().min(1).max(10_000),
    tiers: z
      .array(z.strictObject({ name: z.string().min(1).max(32), scorePpm: ppm }))
      .min(1)
      .max(16)
      .refine(
        (tiers) => tiers.every(({ scorePpm }, i) => i === 0 || scorePpm < (tiers[i - 1]?.scorePpm ?? 0)),
        'tiers must fall',
      ),
  }),
  rewards: z.strictObject({
    validatorsPerEpoch: z.int().min(0),
    nodesPerEpoch: z.int().min(0),
    penaltyPerEpoch: z.int().min(0),
    penaltyBelowPpm: ppm,
  }),
});

/** @throws ZodError that names the field which is wrong */
export function parsePolicy(json: unknown): Policy {
  return policySchema.parse(json);
}
