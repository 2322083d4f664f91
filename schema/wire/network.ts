// What validators tell one another over their public APIs, as bytes that anybody may send: encoded here, and parsed here with every
// size bounded. Whether it is true is for the reader to check. Amounts are decimal strings.
import { z } from 'zod';
import type { Hex } from '../../protocol/bytes.ts';
import type { EpochRoot, Leaves, ReportEntry, Statement } from '../../protocol/consensus/types.ts';
import type { EpochReport } from '../../protocol/report.ts';
import { address, hash, hexOf } from '../values.ts';
import { LEAVES_MAX, OBJECTIONS_MAX, REPORT_SET_MAX, STATEMENTS_MAX } from './limits.ts';

const u8 = z.int().min(0).max(0xff);
const u32 = z.int().min(0).max(0xffff_ffff);
const wide = z.int().min(0);
const ppm = z.int().min(0).max(1_000_000);
/** A uint256 in decimal. */
const amount = z
  .string()
  .regex(/^(?:0|[1-9]\d{0,77})$/)
  .transform(BigInt);

export const epochRoot: z.ZodType<EpochRoot> = z.strictObject({
  epoch: wide,
  round: u32,
  scoreRoot: hash,
  rewardRoot: hash,
  penaltyRoot: hash,
  reportSetHash: hash,
  nodeSetRoot: hash,
  previousRoot: hash,
  policyHash: hash,
});

const statement: z.ZodType<Statement> = z.strictObject({ validator: address, root: epochRoot, signature: hexOf(65) });

const report: z.ZodType<EpochReport> = z.strictObject({
  epoch: wide,
  validator: address,
  auditRoot: hash,
  summaryRoot: hash,
  due: u32,
  done: u32,
  seed: hash,
  beaconRound: wide,
  nodeCount: u32,
  policyHash: hash,
  previous: hash,
  archiveHash: hash,
});

const entry: z.ZodType<ReportEntry> = z.strictObject({ epoch: wide, validator: address, reportHash: hash });

/** An objection as told: which draw of whose archive does not stand. */
export type ToldObjection = { readonly validator: Hex; readonly slot: number; readonly draw: number };
const objection: z.ZodType<ToldObjection> = z.strictObject({ validator: address, slot: u32, draw: u32 });

const scores = z.strictObject({
  epoch: wide,
  nodeIndex: u32,
  nodeId: hash,
  scorePpm: ppm,
  ratePpm: ppm,
  correctPpm: ppm,
  samples: u32,
  effectiveSamples: u32,
  measure: wide,
  elapsedMs: u32,
  tier: u8,
});
const services = z.strictObject({
  epoch: wide,
  nodeIndex: u32,
  nodeId: hash,
  uptimePpm: ppm,
  uptimeLowPpm: ppm,
  uptimeSamples: u32,
  latencyMs: u32,
  latencyHighMs: u32,
  bandwidth: wide,
});
const validators = z.strictObject({
  epoch: wide,
  validator: address,
  weightPpm: ppm,
  accuracyPpm: ppm,
  agreementPpm: ppm,
  coveragePpm: ppm,
  reward: amount,
});

export const statementsSchema = z.strictObject({ statements: z.array(statement).max(STATEMENTS_MAX) });
export const objectionsSchema = z.strictObject({ objections: z.array(objection).max(OBJECTIONS_MAX) });
export const reportSetSchema = z.strictObject({ reports: z.array(entry).max(REPORT_SET_MAX) });
const signedReportSchema = z.strictObject({ report, signature: hexOf(65) });
export const leavesSchema = z.strictObject({
  scores: z.array(scores).max(LEAVES_MAX),
  services: z.array(services).max(LEAVES_MAX),
  validators: z.array(validators).max(31),
  rewards: z.array(z.strictObject({ account: address, cumulative: amount })).max(LEAVES_MAX),
  penalties: z.array(z.strictObject({ owner: address, nodeId: hash, cumulative: amount })).max(LEAVES_MAX),
});

/** Null for bytes that are not of this form. */
function parse<T>(schema: z.ZodType<T>, bytes: Uint8Array): T | null {
  try {
    const parsed = schema.safeParse(JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

export const parseStatements = (bytes: Uint8Array): readonly Statement[] | null =>
  parse(statementsSchema, bytes)?.statements ?? null;
export const parseObjections = (bytes: Uint8Array): readonly ToldObjection[] | null =>
  parse(objectionsSchema, bytes)?.objections ?? null;
export const parseReportSet = (bytes: Uint8Array): readonly ReportEntry[] | null =>
  parse(reportSetSchema, bytes)?.reports ?? null;
export const parseSignedReport = (bytes: Uint8Array): { report: EpochReport; signature: Hex } | null =>
  parse(signedReportSchema, bytes);
export const parseLeaves = (bytes: Uint8Array): Leaves | null => parse(leavesSchema, bytes);

/** JSON with amounts as decimal strings: what the routes answer and the parsers above read. */
export function tellable(value: object): unknown {
  return JSON.parse(JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? item.toString() : item)));
}
