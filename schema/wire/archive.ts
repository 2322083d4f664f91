// The archive as it is read from anybody: bytes in, protocol types out, everything bounded before it is used. Whether the
// values are right is for protocol/replay to say; here it is only made sure that they are values.
import { z } from 'zod';
import { ARCHIVE_FORMAT, CHUNK_BYTES_MAX, type ArchiveLine, type Manifest } from '../../protocol/archive.ts';
import type { Policy } from '../../protocol/policy.ts';
import { parsePolicy } from '../policy/policy.ts';
import { address, hash, hexOf, outcome, reason } from '../values.ts';
import { CHUNKS_MAX, CHUNK_RECORDS_MAX, MANIFEST_BYTES_MAX, POLICY_BYTES_MAX, ROUNDS_MAX } from './limits.ts';

/** Longest message: it may quote names from the bytes, which can be of any length. */
const MESSAGE_CHARS_MAX = 400;

/** Bytes that are no archive; the message, always one line, says which part, and what was wrong with it. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';

  constructor(message: string) {
    const line = message.replace(/\p{Cc}/gu, ' ');
    super(line.length > MESSAGE_CHARS_MAX ? `${line.slice(0, MESSAGE_CHARS_MAX)}…` : line);
  }
}

const u8 = z.int().min(0).max(0xff);
const u32 = z.int().min(0).max(0xffff_ffff);
const wide = z.int().min(0);
const beacon = z.strictObject({ round: z.int().min(1), signature: hexOf(48) });

const manifestSchema: z.ZodType<Manifest> = z.strictObject({
  format: z.literal(ARCHIVE_FORMAT),
  chainId: z.int().min(1),
  registry: address,
  epoch: wide,
  validator: address,
  seed: hash,
  policyHash: hash,
  beacon,
  nodeCount: u32,
  validatorCount: u32,
  due: u32,
  done: u32,
  auditRoot: hash,
  summaryRoot: hash,
  rounds: z.array(beacon).max(ROUNDS_MAX),
  chunks: z
    .array(
      z.strictObject({
        sha256: hash,
        bytes: z.int().min(1).max(CHUNK_BYTES_MAX),
        records: z.int().min(1).max(CHUNK_RECORDS_MAX),
      }),
    )
    .max(CHUNKS_MAX),
});

const lineSchema: z.ZodType<ArchiveLine> = z.strictObject({
  slot: u32,
  draw: u32,
  nodeIndex: u32,
  nodeId: hash,
  kind: u8,
  challengeHash: hash,
  commitment: hash,
  openingHash: hash,
  outcome,
  reason,
  elapsedMs: u32,
  measure: wide,
  freshnessRound: z.int().min(1),
  startedAt: wide,
  transcriptHash: hash,
});

/** Zod's first issue as `path: message`. */
function issueText(error: z.ZodError): string {
  const [first] = error.issues;
  if (first === undefined) return 'not of the right form';
  const path = first.path.map((part) => (typeof part === 'number' ? `[${String(part)}]` : `.${String(part)}`)).join('');
  return path === '' ? first.message : `${path.replace(/^\./, '')}: ${first.message}`;
}

function textOf(bytes: Uint8Array, bytesMax: number, what: string): string {
  if (bytes.length > bytesMax) {
    throw new ArchiveError(`${what}: ${String(bytes.length)} bytes, at most ${String(bytesMax)} are allowed`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ArchiveError(`${what}: not UTF-8 text`);
  }
}

function parsed<T>(what: string, text: string, parse: (json: unknown) => T): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new ArchiveError(`${what}: not JSON`);
  }
  try {
    return parse(json);
  } catch (error) {
    if (error instanceof z.ZodError) throw new ArchiveError(`${what}: ${issueText(error)}`);
    throw error;
  }
}

/** @throws ArchiveError */
export function parseManifest(bytes: Uint8Array): Manifest {
  return parsed('manifest', textOf(bytes, MANIFEST_BYTES_MAX, 'manifest'), (json) => manifestSchema.parse(json));
}

/** @throws ArchiveError that names the line, counted from 1 */
export function parseChunk(bytes: Uint8Array): ArchiveLine[] {
  const text = textOf(bytes, CHUNK_BYTES_MAX, 'chunk');
  if (!text.endsWith('\n')) throw new ArchiveError('chunk: does not end with a newline');
  const lines = text.slice(0, -1).split('\n');
  if (lines.length > CHUNK_RECORDS_MAX) {
    throw new ArchiveError(`chunk: ${String(lines.length)} records, at most ${String(CHUNK_RECORDS_MAX)} are allowed`);
  }
  return lines.map((line, i) => parsed(`chunk line ${String(i + 1)}`, line, (json) => lineSchema.parse(json)));
}

/** @throws ArchiveError */
export function parsePolicyBytes(bytes: Uint8Array): Policy {
  return parsed('policy', textOf(bytes, POLICY_BYTES_MAX, 'policy'), parsePolicy);
}
