// From a report set to the root that follows from it. Everything is read from the store, whatever the time: two validators with
// the same posted roots behind them compute the same root, and one that lacks something says what.
import type { Hex } from '../../../protocol/bytes.ts';
import { consensus } from '../../../protocol/consensus/rule.ts';
import type {
  ConsensusInput,
  ConsensusReport,
  ConsensusResult,
  EpochRoot,
  Leaves,
  PreviousRoot,
  ReportEntry,
} from '../../../protocol/consensus/types.ts';
import { ProtocolError } from '../../../protocol/errors.ts';
import { DomainError } from '../../errors.ts';
import { TALLY_EPOCHS_A_READ } from '../../limits.ts';
import type { Mirror, NetworkContext, NetworkEpoch, NetworkStore, ReportTallies, StoredRoot } from './ports.ts';

export type Computed = { readonly result: ConsensusResult; readonly root: Omit<EpochRoot, 'round' | 'policyHash'> };

/** What the rule needs and is not here: in one clause, and whether it was posted before this deployment began to follow. */
export type Lack = { readonly missing: string; readonly isPast: boolean };

class Missing extends Error {
  readonly isPast: boolean;
  constructor(message: string, isPast = false) {
    super(message);
    this.isPast = isPast;
  }
}

/** Names the one report that a validator has in an epoch. */
const at = (entry: { readonly epoch: number; readonly validator: string }): string => `${String(entry.epoch)}/${entry.validator}`;

/** Finds an item by its epoch and validator. */
export function byPlace<T extends { readonly epoch: number; readonly validator: Hex }>(
  items: readonly T[],
): (wanted: Pick<ReportEntry, 'epoch' | 'validator'>) => T | undefined {
  const places = new Map(items.map((item) => [at(item), item]));
  return (wanted) => places.get(at(wanted));
}

async function knownEpoch({ ports }: NetworkContext, epoch: number): Promise<NetworkEpoch> {
  const known = await ports.store.epoch(epoch);
  if (known === null) throw new Missing(`the seats and nodes of epoch ${String(epoch)} are not known here yet`);
  return known;
}

async function previousOf({ ports }: NetworkContext, previous: StoredRoot | null): Promise<PreviousRoot | null> {
  if (previous === null) return null;
  const leaves: Leaves | null = await ports.store.leaves(previous.epoch);
  if (leaves === null) throw new Missing(`the leaves of the root before, of epoch ${String(previous.epoch)}, are not here`);
  return { epoch: previous.epoch, rootHash: previous.rootHash, leaves };
}

/** The report sets of the posted roots before, as far back as the window goes. */
async function windowEntries(
  { ports }: NetworkContext,
  previous: StoredRoot | null,
  oldest: number,
): Promise<readonly ReportEntry[]> {
  if (previous === null) return [];
  const stored = await ports.store.roots(oldest, previous.epoch);
  const byEpoch = new Map(stored.map((root) => [root.epoch, root]));
  const entries: ReportEntry[] = [];
  for (let epoch: number | null = previous.epoch; epoch !== null && epoch >= oldest;) {
    const root: StoredRoot | undefined = epoch === previous.epoch ? previous : byEpoch.get(epoch);
    if (root === undefined)
      throw new Missing(`the root of epoch ${String(epoch)}, inside its window, is from before this deployment`, true);
    const set = await ports.store.reportSet(root.root.reportSetHash);
    if (set === null) throw new Missing(`the report set of the root of epoch ${String(epoch)} is not here`);
    entries.push(...set.filter((entry) => entry.epoch >= oldest));
    epoch = root.previousEpoch;
  }
  return entries;
}

/** Whether this very report was taken in. What the quorum took in although a check failed here has its numbers, too. */
export const takenIn = (mirror: Mirror | undefined, entry: ReportEntry): boolean =>
  mirror?.state === 'verified' && mirror.reportHash === entry.reportHash;

/** The window's tallies in a few reads: a question for each of its thousands of reports would be above what an invocation may ask. */
async function readTallies(store: NetworkStore, from: number, through: number): Promise<ReportTallies[]> {
  const found: ReportTallies[] = [];
  for (let epoch = from; epoch <= through; epoch += TALLY_EPOCHS_A_READ) {
    found.push(...(await store.tallies(epoch, Math.min(through, epoch + TALLY_EPOCHS_A_READ - 1))));
  }
  return found;
}

async function withTallies({ ports }: NetworkContext, entries: readonly ReportEntry[]): Promise<ConsensusReport[]> {
  if (entries.length === 0) return [];
  const epochs = entries.map(({ epoch }) => epoch);
  const [from, through] = [Math.min(...epochs), Math.max(...epochs)];
  const mirrorOf = byPlace(await ports.store.mirrors(from, through));
  const absent = entries.find((entry) => !takenIn(mirrorOf(entry), entry));
  if (absent !== undefined) {
    throw new Missing(
      `report ${absent.reportHash} of ${absent.validator} for epoch ${String(absent.epoch)} is not verified here`,
    );
  }
  const talliesOf = byPlace(await readTallies(ports.store, from, through));
  return entries.map((entry) => {
    const mirror = mirrorOf(entry);
    return { ...entry, due: mirror?.due ?? 0, done: mirror?.done ?? 0, tallies: talliesOf(entry)?.tallies ?? [] };
  });
}

async function inputOf(
  context: NetworkContext,
  epoch: number,
  entries: readonly ReportEntry[],
  last: StoredRoot | null,
): Promise<ConsensusInput> {
  const known = await knownEpoch(context, epoch);
  const policy = context.policyOf(known.policyHash);
  const previous = await previousOf(context, last);
  const window = await windowEntries(context, last, epoch - policy.consensus.windowEpochs + 1);
  const nodes = await context.ports.store.allNodes(epoch);
  return {
    epoch,
    policy,
    seats: known.seats,
    nodes: nodes.map(({ index, nodeId, operator, retired }) => ({ index, nodeId, operator, retired })),
    fresh: await withTallies(context, entries),
    window: await withTallies(context, window),
    previous,
  };
}

/** As `computeRoot`, but says what is missing. */
export async function tryCompute(
  context: NetworkContext,
  epoch: number,
  entries: readonly ReportEntry[],
  previous: StoredRoot | null,
): Promise<Computed | Lack> {
  try {
    const result = consensus(await inputOf(context, epoch, entries, previous));
    return { result, root: { epoch, ...result.roots } };
  } catch (error) {
    if (error instanceof Missing) return { missing: error.message, isPast: error.isPast };
    // A set that no rule allows, whoever signed it.
    if (error instanceof ProtocolError) return { missing: `a report set that can be counted: ${error.message}`, isPast: false };
    throw error;
  }
}

/**
 * The root of an epoch over a report set.
 * @param previous the posted root that it follows; null before the first
 * @throws DomainError not_ready when a report, a window's root or the previous leaves are not here
 */
export async function computeRoot(
  context: NetworkContext,
  epoch: number,
  entries: readonly ReportEntry[],
  previous: StoredRoot | null,
): Promise<Computed> {
  const computed = await tryCompute(context, epoch, entries, previous);
  if ('root' in computed) return computed;
  throw new DomainError('not_ready', `The root of epoch ${String(epoch)} cannot be computed yet: ${computed.missing}.`);
}
