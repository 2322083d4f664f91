// Which transcripts to look at: a uniform sample without replacement that follows from one seed, so that it can be repeated.
// The seed must be unknown to the validator when it seals: draw it after the archive is public.
import { roundAt } from '../beacon.ts';
import { KIND_PRESENCE } from '../challenge.ts';
import { concat, fromHex, toHex, u32, ZERO32, type Hex } from '../bytes.ts';
import { hmac, sha256, tag } from '../hash.ts';
import type { Policy } from '../policy.ts';
import type { AuditRow } from '../record.ts';
import { epochStart, type EpochClock } from '../schedule.ts';

/** Rows that have a transcript. */
export function withTranscript(rows: readonly AuditRow[]): AuditRow[] {
  return rows.filter((row) => row.transcriptHash !== ZERO32);
}

type Ranked = { readonly row: AuditRow; readonly index: number; readonly rank: number };

/** Presence may be asked far oftener than anything else: with a sample of its own it takes no place from the timed kinds. */
const GROUPS: readonly ((row: AuditRow) => boolean)[] = [
  ({ kind }) => kind !== KIND_PRESENCE,
  ({ kind }) => kind === KIND_PRESENCE,
];

function byRank(a: Ranked, b: Ranked): number {
  return a.rank - b.rank || a.index - b.index;
}

/**
 * Of the rows with a transcript `count` of the timed kinds and `count` of presence, or all where there are no more, in draw order.
 * @param seed 32 bytes
 */
export function sampleRows(rows: readonly AuditRow[], count: number, seed: Hex): AuditRow[] {
  const key = hmac(fromHex(seed, 32), tag('assay/replay-sample'));
  // Ordering by a pseudo-random function of the place is a uniform shuffle; a bias would need a collision of 48 bits.
  const ranked = withTranscript(rows).map((row, index) => {
    const word = hmac(key, u32(row.slot), u32(row.draw));
    const view = new DataView(word.buffer, word.byteOffset);
    return { row, index, rank: view.getUint32(0) * 2 ** 16 + view.getUint16(4) };
  });
  const chosen = GROUPS.flatMap((inGroup) =>
    ranked
      .filter(({ row }) => inGroup(row))
      .sort(byRank)
      .slice(0, count),
  );
  return chosen.sort((a, b) => a.index - b.index).map(({ row }) => row);
}

/** How many of a validator's replayed transcripts (of each group) are everybody's sample; the rest are its own. */
export const publicSampleCount = (replayTranscripts: number): number => Math.ceil(replayTranscripts / 2);

/** The first beacon round after an epoch's reveal: nobody knew it when the archives were committed to. */
export function sampleRound(clock: EpochClock, { beacon, schedule }: Pick<Policy, 'beacon' | 'schedule'>, epoch: number): number {
  return roundAt(beacon, 1000 * (epochStart(clock, epoch + 1) + schedule.revealSeconds)) + 1;
}

/** The seed of everybody's sample of one validator's archive. @param randomness of `sampleRound` @param validator operator address */
export function publicSampleSeed(randomness: Hex, validator: Hex): Hex {
  return toHex(sha256(concat(tag('assay/public-sample'), fromHex(randomness, 32), fromHex(validator, 20))));
}
