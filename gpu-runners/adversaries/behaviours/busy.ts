// Says that it is busy whenever there is work to do. The rival's challenge that it must show for that is made up, or one that is over;
// or a real one, from a validator that is in league with it and signs as many as it wants.
import { randomBytes } from 'node:crypto';
import { toHex } from '../../../protocol/bytes.ts';
import { KIND_PRESENCE, challengeHash, type Challenge } from '../../../protocol/challenge.ts';
import type { Domain } from '../../../protocol/domain.ts';
import { decodeChallengeMessage, encodeChallengeMessage } from '../../../protocol/messages.ts';
import { signDigest } from '../../../protocol/signer.ts';
import type { LockJob } from '../../server/lock.ts';
import type { Behaviour } from '../behaviour.ts';
import { octets, withFront } from '../front.ts';

/** A challenge to this node, from somebody else. */
function rivalOf(
  domain: Domain,
  challenge: Challenge,
  params: Uint8Array,
  operator: Challenge['validator'],
  key: Uint8Array,
): LockJob {
  const other = { ...challenge, validator: operator, nonce: toHex(randomBytes(32)) };
  const hash = challengeHash(domain, other);
  const body = encodeChallengeMessage({ domain, challenge: other, params, signature: signDigest(hash, key) });
  return { challengeHash: hash, epoch: other.epoch, deadline: other.deadline, body };
}

type Excuse = (body: Uint8Array) => LockJob;

function alwaysBusy(makeExcuse: (options: Parameters<Behaviour>[1]) => Excuse): Behaviour {
  return withFront(({ answers, signer }, options) => {
    const excuse = makeExcuse(options);
    return async ({ path, body }, next) => {
      if (path !== '/v1/challenges') return next();
      const { domain, challenge } = decodeChallengeMessage(body);
      if (challenge.kind === KIND_PRESENCE) return next(); // it is there, after all
      return octets(answers.busy(signer, { domain, challengeHash: challengeHash(domain, challenge), rival: excuse(body) }));
    };
  });
}

/** Signed by a key that no validator has. */
function madeUp(body: Uint8Array): LockJob {
  const { domain, challenge, params } = decodeChallengeMessage(body);
  return rivalOf(domain, challenge, params, toHex(randomBytes(20)), Uint8Array.from(randomBytes(32)));
}

export const falseBusyMadeUp = alwaysBusy(() => madeUp);

/** How long after its deadline a challenge excuses nobody any more. */
const OVER_MS = 60_000;

/** The first challenge that it ever got, once that is long over; until then the very one that it turns away. */
export const falseBusyOld = alwaysBusy(() => {
  let first: LockJob | null = null;
  return (body) => {
    const { domain, challenge } = decodeChallengeMessage(body);
    const { epoch, deadline } = challenge;
    const present = { challengeHash: challengeHash(domain, challenge), epoch, deadline, body: body.slice() };
    first ??= present;
    return first.deadline + OVER_MS < Date.now() ? first : present;
  };
});

/** Without a rival it has to make one up. */
export const busyHog = alwaysBusy(({ rival }) => (body) => {
  if (rival === undefined || rival === null) return madeUp(body);
  const { domain, challenge, params } = decodeChallengeMessage(body);
  return rivalOf(domain, challenge, params, rival.operator, rival.key);
});
