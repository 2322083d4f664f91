// What a counted report says about each node, out of its archive: fetched by hash from whoever has it, and held against the roots and
// counts that the validator signed.
import type { RegistryClient } from '../../../chain/client.ts';
import { readPostedReport } from '../../../chain/reports.ts';
import { toHex, type Hex } from '../../../protocol/bytes.ts';
import { tallyRows } from '../../../protocol/consensus/tally.ts';
import type { ConsensusReport } from '../../../protocol/consensus/types.ts';
import { sha256 } from '../../../protocol/hash.ts';
import type { AuditRow } from '../../../protocol/record.ts';
import { fieldFault } from '../../../protocol/replay/check.ts';
import { sealRows, type EpochReport } from '../../../protocol/report.ts';
import { ArchiveError, parseChunk, parseManifest } from '../../../schema/wire/archive.ts';
import { TRANSCRIPT_BYTES_MAX } from '../../../schema/wire/limits.ts';
import { CliError } from '../../command.ts';
import { Unreadable } from '../load.ts';
import type { ArchiveSource } from '../source.ts';
import type { Anywhere } from './anywhere.ts';
import type { CountedReport } from './sets.ts';

/** A report with what its archive holds, and a source from which it can be replayed. */
export type CountedArchive = { readonly report: ConsensusReport; readonly source: ArchiveSource };

const CHECK = 'archives';

function nameOf({ entry }: CountedReport): string {
  return `archive of epoch ${String(entry.epoch)} of ${entry.validator}`;
}

/** By hash, from anywhere, each once. @throws CliError when nobody has it */
function objectsOf(from: Anywhere, counted: CountedReport): (hash: Hex) => Promise<Uint8Array> {
  const known = new Map<Hex, Uint8Array>();
  return async (hash) => {
    const bytes = known.get(hash) ?? (await from.object(hash, counted.entry.validator));
    if (bytes === null) {
      throw new CliError(`${hash} of the ${nameOf(counted)} can't be had: ${from.asked} has it. Try another --api.`);
    }
    known.set(hash, bytes);
    return bytes;
  };
}

/** What is malformed under the right hash is the validator's doing: a finding. */
function parsed<T>(counted: CountedReport, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof ArchiveError) throw new Unreadable(CHECK, `${nameOf(counted)}: ${error.message}`);
    throw error;
  }
}

async function rowsOf(
  counted: CountedReport,
  report: EpochReport,
  object: (hash: Hex) => Promise<Uint8Array>,
): Promise<AuditRow[]> {
  const { epoch, validator } = counted.entry;
  const bytes = await object(report.archiveHash);
  const manifest = parsed(counted, () => parseManifest(bytes));
  const rows: AuditRow[] = [];
  for (const { sha256: hash } of manifest.chunks) {
    const chunk = await object(hash);
    for (const line of parsed(counted, () => parseChunk(chunk))) rows.push({ ...line, epoch, validator });
  }
  return rows;
}

/**
 * The report's tallies, when its archive gives the roots and counts that it signed.
 * @param nodeCount of the root's epoch: nodes are never taken out, so no report knows more
 * @throws CliError | ChainError | Unreadable
 */
export async function countedArchive(
  client: RegistryClient,
  from: Anywhere,
  counted: CountedReport,
  nodeCount: number,
): Promise<CountedArchive> {
  const { entry, stored } = counted;
  const posted = await readPostedReport(client, entry.validator, entry.epoch, stored);
  if (posted === null) throw new CliError('The RPC contradicts itself about a report. Try another one.');
  const { report } = posted;
  const object = objectsOf(from, counted);
  const rows = await rowsOf(counted, report, object);
  const { auditRoot, summaryRoot, due, done } = sealRows(rows);
  const fault = fieldFault([
    ['auditRoot', report.auditRoot, auditRoot],
    ['summaryRoot', report.summaryRoot, summaryRoot],
    ['due', stored.due, due],
    ['done', stored.done, done],
    ['nodes beyond those of the epoch', 0, rows.filter(({ nodeIndex }) => nodeIndex >= nodeCount).length],
  ]);
  if (fault !== null) throw new Unreadable(CHECK, `${nameOf(counted)}: ${fault}`);
  return {
    report: { ...entry, due: stored.due, done: stored.done, tallies: tallyRows(rows) },
    source: {
      name: 'the network',
      policy: () => from.policy(report.policyHash),
      manifest: () => object(report.archiveHash),
      object,
      // a validator serves its own transcripts by their place, and those that others replayed by their hash
      transcript: async ({ slot, draw, transcriptHash }) => {
        const path = `v1/audits/${[entry.epoch, slot, draw].join('-')}/transcript`;
        const accept = (bytes: Uint8Array): Uint8Array | null => (toHex(sha256(bytes)) === transcriptHash ? bytes : null);
        const own = await from.askOwner(path, TRANSCRIPT_BYTES_MAX, accept, entry.validator);
        return own ?? from.object(transcriptHash, entry.validator);
      },
    },
  };
}
