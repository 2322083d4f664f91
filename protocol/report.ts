// What a validator signs once an epoch, and how its roots come out of the records.
import { fromHex, toHex, type Hex } from './bytes.ts';
import { addressWord, bytes32Word, structHash, typedPayload, uintWord, type Domain } from './domain.ts';
import { keccak } from './hash.ts';
import { auditLeaf, recordHash, type AuditRow } from './record.ts';
import { summarize, summaryLeaf, type Summary } from './summary.ts';
import { buildStandardTree, standardRoot, type StandardTree } from './trees/standard.ts';
import { countsAsDone } from './verdict.ts';

export const EPOCH_REPORT_TYPE =
  'EpochReport(uint64 epoch,address validator,bytes32 auditRoot,bytes32 summaryRoot,uint32 due,uint32 done,bytes32 seed,uint64 beaconRound,uint32 nodeCount,bytes32 policyHash,bytes32 previous,bytes32 archiveHash)';

export type EpochReport = {
  readonly epoch: number;
  readonly validator: Hex;
  readonly auditRoot: Hex;
  readonly summaryRoot: Hex;
  readonly due: number;
  readonly done: number;
  readonly seed: Hex;
  readonly beaconRound: number;
  readonly nodeCount: number;
  readonly policyHash: Hex;
  /** Struct hash of this validator's last posted report. */
  readonly previous: Hex;
  readonly archiveHash: Hex;
};

export function reportHash(report: EpochReport): Hex {
  return toHex(
    structHash(EPOCH_REPORT_TYPE, [
      uintWord(report.epoch),
      addressWord(report.validator),
      bytes32Word(report.auditRoot),
      bytes32Word(report.summaryRoot),
      uintWord(report.due),
      uintWord(report.done),
      bytes32Word(report.seed),
      uintWord(report.beaconRound),
      uintWord(report.nodeCount),
      bytes32Word(report.policyHash),
      bytes32Word(report.previous),
      bytes32Word(report.archiveHash),
    ]),
  );
}

/** The EIP-712 digest that the validator's signer signs. */
export function reportDigest(domain: Domain, report: EpochReport): Hex {
  return toHex(keccak(typedPayload(domain, fromHex(reportHash(report), 32))));
}

export type SealedRecords = {
  readonly hashes: readonly Hex[];
  readonly auditTree: StandardTree;
  readonly auditRoot: Hex;
  readonly summaries: readonly Summary[];
  readonly summaryRoot: Hex;
  readonly due: number;
  readonly done: number;
};

/** Trees, roots and counts of an epoch's rows, given in draw order. */
export function sealRows(rows: readonly AuditRow[]): SealedRecords {
  const hashes = rows.map(recordHash);
  const auditTree = buildStandardTree(rows.map((row, i) => auditLeaf(row, hashes[i] ?? '0x')));
  const summaries = summarize(rows);
  return {
    hashes,
    auditTree,
    auditRoot: standardRoot(auditTree),
    summaries,
    summaryRoot: standardRoot(buildStandardTree(summaries.map(summaryLeaf))),
    due: rows.length,
    done: rows.filter((row) => countsAsDone(row.reason)).length,
  };
}
