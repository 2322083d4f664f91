// Mirrors the archives of everybody with a seat once they are public (docs/protocol.md, section 15). A few at a time, newest epoch
// first, each for itself: what one peer does or does not do never keeps another's archive from being looked at.
import type { Hex } from '../../../protocol/bytes.ts';
import type { Policy } from '../../../protocol/policy.ts';
import { drawsPerEpoch, epochStart, slotAt, type EpochClock, type EpochNode } from '../../../protocol/schedule.ts';
import {
  MIRRORS_IN_FLIGHT_MAX,
  MIRRORS_PER_TICK_MAX,
  MIRROR_ARCHIVE_MS_MAX,
  MIRROR_ABSENT_TRIES_MAX,
  MIRROR_EPOCHS_BACK_MAX,
  MIRROR_FAILURES_MAX,
  MIRROR_RECORDS_MAX,
  MIRROR_RETRY_MS,
  MIRROR_RETRY_MS_MAX,
  MIRROR_TICK_MS_MAX,
  ROUND_LAG_EPOCHS_MAX,
} from '../../limits.ts';
import { semaphore } from '../semaphore.ts';
import { epochInRounds } from './agree-round.ts';
import { mirrorSeat, reviewSeat, type SeatEpoch } from './mirror-seat.ts';
import { gatherObjections } from './objections.ts';
import { observe } from './observe.ts';
import type { Mirror, NetworkContext, NetworkEpoch, PeerSeat } from './ports.ts';

type DueEpoch = {
  readonly known: NetworkEpoch;
  readonly policy: Policy;
  /** Its rounds are over: its reports may still be in a later root's set. */
  readonly isClosed: boolean;
  /** No later root can count its reports, or it is too long ago for us: what is not here now is waited for no longer. */
  readonly isOver: boolean;
  readonly nodes: () => Promise<readonly EpochNode[]>;
  readonly mirrors: ReadonlyMap<Hex, Mirror>;
};

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => (made ??= make());
}

type Mirrors = DueEpoch['mirrors'];

async function dueEpoch(context: NetworkContext, epoch: number, nowMs: number, mirrors: Mirrors): Promise<DueEpoch | null> {
  const { clock, ports } = context;
  const known = await observe(context, epoch);
  const policy = context.policyOf(known.policyHash);
  if (nowMs < 1000 * (epochStart(clock, epoch + 1) + policy.schedule.revealSeconds)) return null;
  const inRounds = epochInRounds(clock, policy, nowMs);
  const isOver = epoch <= inRounds - Math.min(policy.consensus.windowEpochs, MIRROR_EPOCHS_BACK_MAX);
  return {
    ...{ known, policy, isClosed: epoch < inRounds, isOver },
    nodes: once(() => ports.store.allNodes(epoch)),
    mirrors,
  };
}

/** What is stored of each epoch, by validator. */
async function storedMirrors({ ports }: NetworkContext, from: number, through: number): Promise<(epoch: number) => Mirrors> {
  const byEpoch = new Map<number, Map<Hex, Mirror>>();
  for (const mirror of await ports.store.mirrors(from, through)) {
    const known = byEpoch.get(mirror.epoch) ?? new Map<Hex, Mirror>();
    byEpoch.set(mirror.epoch, known.set(mirror.validator, mirror));
  }
  return (epoch) => byEpoch.get(epoch) ?? new Map<Hex, Mirror>();
}

/** Revealed epochs that no posted root has settled, newest first. @param failed is told what keeps an epoch from being looked at */
async function dueEpochs(context: NetworkContext, nowMs: number, failed: (error: unknown) => void): Promise<DueEpoch[]> {
  const current = slotAt(context.clock, nowMs)?.epoch ?? 0;
  const settled = (await context.ports.store.lastRoot())?.epoch ?? -1;
  const due: DueEpoch[] = [];
  let failures = 0;
  const oldest = Math.max(0, settled + 1, current - 1 - ROUND_LAG_EPOCHS_MAX - MIRROR_EPOCHS_BACK_MAX);
  const stored = await storedMirrors(context, oldest, current);
  const end = context.ports.clock.nowMs() + MIRROR_ARCHIVE_MS_MAX; // many that were never observed: the rest comes with later ticks
  for (let epoch = current - 1; epoch >= oldest; epoch--) {
    if (context.ports.clock.nowMs() >= end || failures >= MIRROR_FAILURES_MAX) break;
    const found = await dueEpoch(context, epoch, nowMs, stored(epoch)).catch((error: unknown) => {
      failures++; // an RPC that is away is not asked about every epoch
      failed(error);
    });
    if (found) due.push(found);
  }
  return due;
}

/** Milliseconds after a try before the next one: never so long that what comes back misses an epoch's rounds. */
export function retryGap({ slotSeconds, slotsPerEpoch }: EpochClock, attempts: number): number {
  const quarterMs = 250 * slotSeconds * slotsPerEpoch;
  return Math.min(MIRROR_RETRY_MS_MAX, quarterMs, MIRROR_RETRY_MS * 2 ** Math.max(0, attempts - 1));
}

