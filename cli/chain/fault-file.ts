// A fault with its proof as a file: what a validator's or a gateway's API shows at /v1/faults, or what somebody put together. Only its
// form is checked here; whether it proves anything is for the contract.
import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import type { Challenge } from '../../protocol/challenge.ts';
import type { FaultProof, NodeReceipt, SignedReport } from '../../protocol/fault-proof.ts';
import type { EpochReport } from '../../protocol/report.ts';
import type { Policy } from '../../protocol/policy.ts';
import type { Statement } from '../../protocol/consensus/types.ts';
import { parsePolicyBytes } from '../../schema/wire/archive.ts';
import { epochRoot } from '../../schema/wire/network.ts';
import { address, hash, hexOf } from '../../schema/values.ts';
import { CliError } from '../command.ts';
import { FAULT_FILE_BYTES_MAX } from '../limits.ts';

const u8 = z.int().min(0).max(0xff);
const u32 = z.int().min(0).max(0xffff_ffff);
const wide = z.int().min(0);
/** A validator's, in either form. */
const signature = z.union([hexOf(65), hexOf(64)]);

const report: z.ZodType<EpochReport> = z.strictObject({
  ...{ epoch: wide, validator: address, auditRoot: hash, summaryRoot: hash, due: u32, done: u32, seed: hash, beaconRound: wide },
  ...{ nodeCount: u32, policyHash: hash, previous: hash, archiveHash: hash },
});
const signedReport: z.ZodType<SignedReport> = z.strictObject({ report, signature });
const statement: z.ZodType<Statement> = z.strictObject({ validator: address, root: epochRoot, signature });
const challenge: z.ZodType<Challenge> = z.strictObject({
  ...{ epoch: wide, slot: u32, draw: u32, validator: address, nodeId: hash, kind: u8, paramsHash: hash, nonce: hash },
  deadline: wide,
});
const policy = z.unknown().transform((value, context): Policy => {
  try {
    return parsePolicyBytes(new TextEncoder().encode(JSON.stringify(value)));
  } catch {
    context.addIssue({ code: 'custom', message: 'no policy' });
    return z.NEVER;
  }
});
const receipt: z.ZodType<NodeReceipt> = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('commitment'), commitment: hash, signature: hexOf(64) }),
  z.strictObject({
    ...{ type: z.literal('opening'), commitment: hash, drawHash: hash, openingHash: hash },
    signature: hexOf(64),
  }),
]);
const beacon = z.strictObject({ round: wide, signature: hexOf(48) });

const proofSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('two-reports'), a: signedReport, b: signedReport }),
  z.strictObject({ kind: z.literal('two-roots'), validator: address, a: statement, b: statement }),
  z.strictObject({ kind: z.literal('undrawn'), challenge, signature, report, beacon, policy }),
  z.strictObject({ kind: z.literal('two-receipts'), nodeId: hash, challengeHash: hash, a: receipt, b: receipt }),
]);

/** The proof in a file, alone or as the field `proof` of what the API shows of a fault. @throws CliError */
export function readFaultFile(file: string): FaultProof {
  const unreadable = `${file} is no proof of a fault. Give the JSON of a fault with its proof, as an API shows it at /v1/faults/:faultKey.`;
  try {
    if (statSync(file).size > FAULT_FILE_BYTES_MAX) throw new CliError(`${file} is too large for a proof of a fault.`);
    const document: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const inner = typeof document === 'object' && document !== null && 'proof' in document ? document.proof : document;
    return proofSchema.parse(inner);
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(unreadable);
  }
}
