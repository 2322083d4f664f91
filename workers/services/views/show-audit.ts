// One audit with its whole way to the chain: record, hash, proof, root, transaction.
import { toHex, type Hex } from '../../../protocol/bytes.ts';
import { auditLeaf, recordHash, type AuditRecord } from '../../../protocol/record.ts';
import { verifyStandardProof } from '../../../protocol/trees/standard.ts';
import type { AuditDetail } from '../../../schema/api/audits.ts';
import { REASON_TEXT } from '../../../schema/api/reasons.ts';
import type { AuditId } from '../../../schema/api/requests.ts';
import { found, missing, type Answer } from './answer.ts';
import { horizonOf } from './horizon.ts';
import { auditId } from './node-item.ts';
import { readProof } from './read-proof.ts';
import type { AuditView, EpochView, WebPorts } from './ports.ts';
import { noOwnAudits, revealedEpoch } from './revealed-epoch.ts';

const VERIFY = [
  'recordHash is the EIP-712 struct hash of `record` as an AuditRecord; outcome and reason by their codes.',
  'inclusion.leaf is keccak(keccak(abi.encode(epoch, validator, slot, draw, recordHash))).',
  'inclusion.proof leads from the leaf to auditRoot (OpenZeppelin MerkleProof).',
  'auditRoot stands in the EpochReport that the transaction posted to the registry.',
  'The transcript hashes (SHA-256) to record.transcriptHash; docs/protocol.md says how to derive the verdict from it again.',
];

type RevealedAudit = { audit: AuditView; epoch: EpochView; validator: Hex };

export async function revealedAudit(ports: WebPorts, place: AuditId): Promise<Answer<RevealedAudit>> {
  const { validator } = ports.settings;
  if (validator === null) return noOwnAudits();
  const epoch = await revealedEpoch(ports, place.epoch);
  if (!epoch.ok) return epoch;
  const audit = await ports.views.audit(horizonOf(ports), place);
  if (audit !== null) return found({ audit, epoch: epoch.value, validator });
  const detail = `Epoch ${place.epoch} has no record of slot ${place.slot}, draw ${place.draw}. An idle draw leaves none.`;
  return missing('not-found', detail);
}

export function recordOf(validator: Hex, row: AuditView): AuditRecord {
  const { epoch, slot, draw, nodeId, kind, challengeHash, commitment, openingHash, outcome, reason } = row;
  const { elapsedMs, measure, freshnessRound, startedAt, transcriptHash } = row;
  const ids = { epoch, slot, draw, validator, nodeId, kind, challengeHash, commitment, openingHash, outcome, reason };
  return { ...ids, elapsedMs, measure, freshnessRound, startedAt, transcriptHash };
}

async function inclusionOf(
  ports: WebPorts,
  row: AuditView,
  leaf: Uint8Array,
  root: EpochView['auditRoot'],
): Promise<AuditDetail['inclusion']> {
  if (row.treePlace === null) return null;
  const proof = await readProof(ports, row.epoch, row.treePlace);
  if (proof === null) return null;
  if (!verifyStandardProof(root, leaf, proof)) throw new Error(`The stored tree of epoch ${row.epoch} does not fit its rows.`);
  return { leaf: toHex(leaf), proof };
}

export async function showAudit(ports: WebPorts, input: { id: AuditId }): Promise<Answer<AuditDetail>> {
  const answer = await revealedAudit(ports, input.id);
  if (!answer.ok) return answer;
  const { audit, epoch, validator } = answer.value;
  const record = recordOf(validator, audit);
  const hash = recordHash(record);
  const id = auditId(audit);
  const { reportHash, transactionHash, blockNumber, auditRoot } = epoch;
  return found({
    id,
    nodeIndex: audit.nodeIndex,
    record,
    explanation: REASON_TEXT[audit.reason],
    recordHash: hash,
    auditRoot,
    inclusion: await inclusionOf(ports, audit, auditLeaf(record, hash), auditRoot),
    report: epoch.state === 'posted' && reportHash !== null ? { hash: reportHash, transactionHash, blockNumber } : null,
    transcript:
      audit.transcriptLength === null
        ? null
        : { sha256: audit.transcriptHash, bytes: audit.transcriptLength, href: `/v1/audits/${id}/transcript` },
    verify: VERIFY,
  });
}
