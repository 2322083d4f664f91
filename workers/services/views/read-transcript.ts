// The messages of one audit as they went over the wire: a part of its chunk's object.
import { toHex, type Hex } from '../../../protocol/bytes.ts';
import { sha256 } from '../../../protocol/hash.ts';
import type { AuditId } from '../../../schema/api/requests.ts';
import { TRANSCRIPT_BYTES_MAX } from '../../../schema/wire/limits.ts';
import { found, missing, type Answer } from './answer.ts';
import type { WebPorts } from './ports.ts';
import { readBytes } from './read-bytes.ts';
import { revealedAudit } from './show-audit.ts';

export async function readTranscript(
  ports: WebPorts,
  input: { id: AuditId },
): Promise<Answer<{ bytes: Uint8Array<ArrayBuffer>; hash: Hex }>> {
  const answer = await revealedAudit(ports, input.id);
  if (!answer.ok) return answer;
  const { epoch, slot, chunk, transcriptOffset: offset, transcriptLength: length, transcriptHash } = answer.value.audit;
  if (chunk === null || offset === null || length === null) {
    return missing('not-found', 'This audit has no transcript: no challenge was sent.');
  }
  const bytes = await readBytes(ports, `transcripts/${epoch}/${slot}/${chunk}`, TRANSCRIPT_BYTES_MAX, { offset, length });
  if (bytes === null) return missing('not-found', 'The transcript is not stored here any more. Its hash is in the record.');
  const hash = toHex(sha256(bytes));
  if (hash !== transcriptHash) throw new Error(`The stored transcript of ${epoch}-${slot} does not have its hash.`);
  return found({ bytes, hash });
}
