// Kind 5: a signed answer at once, beside whatever computes. It takes no place, no memory and no lock; how often a validator may ask is
// bounded, since each answer costs two signatures' time and a remembered nonce.
import { presenceCommitment } from '../../protocol/challenges/presence.ts';
import type { Accepted } from './checks.ts';
import type { PresenceJob } from './job.ts';
import type { Rate } from './rate.ts';
import type { Work } from './work.ts';

/** @param presence how often this is done for each validator */
export function answerPresence({ parts, metrics }: Work, accepted: Accepted<PresenceJob>, presence: Rate): Uint8Array {
  const { sender, challengeHash, message, job } = accepted;
  const { nonce, deadline } = message.challenge;
  presence.count(sender.operator, parts.now());
  parts.nonces.use(sender, nonce, deadline, parts.now());
  const { domain } = message;
  metrics.observeJob('presence', 0, 0);
  parts.log('present', { validator: sender.operator, challengeHash, region: job.params.region });
  return parts.answers.commitment(parts.signer, { domain, challengeHash, commitment: presenceCommitment(nonce), roots: [] });
}
