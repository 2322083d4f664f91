// One signed report an epoch, and one signed root an epoch and round, whatever happens to the database: the lock lives with the key's own
// object. An object that finds itself empty although the validator may have signed before has lost its memory, and abstains from both
// until the epoch after next.
import type { Hex } from '../../../protocol/bytes.ts';
import { rootDigest } from '../../../protocol/consensus/root.ts';
import type { EpochRoot, Statement } from '../../../protocol/consensus/types.ts';
import { reportDigest, type EpochReport } from '../../../protocol/report.ts';
import type { Domain } from '../../../protocol/domain.ts';
import type { ChainSeen, SignedReport } from '../ports.ts';

/** Durable memory of what was signed, for one registry and signer. */
export type SigningLock = {
  readonly signed: (epoch: number) => SignedReport | null;
  readonly keep: (signed: SignedReport) => void;
  readonly signedRoot: (epoch: number, round: number) => Statement | null;
  readonly keepRoot: (statement: Statement) => void;
  /** First epoch that may be signed; null before the first call ever. */
  readonly resumeAt: () => number | null;
  readonly begin: (resumeAt: number) => void;
};

type Sign = (digest: Hex) => Hex;

/**
 * From where an object with an empty memory signs. A validator's first report is signed in the epoch after its first seat, so at that
 * time none is on chain and there was no seat the epoch before that one: it begins at once, with nothing older than that first epoch.
 */
function firstEpoch({ lastEpoch, currentEpoch, seatedBefore }: ChainSeen): number {
  return lastEpoch !== null || seatedBefore ? currentEpoch + 2 : Math.max(0, currentEpoch - 1);
}

/** Whether the object's memory reaches back far enough to sign for that epoch. */
function remembers(lock: SigningLock, epoch: number, seen: ChainSeen): boolean {
  if (lock.resumeAt() === null) lock.begin(firstEpoch(seen));
  return epoch >= (lock.resumeAt() ?? 0);
}

export function signOnce(
  lock: SigningLock,
  sign: Sign,
  domain: Domain,
  input: { report: EpochReport; seen: ChainSeen },
): SignedReport | null {
  const { report, seen } = input;
  const able = remembers(lock, report.epoch, seen);
  const earlier = lock.signed(report.epoch);
  if (earlier !== null) return earlier;
  if (!able) return null;
  const signed = { report, signature: sign(reportDigest(domain, report)) };
  lock.keep(signed);
  return signed;
}

/** The root signed now, or the one signed earlier for its epoch and round; null while the signer abstains. */
export function signRootOnce(
  lock: SigningLock,
  sign: Sign,
  domain: Domain,
  input: { root: EpochRoot; validator: Hex; seen: ChainSeen },
): Statement | null {
  const { root, validator, seen } = input;
  const able = remembers(lock, root.epoch, seen);
  const earlier = lock.signedRoot(root.epoch, root.round);
  if (earlier !== null) return earlier;
  if (!able) return null;
  const statement = { validator, root, signature: sign(rootDigest(domain, root)) };
  lock.keepRoot(statement);
  return statement;
}
