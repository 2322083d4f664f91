// The policy document as it is parsed at the edge: bounds that the rest of the house relies on, checked once.
import { z } from 'zod';
import { BEACON_SCHEME } from '../../protocol/beacon.ts';
import { checkGemmParams } from '../../protocol/challenges/gemm/params.ts';
import { checkVramParams } from '../../protocol/challenges/vram/params.ts';
import { KIND_GEMM, KIND_PRESENCE, KIND_VRAM } from '../../protocol/challenge.ts';
import { COHORT_MAX } from '../../protocol/schedule.ts';
import { ZERO32 } from '../../protocol/bytes.ts';
import { CLASS_NAME, type Policy } from '../../protocol/policy.ts';
import { hexOf } from '../values.ts';

const positive = z.int().min(1);
const ppm = z.int().min(0).max(1_000_000);

const deadlineMs = z.int().min(100).max(60_000);

/** The protocol's own bounds of a job, as an issue with the class's part. */
function bounded(check: () => unknown, context: z.RefinementCtx): void {
  try {
    check();
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'bad sizes' });
  }
}

const gemmJob = z
  .strictObject({
    rows: positive,
    columns: positive,
    depth: positive,
    rounds: positive,
    openings: positive,
    proofPpm: z.int().min(1).max(1_000_000),
    floorOpsPerSecond: z.int().min(0),
    commitDeadlineMs: deadlineMs,
    openDeadlineMs: deadlineMs,
  })
  .superRefine((job, context) => {
    bounded(() => checkGemmParams({ ...job, matrixKey: ZERO32 }), context);
  });

const vramJob = z
  .strictObject({
    pages: positive,
    cacheRows: positive,
    parents: positive,
    passes: positive,
    openings: positive,
    proofPpm: z.int().min(1).max(1_000_000),
    floorBytesPerSecond: z.int().min(0),
    fillDeadlineMs: deadlineMs,
    passDeadlineMs: deadlineMs,
    openDeadlineMs: deadlineMs,
  })
  .superRefine((job, context) => {
    bounded(() => checkVramParams({ ...job, fillKey: ZERO32 }), context);
  });

const gpuClass = z.strictObject({ name: z.string().regex(CLASS_NAME), gemm: gemmJob, vram: vramJob.nullable() });

const kindEntry = z
  .strictObject({
    kind: z.literal([KIND_GEMM, KIND_VRAM, KIND_PRESENCE]),
    weight: positive.max(1_000_000),
    cohort: z.int().min(1).max(COHORT_MAX),
  })
  .refine(({ kind, cohort }) => kind !== KIND_PRESENCE || cohort === 1, 'presence has no cohort');

const policySchema = z.strictObject({
  version: z.literal(2),
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
  kinds: z.array(kindEntry).min(1).max(16),
  regions: z
    .array(z.string().regex(/^[a-z0-9]{1,16}$/))
    .min(1)
    .max(16),
  presence: z.strictObject({ deadlineMs }),
  classes: z.array(gpuClass).min(1).max(256),
  consensus: z.strictObject({
    windowEpochs: z.int().min(1).max(10_000),
    clipTolerancePpm: ppm,
    busyPpm: ppm,
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
