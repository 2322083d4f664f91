// Kind 5: a signed answer at once, beside whatever computes. It takes no place, no memory and no lock; how often a validator may ask is
// bounded, since each answer costs two signatures' time and a remembered nonce.
import { presenceCommitment } from '../../protocol/challenges/presence.ts';
import type { Hex } from '../../protocol/bytes.ts';
import { PRESENCE_BURST_MAX, PRESENCE_EVERY_MS } from '../limits.ts';
import { Refusal } from '../problem.ts';
import type { Accepted } from './checks.ts';
import type { PresenceJob } from './job.ts';
import type { Work } from './work.ts';

/** So many questions at once, and one more at each interval; for each operator by itself. */
export type Rate = {
  /** @throws Refusal('too-often') */
  count(operator: Hex, now: number): void;
};

export function createRate(burst: number = PRESENCE_BURST_MAX, everyMs: number = PRESENCE_EVERY_MS): Rate {
  /** When all questions of an operator are made good again. */
  const debts = new Map<Hex, number>();
  return {
    count(operator, now) {
      for (const [other, until] of debts) if (until <= now) debts.delete(other);
      const until = Math.max(now, debts.get(operator) ?? now) + everyMs;
      if (until > now + burst * everyMs) throw new Refusal('too-often');
      debts.set(operator, until);
    },
  };
}

export function answerPresence({ parts, presence, metrics }: Work, accepted: Accepted<PresenceJob>): Uint8Array {
  const { sender, challengeHash, message, job } = accepted;
  const { nonce, deadline } = message.challenge;
  presence.count(sender.operator, parts.now());
  parts.nonces.use(sender, nonce, deadline, parts.now());
  const { domain } = message;
  metrics.observeJob('presence', 0, 0);
  parts.log('present', { validator: sender.operator, challengeHash, region: job.params.region });
  return parts.answers.commitment(parts.signer, { domain, challengeHash, commitment: presenceCommitment(nonce), roots: [] });
}
