// Posted roots are everybody's, whatever was computed here. Each is taken in after its reports have been fetched and the same root came
// out; else it is disputed, with the reason. Who was away, or is new, takes what it cannot compute from peers, checked against the chain.
import type { Hex } from '../../../protocol/bytes.ts';
import { firstDifference } from '../../../protocol/consensus/leaves.ts';
import type { Leaves, ReportEntry } from '../../../protocol/consensus/types.ts';
import { epochStart } from '../../../protocol/schedule.ts';
import { ADOPTIONS_PER_TICK_MAX } from '../../limits.ts';
import { gatherSet, missingReports, type AdoptSteps } from './adopt-inputs.ts';
import { keepLeaves, leavesOf, sameTrees } from './agree-sets.ts';
import { tryCompute, type Computed, type Lack } from './compute.ts';
import type { NetworkContext, NetworkEpoch, PeerSeat, PostedRoot, RootState, StoredRoot } from './ports.ts';
import { peersOf } from './statements-ask.ts';
import { tellRoot } from './tell-root.ts';

/** The window of the policy under which the newest posted root was made. */
function oldestNeeded(context: NetworkContext, net: NetworkEpoch): number {
  return net.epoch - context.policyOf(net.policyHash).consensus.windowEpochs + 1;
}

/** Posted roots that are not in the store as they are on chain, oldest first, no further back than the window of the newest. */
async function unknownRoots(
  { ports }: NetworkContext,
  newest: { readonly epoch: number; readonly rootHash: Hex },
  oldest: number,
): Promise<PostedRoot[]> {
  const { chain, store } = ports;
  const found: PostedRoot[] = [];
  let next: { readonly epoch: number; readonly rootHash: Hex } | null = newest;
  while (next !== null && next.epoch >= oldest) {
    const [stored] = await store.roots(next.epoch, next.epoch);
    if (stored?.rootHash === next.rootHash) break;
    const posted: PostedRoot | null = await chain.root(next.epoch);
    if (posted?.rootHash !== next.rootHash) break; // an RPC that contradicts itself: the rest comes with a later tick
    found.push(posted);
    const { previousEpoch, root }: PostedRoot = posted;
    next = previousEpoch === null ? null : { epoch: previousEpoch, rootHash: root.previousRoot };
  }
  return found.reverse();
}

/** How the note of a root begins that is still tried to be computed. */
const UNCOMPUTED = 'It could not be computed here: ';

const storedOf = (posted: PostedRoot, state: RootState, note: string | null, finalAtMs: number): StoredRoot => ({
  epoch: posted.root.epoch,
  rootHash: posted.rootHash,
  root: posted.root,
  state,
  seats: posted.seats,
  provisional: posted.provisional,
  previousEpoch: posted.previousEpoch,
  blockNumber: posted.blockNumber,
  transactionHash: posted.transactionHash,
  finalAtMs,
  note,
});

function agrees({ root }: PostedRoot, own: Computed['root']): boolean {
  return sameTrees(root, own) && root.nodeSetRoot === own.nodeSetRoot && root.previousRoot === own.previousRoot;
}

function differenceOf({ root }: PostedRoot, { result, root: own }: Computed, posted: Leaves | null): string {
  if (root.nodeSetRoot !== own.nodeSetRoot) return 'The posted root counts other nodes than the registry has.';
  if (root.previousRoot !== own.previousRoot) return 'The posted root follows another one than the last before it.';
  if (posted === null) return 'Another root follows from its reports, and no peer shows leaves that give the posted one.';
  return `Another root follows from its reports: ${firstDifference(result.leaves, posted) ?? 'no leaf differs'}`;
}

type Inputs = {
  readonly peers: readonly PeerSeat[];
  readonly entries: readonly ReportEntry[] | null;
  /** Null for the first root ever, undefined where it is not known here. */
  readonly previous: StoredRoot | null | undefined;
};

async function compute(context: NetworkContext, { root }: PostedRoot, { entries, previous }: Inputs): Promise<Computed | Lack> {
  if (entries === null) return { missing: 'no peer has its report set', isPast: previous === undefined };
  if (previous === undefined) return { missing: 'the root that it follows is from before this deployment', isPast: true };
  return tryCompute(context, root.epoch, entries, previous);
}

