// One transcript, from its bytes to a verdict: what was sent is what had to be sent, every signature holds, and the judge that
// the auditor used comes to the record's verdict again.
import { toHex } from '../bytes.ts';
import { sha256 } from '../hash.ts';
import type { AuditRow } from '../record.ts';
import { decodeTranscript } from '../transcript.ts';
import { judgeTranscript, type Basis } from './answers.ts';
import { drawName, fieldFault, guarded } from './check.ts';
import { auditCaseOf } from './records.ts';
import type { Replay } from './replay.ts';

export type { Basis } from './answers.ts';
export type TranscriptCheck = { readonly basis: Basis; readonly failure: string | null };

/** Judges one record by its transcript. The record itself must have passed its own check. */
export function checkTranscript(replay: Replay, row: AuditRow, bytes: Uint8Array): TranscriptCheck {
  const name = drawName(row);
  let basis: Basis = 'derived';
  const failure = guarded(() => {
    const wrong = fieldFault([[`${name} transcriptHash`, row.transcriptHash, toHex(sha256(bytes))]]);
    if (wrong !== null) return wrong;
    const due = replay.dueAt(row);
    const audit = due === undefined ? null : auditCaseOf(replay, row, due);
    if (audit === null) return `${name}: not due, or its freshness round is not in the archive`;
    const judged = judgeTranscript({ replay, row, audit, transcript: decodeTranscript(bytes) });
    if ('fault' in judged) return judged.fault;
    basis = judged.basis;
    return fieldFault([
      [`${name} reason, derived from its transcript`, judged.reason ?? row.reason, row.reason],
      [`${name} commitment, derived from its transcript`, judged.commitment, row.commitment],
      [`${name} openingHash, derived from its transcript`, judged.openingHash, row.openingHash],
    ]);
  });
  return { basis, failure: failure === null || failure.startsWith(name) ? failure : `${name}: ${failure}` };
}
