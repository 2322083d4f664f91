// One signed report an epoch, whatever happens to the database: the lock lives with the key's own object. An object that finds
// itself empty while the registry knows reports of this validator has lost its memory and abstains until the epoch after next.
import type { Hex } from '../../../protocol/bytes.ts';
import { reportDigest, type EpochReport } from '../../../protocol/report.ts';
import type { Domain } from '../../../protocol/domain.ts';
import type { ChainSeen, SignedReport } from '../ports.ts';

/** Durable memory of what was signed. */
export type SigningLock = {
  readonly signed: (epoch: number) => SignedReport | null;
  readonly keep: (signed: SignedReport) => void;
  /** First epoch that may be signed; null before the first call ever. */
  readonly resumeAt: () => number | null;
  readonly begin: (resumeAt: number) => void;
};

export function signOnce(
  lock: SigningLock,
  sign: (digest: Hex) => Hex,
  domain: Domain,
  input: { report: EpochReport; seen: ChainSeen },
): SignedReport | null {
  const { report, seen } = input;
  if (lock.resumeAt() === null) lock.begin(seen.lastEpoch === null ? 0 : seen.currentEpoch + 2);
  const earlier = lock.signed(report.epoch);
  if (earlier !== null) return earlier;
  if (report.epoch < (lock.resumeAt() ?? 0)) return null;
  const signed = { report, signature: sign(reportDigest(domain, report)) };
  lock.keep(signed);
  return signed;
}
