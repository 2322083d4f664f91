// An epoch's row as the services see it.
import type { EpochReport } from '../../protocol/report.ts';
import type { epochs } from '../../schema/tables/index.ts';
import { DomainError } from '../errors.ts';
import type { EpochEntry } from '../services/ports.ts';

type EpochRow = typeof epochs.$inferSelect;

function sealedOf(row: EpochRow): EpochEntry['sealed'] {
  const { auditRoot, summaryRoot, archiveHash, due, done } = row;
  if (auditRoot === null || summaryRoot === null || archiveHash === null || due === null || done === null) return null;
  return { auditRoot, summaryRoot, archiveHash, due, done };
}

/** Our own JSON, written by `freeze`; null in an epoch that an older version froze. */
function signersOf({ signers }: EpochRow): EpochEntry['signers'] {
  return signers === null ? null : (JSON.parse(signers) as EpochEntry['signers']);
}

export function entryOf(row: EpochRow): EpochEntry {
  const { epoch, state, nodeCount, validatorCount, beaconRound, beaconSignature, baseEpoch, baseSeed, report, signature } = row;
  if (row.policyHash === null) {
    throw new DomainError('misconfigured', 'The database was written by a version that knew one policy only. Use an empty one.');
  }
  return {
    ...{ epoch, state, policyHash: row.policyHash, nodeCount, validatorCount, signers: signersOf(row), beaconRound },
    scheduledSlots: row.scheduledSlots,
    seedBase: { epoch: baseEpoch, seed: baseSeed },
    beacon: beaconSignature === null ? null : { round: beaconRound, signature: beaconSignature },
    sealed: sealedOf(row),
    // Our own JSON, written by `sign`; nobody else writes to this database.
    signed: report === null || signature === null ? null : { report: JSON.parse(report) as EpochReport, signature },
  };
}
