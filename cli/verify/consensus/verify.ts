// The network's verdict computed again from the chain outward: the posted root, its report set and those of the window, every
// counted archive, the lines of the root before, the rule, and the same roots. It ends at the first thing that does not hold.
import type { RegistryClient } from '../../../chain/client.ts';
import type { PostedRoot } from '../../../chain/roots.ts';
import type { Hex } from '../../../protocol/bytes.ts';
import { firstDifference, rootsOf } from '../../../protocol/consensus/leaves.ts';
import { consensus } from '../../../protocol/consensus/rule.ts';
import type { ConsensusReport, ConsensusResult, Leaves, PreviousRoot } from '../../../protocol/consensus/types.ts';
import { ProtocolError } from '../../../protocol/errors.ts';
import type { Policy } from '../../../protocol/policy.ts';
import { fieldFault, type Check, type Step } from '../../../protocol/replay/check.ts';
import { runSteps } from '../../../protocol/replay/steps.ts';
import { LEAVES_BYTES_MAX } from '../../../schema/wire/limits.ts';
import { parseLeaves } from '../../../schema/wire/network.ts';
import { CliError } from '../../command.ts';
import { readFacts } from '../facts.ts';
import { Unreadable } from '../load.ts';
import { verifyEpoch, type Bases, type Watch } from '../verify.ts';
import { anywhere, type Anywhere } from './anywhere.ts';
import { countedArchive } from './archives.ts';
import { readRootFacts, readRootsBefore, type RootFacts } from './facts.ts';
import { rootSteps } from './root-steps.ts';
import { countedReport, fetchSet, setFault, type CountedReport } from './sets.ts';

export type ConsensusVerification = {
  readonly facts: RootFacts;
  readonly checks: readonly Check[];
  readonly failed: Check | null;
  /** Reports of the root's own set, and of earlier ones in the window. */
  readonly reports: { readonly fresh: number; readonly window: number };
  readonly transcripts: { readonly total: number; readonly checked: number; readonly bases: Bases };
};

export type ConsensusTask = {
  /** Pinned to one block. */
  readonly client: RegistryClient;
  readonly epoch: number;
  readonly api: string;
  /** Null replays no transcripts. */
  readonly sample: { readonly count: number; readonly seed: Hex } | null;
};

type Tell = (check: Check) => void;
type Counted = { readonly fresh: readonly CountedReport[]; readonly window: readonly CountedReport[] };
type Told = { fresh: number; window: number; total: number; checked: number; bases: Record<keyof Bases, number> };

/** @throws Unreadable when one fails */
function runAll(steps: readonly Step[], tell: Tell): void {
  for (const check of runSteps(steps)) {
    if (check.failure !== null) throw new Unreadable(check.name, check.failure);
    tell(check);
  }
}

/** Which reports count, and that each is the one on chain. @throws CliError | ChainError | Unreadable */
async function countReports(
  { client }: ConsensusTask,
  from: Anywhere,
  facts: RootFacts,
  policy: Policy,
  before: readonly PostedRoot[],
  tell: Tell,
): Promise<Counted> {
  const { windowEpochs } = policy.consensus;
  const oldest = facts.epoch - windowEpochs + 1;
  const own = await fetchSet(from, facts.posted);
  const fault = setFault(facts, windowEpochs, own);
  if (fault !== null) throw new Unreadable('report set', fault);
  tell({ name: 'report set', count: own.length, failure: null });
  const earlier = [];
  for (const root of before.filter(({ root: { epoch } }) => epoch >= oldest)) {
    earlier.push(...(await fetchSet(from, root)).filter((entry) => entry.epoch >= oldest));
  }
  tell({ name: 'report sets of the window', count: earlier.length, failure: null });
  const fresh: CountedReport[] = [];
  const window: CountedReport[] = [];
  for (const entry of own) fresh.push(await countedReport(client, entry));
  for (const entry of earlier) window.push(await countedReport(client, entry));
  tell({ name: 'reports on chain', count: fresh.length + window.length, failure: null });
  return { fresh, window };
}

/** The tallies of all that counts; only those of validators with a seat are looked at by the rule. */
async function readTallies(
  task: ConsensusTask,
  from: Anywhere,
  facts: RootFacts,
  counted: readonly CountedReport[],
  told: Told,
  watch: Watch,
): Promise<ConsensusReport[]> {
  const seated = new Set(facts.seats.map(({ operator }) => operator));
  const progress = watch.onProgress('archives');
  const rounds = new Set<string>();
  const reports: ConsensusReport[] = [];
  for (const one of counted) {
    const { entry, stored } = one;
    if (!seated.has(entry.validator)) {
      reports.push({ ...entry, due: stored.due, done: stored.done, tallies: [] });
      continue;
    }
    const { report, source } = await countedArchive(task.client, from, one, facts.nodes.length);
    reports.push(report);
    if (task.sample !== null) {
      const of = `epoch ${String(entry.epoch)} of ${entry.validator}`;
      const replayed = await verifyEpoch(
        { facts: await readFacts(task.client, entry.validator, entry.epoch), source, sample: task.sample, rounds },
        { onCheck: () => undefined, onProgress: watch.onProgress },
      );
      if (replayed.failed !== null)
        throw new Unreadable('replays', `${of}: ${replayed.failed.name}: ${replayed.failed.failure ?? ''}`);
      const { total, checked, bases } = replayed.transcripts;
      told.total += total;
      told.checked += checked;
      for (const basis of ['derived', 'timed', 'attested'] as const) told.bases[basis] += bases[basis];
    }
    progress(reports.length, counted.length);
  }
  return reports;
}