/** How long its reports are waited for before their absence is said. */
function waited(context: NetworkContext, net: NetworkEpoch): boolean {
  const { schedule, consensus } = context.policyOf(net.policyHash);
  const patience = epochStart(context.clock, net.epoch + 2) + schedule.revealSeconds + consensus.mirrorSeconds;
  return context.ports.clock.nowMs() >= 1000 * patience;
}

/** @returns false when it has to wait, and all later ones with it */
async function adoptOne(context: NetworkContext, posted: PostedRoot, steps: AdoptSteps): Promise<boolean> {
  const { store, clock } = context.ports;
  const net = await steps.observe(context, posted.root.epoch);
  const peers = peersOf(context, net.seats);
  const entries = await gatherSet(context, posted, peers, steps);
  const { previousEpoch } = posted;
  const previous = previousEpoch === null ? null : (await store.roots(previousEpoch, previousEpoch))[0];
  const computed = await compute(context, posted, { peers, entries, previous });
  const keep = async (state: RootState, note: string | null, leaves: Leaves | null): Promise<boolean> => {
    if (leaves !== null) await keepLeaves(context, posted.rootHash, leaves, posted.root.epoch);
    const stored = storedOf(posted, state, note, clock.nowMs());
    // What was computed here, or is in dispute; what was taken from a peer is past, and nobody's news.
    const told = state === 'final' && note !== null ? [] : await tellRoot(context, stored, { leaves, entries: entries ?? [] });
    await store.adopt(stored, leaves, told);
    return true;
  };
  if ('root' in computed && agrees(posted, computed.root)) return keep('final', null, computed.result.leaves);
  const told = await leavesOf(context, posted.root, posted.rootHash, peers);
  if ('root' in computed) return keep('disputed', differenceOf(posted, computed, told), told);
  // From before we were here: nothing is in dispute, the chain's quorum and its own lines are what there is.
  if (computed.isPast && told !== null)
    return keep('final', `Taken from a peer, checked against the chain: ${computed.missing}.`, told);
  if (!waited(context, net)) return false;
  return keep('disputed', `${UNCOMPUTED}${computed.missing}.`, told);
}

/** Whether all reports of the root's set are in the store. */
async function isComplete(context: NetworkContext, { root }: StoredRoot): Promise<boolean> {
  const known = await context.ports.store.reportSet(root.reportSetHash);
  return known !== null && (await missingReports(context, known)).length === 0;
}

/**
 * The lines and reports of a root that could not be computed are needed for the roots that follow; and with all of them it may
 * turn out to be right.
 * @returns whether there was anything to do
 */
async function repair(context: NetworkContext, stored: StoredRoot, steps: AdoptSteps): Promise<boolean> {
  const { store } = context.ports;
  const isOpen = stored.note?.startsWith(UNCOMPUTED) === true;
  const hasLeaves = (await store.leaves(stored.epoch)) !== null;
  const wasComplete = await isComplete(context, stored);
  if (hasLeaves && wasComplete && !isOpen) return false;
  const peers = peersOf(context, (await steps.observe(context, stored.epoch)).seats);
  if (!wasComplete) await gatherSet(context, stored, peers, steps);
  if (isOpen && (await isComplete(context, stored))) {
    await adoptOne(context, { ...stored, timestamp: 0 }, steps);
  } else if (!hasLeaves) {
    const told = await leavesOf(context, stored.root, stored.rootHash, peers);
    if (told !== null) {
      await keepLeaves(context, stored.rootHash, told, stored.epoch);
      await store.adopt(stored, told);
    }
  }
  return true;
}

/**
 * Takes in what the chain has and the store has not, then mends what was taken in incomplete.
 * @throws ChainError, DomainError
 */
export async function adoptDue(context: NetworkContext, steps: AdoptSteps): Promise<void> {
  const { chain, store } = context.ports;
  const newest = await chain.lastRoot();
  if (newest === null) return;
  const oldest = oldestNeeded(context, await steps.observe(context, newest.epoch));
  const unknown = await unknownRoots(context, newest, oldest);
  for (const posted of unknown.slice(0, ADOPTIONS_PER_TICK_MAX)) {
    if (!(await adoptOne(context, posted, steps))) return;
  }
  const inWindow = await store.roots(Math.max(0, oldest), newest.epoch);
  let repairs = 0;
  // Oldest first: each is computed over the one before.
  for (const stored of inWindow) {
    // A note is only on what was not computed here.
    if (stored.note !== null && (await repair(context, stored, steps))) repairs++;
    if (repairs >= ADOPTIONS_PER_TICK_MAX) return;
  }
}
