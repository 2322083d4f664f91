// The answers of an honest node: what it says and what it signs are the same values.
import { toHex } from '../../protocol/bytes.ts';
import { sha256 } from '../../protocol/hash.ts';
import { busyPayload } from '../../protocol/busy.ts';
import { encodeBusyMessage, encodeCommitmentMessage, encodeOpeningMessage, encodeReadyMessage } from '../../protocol/messages.ts';
import { commitmentPayload, drawHash, openingPayload } from '../../protocol/receipts.ts';
import type { Answers } from './parts.ts';

export const honestAnswers: Answers = {
  commitment(signer, { domain, challengeHash, commitment, roots }) {
    const signature = signer.sign(commitmentPayload(domain, signer.nodeId, challengeHash, commitment));
    return encodeCommitmentMessage({ nodeId: signer.nodeId, challengeHash, commitment, signature: toHex(signature), roots });
  },
  opening(signer, { domain, challengeHash, commitment, positions, openings }) {
    const drawn = drawHash(challengeHash, commitment, positions);
    const signature = signer.sign(openingPayload(domain, challengeHash, commitment, drawn, toHex(sha256(openings))));
    return encodeOpeningMessage({ challengeHash, commitment, signature: toHex(signature), openings });
  },
  ready: (_signer, challengeHash) => encodeReadyMessage({ challengeHash }),
  busy(signer, { domain, challengeHash, rival }) {
    const { nodeId } = signer;
    const signature = signer.sign(busyPayload(domain, { nodeId, challengeHash, rivalHash: rival.challengeHash }));
    return encodeBusyMessage({ nodeId, challengeHash, signature: toHex(signature), rival: rival.body });
  },
};