/** Lines under a posted root, when somebody has those that give its very roots. */
async function fetchLeaves(from: Anywhere, { root, rootHash }: PostedRoot): Promise<Leaves | null> {
  return from.ask(`v1/consensus/${String(root.epoch)}/leaves?root=${rootHash}`, LEAVES_BYTES_MAX, (bytes) => {
    const leaves = parseLeaves(bytes);
    if (leaves === null) return null;
    const { scoreRoot, rewardRoot, penaltyRoot } = rootsOf(leaves);
    const isSame = scoreRoot === root.scoreRoot && rewardRoot === root.rewardRoot && penaltyRoot === root.penaltyRoot;
    return isSame ? leaves : null;
  });
}

async function previousRoot(from: Anywhere, root: PostedRoot | undefined, tell: Tell): Promise<PreviousRoot | null> {
  if (root === undefined) return null;
  const { epoch } = root.root;
  const leaves = await fetchLeaves(from, root);
  if (leaves === null) {
    throw new CliError(
      `The lines of the root of epoch ${String(epoch)}, on which this one builds, can't be had: ${from.asked} has them. Try another --api.`,
    );
  }
  const { scores, validators, rewards, penalties } = leaves;
  const count = scores.length + validators.length + rewards.length + penalties.length;
  tell({ name: 'lines of the root before', count, failure: null });
  return { epoch, rootHash: root.rootHash, leaves };
}

/** @throws Unreadable with the first line that differs */
async function requireSameRoots(from: Anywhere, { posted }: RootFacts, { roots, leaves }: ConsensusResult): Promise<void> {
  const { root } = posted;
  const fault = fieldFault([
    ['scoreRoot', root.scoreRoot, roots.scoreRoot],
    ['rewardRoot', root.rewardRoot, roots.rewardRoot],
    ['penaltyRoot', root.penaltyRoot, roots.penaltyRoot],
    ['reportSetHash', root.reportSetHash, roots.reportSetHash],
    ['nodeSetRoot', root.nodeSetRoot, roots.nodeSetRoot],
    ['previousRoot', root.previousRoot, roots.previousRoot],
  ]);
  if (fault === null) return;
  const theirs = await fetchLeaves(from, posted);
  const line = theirs === null ? null : firstDifference(theirs, leaves);
  const where =
    theirs === null
      ? 'nobody serves the lines under the posted root, so the first one that differs is not known'
      : `first line that differs (posted / computed here): ${line ?? 'none; the order or another root differs'}`;
  throw new Unreadable('roots computed again', `${fault}; ${where}`);
}

function compute(input: Parameters<typeof consensus>[0]): ConsensusResult {
  try {
    return consensus(input);
  } catch (error) {
    if (error instanceof ProtocolError) throw new Unreadable('roots computed again', error.message);
    throw error;
  }
}

async function verifyRoot(task: ConsensusTask, facts: RootFacts, told: Told, tell: Tell, watch: Watch): Promise<void> {
  const { client, epoch } = task;
  const from = anywhere(task.api, facts.seats);
  runAll(rootSteps({ chainId: client.chainId, registry: client.registry }, facts), tell);
  const policy = await from.policy(facts.policyHash);
  tell({ name: 'policy hash', count: 1, failure: null });
  const before = await readRootsBefore(client, facts.posted, epoch - policy.consensus.windowEpochs + 1);
  const counted = await countReports(task, from, facts, policy, before, tell);
  [told.fresh, told.window] = [counted.fresh.length, counted.window.length];
  const all = await readTallies(task, from, facts, [...counted.fresh, ...counted.window], told, watch);
  tell({ name: 'archives', count: all.length, failure: null });
  if (task.sample !== null) tell({ name: 'replays', count: told.checked, failure: null });
  const previous = await previousRoot(from, before[0], tell);
  const fresh = all.slice(0, counted.fresh.length);
  const window = all.slice(counted.fresh.length);
  const result = compute({ epoch, policy, seats: facts.seats, nodes: facts.nodes, fresh, window, previous });
  await requireSameRoots(from, facts, result);
  const { scores, validators, rewards, penalties } = result.leaves;
  const count = scores.length + validators.length + rewards.length + penalties.length;
  tell({ name: 'roots computed again', count, failure: null });
}

/** @throws CliError | ChainError when it could not be done */
export async function verifyConsensus(task: ConsensusTask, watch: Watch): Promise<ConsensusVerification> {
  const facts = await readRootFacts(task.client, task.epoch);
  const checks: Check[] = [];
  const told: Told = { fresh: 0, window: 0, total: 0, checked: 0, bases: { derived: 0, timed: 0, attested: 0 } };
  const tell: Tell = (check) => {
    checks.push(check);
    watch.onCheck(check);
  };
  let failed: Check | null = null;
  try {
    await verifyRoot(task, facts, told, tell, watch);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    failed = { name: error.check, count: 1, failure: error.message };
    tell(failed);
  }
  const { fresh, window, total, checked, bases } = told;
  return { facts, checks, failed, reports: { fresh, window }, transcripts: { total, checked, bases } };
}
