// The canonical result of one draw. Records carry no signature: only their leaf under a posted, signed root is evidence.
import { fromHex, toHex, type Hex } from './bytes.ts';
import { addressWord, bytes32Word, structHash, uintWord } from './domain.ts';
import { standardLeaf } from './trees/standard.ts';
import { OUTCOME, REASON, type Outcome, type Reason } from './verdict.ts';

export const AUDIT_RECORD_TYPE =
  'AuditRecord(uint64 epoch,uint32 slot,uint32 draw,address validator,bytes32 nodeId,uint8 kind,bytes32 challengeHash,bytes32 commitment,bytes32 openingHash,uint8 outcome,uint8 reason,uint32 elapsedMs,uint64 measure,uint64 freshnessRound,uint64 startedAt,bytes32 transcriptHash)';

export type AuditRecord = {
  readonly epoch: number;
  readonly slot: number;
  readonly draw: number;
  readonly validator: Hex;
  readonly nodeId: Hex;
  readonly kind: number;
  readonly challengeHash: Hex;
  readonly commitment: Hex;
  readonly openingHash: Hex;
  readonly outcome: Outcome;
  readonly reason: Reason;
  /** From sending the challenge (kind 2: the start) to the last byte of the commitment, rounded up. */
  readonly elapsedMs: number;
  /** Proven lower bound, operations a second (kind 2: bytes a second); 0 where nothing was proven. */
  readonly measure: number;
  readonly freshnessRound: number;
  /** Unix milliseconds; 0 if no challenge was sent. */
  readonly startedAt: number;
  readonly transcriptHash: Hex;
};

/** A record with its node's index: what is stored and archived. */
export type AuditRow = AuditRecord & { readonly nodeIndex: number };

export function recordHash(record: AuditRecord): Hex {
  return toHex(
    structHash(AUDIT_RECORD_TYPE, [
      uintWord(record.epoch),
      uintWord(record.slot),
      uintWord(record.draw),
      addressWord(record.validator),
      bytes32Word(record.nodeId),
      uintWord(record.kind),
      bytes32Word(record.challengeHash),
      bytes32Word(record.commitment),
      bytes32Word(record.openingHash),
      uintWord(OUTCOME[record.outcome]),
      uintWord(REASON[record.reason]),
      uintWord(record.elapsedMs),
      uintWord(record.measure),
      uintWord(record.freshnessRound),
      uintWord(record.startedAt),
      bytes32Word(record.transcriptHash),
    ]),
  );
}

/** The audit tree's leaf hash of a record. */
export function auditLeaf(place: Pick<AuditRecord, 'epoch' | 'validator' | 'slot' | 'draw'>, hash: Hex): Uint8Array {
  const words = [
    uintWord(place.epoch),
    addressWord(place.validator),
    uintWord(place.slot),
    uintWord(place.draw),
    fromHex(hash, 32),
  ];
  return standardLeaf(...words);
}