/** Whether a seat's archive is to be tried now. */
function isDue(clock: EpochClock, due: DueEpoch, before: Mirror | undefined, nowMs: number): boolean {
  if (before === undefined) return !due.isOver;
  if (before.state === 'verified' || before.state === 'failed') return false;
  // The deadline is long past, and an RPC that lags has had its time.
  if (before.state === 'absent' && (due.isOver || (due.isClosed && before.attempts >= MIRROR_ABSENT_TRIES_MAX))) return false;
  // Another tick works on it, or was cut off.
  if (before.state === 'waiting' && before.check === null) return nowMs >= before.updatedAtMs + 2 * MIRROR_ARCHIVE_MS_MAX;
  return nowMs >= before.updatedAtMs + retryGap(clock, before.attempts);
}

function itemOf(due: DueEpoch, seat: PeerSeat): SeatEpoch {
  const before = due.mirrors.get(seat.operator);
  return { known: due.known, policy: due.policy, nodes: due.nodes, seat, before, isLast: due.isOver };
}

/** Epochs whose rounds go on first; in each group those that failed often last, so that none stands before one not tried yet. */
function itemsDue(clock: EpochClock, epochs: readonly DueEpoch[], nowMs: number): SeatEpoch[] {
  const group = (isClosed: boolean): SeatEpoch[] =>
    epochs
      .filter((due) => due.isClosed === isClosed)
      .flatMap((due) => due.known.seats.map((seat) => itemOf(due, seat)).filter(({ before }) => isDue(clock, due, before, nowMs)))
      .sort((a, b) => (a.before?.attempts ?? 0) - (b.before?.attempts ?? 0));
  return [...group(false), ...group(true)].slice(0, MIRRORS_PER_TICK_MAX);
}

/** Records of an epoch on average: those that draw a whole cohort are few. */
function recordsOf({ kinds }: Policy, draws: number): number {
  const weights = kinds.reduce((sum, { weight }) => sum + weight, 0);
  return (draws * kinds.reduce((sum, { weight, cohort }) => sum + weight * cohort, 0)) / weights;
}

/** How many archives' records fit into memory together. */
function widthFor({ clock }: NetworkContext, items: readonly SeatEpoch[]): number {
  const records = items.map(({ known, policy }) => {
    const { epoch, nodeCount, seats } = known;
    return recordsOf(policy, drawsPerEpoch({ epoch, clock, policy, nodeCount, validatorCount: seats.length }));
  });
  return Math.max(1, Math.min(MIRRORS_IN_FLIGHT_MAX, Math.floor(MIRROR_RECORDS_MAX / Math.max(1, ...records))));
}

/** Runs all, a few at a time and none after the tick's time; the first error is thrown when all had their turn. */
async function each(
  context: NetworkContext,
  items: readonly SeatEpoch[],
  work: (item: SeatEpoch) => Promise<void>,
): Promise<void> {
  const { clock } = context.ports;
  const end = clock.nowMs() + MIRROR_TICK_MS_MAX;
  const places = semaphore(widthFor(context, items));
  const run = (item: SeatEpoch): Promise<void> =>
    places.run(1, async () => {
      if (clock.nowMs() < end) await work(item);
    });
  const settled = await Promise.allSettled(items.map(run));
  const broken = settled.find((result) => result.status === 'rejected');
  if (broken !== undefined) throw broken.reason;
}

/** Told objections, and archives that were verified before they were told. */
async function reviewDue(context: NetworkContext, due: DueEpoch): Promise<void> {
  const { store } = context.ports;
  const { epoch, seats } = due.known;
  await gatherObjections(context, due.known);
  const objections = await store.objections(epoch);
  const open = new Set(objections.flatMap(({ validator, confirmed }) => (confirmed === false ? [] : [validator])));
  const now = new Map((await store.mirrors(epoch, epoch)).map((mirror) => [mirror.validator, mirror]));
  const items = seats.filter(({ operator }) => open.has(operator) && now.get(operator)?.state === 'verified');
  await each(
    context,
    items.map((seat) => itemOf(due, seat)),
    async (item) => {
      const verified = now.get(item.seat.operator);
      if (verified !== undefined) await reviewSeat(context, item, verified);
    },
  );
}

/**
 * Everything that is due now.
 * @throws ChainError, DomainError: the first of what went wrong here, after everything else had its turn
 */
export async function mirrorDue(context: NetworkContext, nowMs: number): Promise<void> {
  const errors: unknown[] = [];
  const failed = (error: unknown): void => {
    errors.push(error);
  };
  const epochs = await dueEpochs(context, nowMs, failed);
  const work = [
    () => each(context, itemsDue(context.clock, epochs, nowMs), (item) => mirrorSeat(context, item)),
    ...epochs.filter(({ isClosed }) => !isClosed).map((due) => () => reviewDue(context, due)),
  ];
  for (const part of work) await part().catch(failed);
  if (errors.length > 0) throw errors[0];
}
