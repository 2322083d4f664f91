// Whether this validator signs what a proposer signed (docs/protocol.md, section 17). The answer is yes, not yet, or no with the reason
// in plain words: whoever disagrees must be able to say with what.
import { utf8ToBytes } from '@noble/hashes/utils.js';
import type { Hex } from '../../../protocol/bytes.ts';
import { firstDifference } from '../../../protocol/consensus/leaves.ts';
import { rootHash } from '../../../protocol/consensus/root.ts';
import { roundStart } from '../../../protocol/consensus/rounds.ts';
import { rangeStart } from '../../../protocol/consensus/sets.ts';
import type { EpochRoot, ReportEntry, Statement } from '../../../protocol/consensus/types.ts';
import { cappedWeights, hasQuorum } from '../../../protocol/consensus/weights.ts';
import { tellable } from '../../../schema/wire/network.ts';
import { LEAVES_SLACK_BYTES } from '../../limits.ts';
import type { Round } from './agree-round.ts';
import { leavesOf, previousHash, reportSetOf, sameTrees } from './agree-sets.ts';
import { byPlace, takenIn, tryCompute, type Computed } from './compute.ts';
import type { Mirror, NetworkContext, NetworkEpoch, PeerSeat, StoredRoot } from './ports.ts';
import { peersOf } from './statements-ask.ts';

export type Verdict =
  | { readonly answer: 'sign'; readonly root: EpochRoot }
  | { readonly answer: 'wait' }
  | { readonly answer: 'refuse'; readonly why: string };

export type Case = {
  readonly at: Round;
  readonly last: StoredRoot | null;
  readonly newestPolicyHash: Hex;
  /** Of all epochs whose reports may be fresh. */
  readonly mirrors: readonly Mirror[];
};

/** In these rounds a proposer may leave out nothing at all that was verified in time; later, no report of the epoch itself. */
const ROUNDS_WITHOUT_OMISSION = 2;

const refuse = (why: string): Verdict => ({ answer: 'refuse', why });
const named = ({ epoch, validator }: { epoch: number; validator: Hex }): string =>
  `${validator}'s report for epoch ${String(epoch)}`;

/** Whether the validators with a report for the epoch itself hold a quorum. */
export function setHasQuorum(net: NetworkEpoch, entries: readonly ReportEntry[]): boolean {
  const reported = new Set(entries.flatMap(({ epoch, validator }) => (epoch === net.epoch ? [validator] : [])));
  const chosen = net.seats.flatMap(({ operator }, seat) => (reported.has(operator) ? [seat] : []));
  return hasQuorum(cappedWeights(net.seats.map(({ stake }) => stake)), chosen);
}

/** What is wrong with the root's own words, before anything is computed. */
function wrongHead({ last, newestPolicyHash }: Case, { root }: Statement, nextPolicyHash: Hex | null): string | null {
  if (root.policyHash !== newestPolicyHash && root.policyHash !== nextPolicyHash) {
    return `It names policy ${root.policyHash}, which is neither the newest one on chain nor one that this validator was set to support.`;
  }
  if (root.previousRoot !== previousHash(last)) {
    return `It follows root ${root.previousRoot}, but the last one that is posted is ${previousHash(last)}.`;
  }
  return null;
}

/** The first report of the set that this validator cannot vouch for: a reason, or null while it may still be verified. */
function unverified(mirrors: readonly Mirror[], entries: readonly ReportEntry[]): { why: string | null } | null {
  const mirrorOf = byPlace(mirrors);
  for (const entry of entries) {
    const mirror = mirrorOf(entry);
    if (takenIn(mirror, entry)) continue;
    if (mirror === undefined || mirror.state === 'waiting') return { why: null };
    if (mirror.state === 'absent') return { why: `Its set has ${named(entry)}, which was not on chain by the deadline.` };
    if (mirror.reportHash !== entry.reportHash)
      return { why: `Its set has ${named(entry)} with a hash that is not the chain's.` };
    return {
      why: `Its set has ${named(entry)}, whose archive does not stand here: ${mirror.check ?? 'check'}: ${mirror.detail ?? ''}`,
    };
  }
  return null;
}

/** What the set leaves out although it was verified here before the round began. */
function omitted(from: readonly Mirror[], entries: readonly ReportEntry[], roundStartMs: number): Mirror | undefined {
  const inSet = new Set(entries.map(({ reportHash }) => reportHash));
  return from.find(
    ({ state, reportHash, updatedAtMs }) =>
      state === 'verified' && reportHash !== null && updatedAtMs < roundStartMs && !inSet.has(reportHash),
  );
}

function wrongSet(
  context: NetworkContext,
  { at, last, mirrors }: Case,
  statement: Statement,
  entries: readonly ReportEntry[],
): Verdict | null {
  const { net, policy } = at;
  const from = rangeStart(net.epoch, policy.consensus.windowEpochs, last?.epoch ?? null);
  const stranger = entries.find(({ epoch }) => epoch < from || epoch > net.epoch);
  if (stranger !== undefined)
    return refuse(`Its set has ${named(stranger)}, outside of the epochs ${String(from)} to ${String(net.epoch)}.`);
  const missing = unverified(mirrors, entries);
  if (missing !== null) return missing.why === null ? { answer: 'wait' } : refuse(missing.why);
  if (!setHasQuorum(net, entries)) return refuse('Its set has no quorum of reports for the epoch itself.');
  const { round } = statement.root;
  // Were the epoch's own reports not protected in every round, a minority could spoil the first ones and then count without its
  // rivals. A dispute about one report so costs one epoch at most: in the next it is an older one.
  const left = omitted(
    mirrors.filter(({ epoch }) => epoch === net.epoch || (epoch >= from && round < ROUNDS_WITHOUT_OMISSION)),
    entries,
    1000 * roundStart(context.clock, policy, net.epoch, round),
  );
  return left === undefined ? null : refuse(`It leaves out ${named(left)}, which was verified here before the round began.`);
}

/** The first leaf that differs, or at least which tree. */
async function difference(
  context: NetworkContext,
  statement: Statement,
  own: Computed,
  peers: readonly PeerSeat[],
): Promise<string> {
  const { root } = statement;
  const names = (['scoreRoot', 'rewardRoot', 'penaltyRoot', 'nodeSetRoot'] as const).filter(
    (name) => root[name] !== own.root[name],
  );
  const trees = `The same reports give another ${names.join(', ')} here`;
  if (sameTrees(root, own.root)) return `${trees}.`;
  // A root over the same nodes has about as many bytes of leaves as our own; nobody may make us read more.
  const bytesMax = 2 * utf8ToBytes(JSON.stringify(tellable(own.result.leaves))).length + LEAVES_SLACK_BYTES;
  const theirs = await leavesOf(context, root, rootHash(root), peers, bytesMax);
  if (theirs === null) return `${trees}, and the proposer does not show leaves that give its own.`;
  return `${trees}: ${firstDifference(own.result.leaves, theirs) ?? 'the leaves are the same in another order'}`;
}

/** @param statement the proposer's, verified */
export async function judgeProposal(context: NetworkContext, on: Case, statement: Statement): Promise<Verdict> {
  const { root } = statement;
  const { net } = on.at;
  const wrong = wrongHead(on, statement, context.ports.member?.nextPolicyHash ?? null);
  if (wrong !== null) return refuse(wrong);
  const proposerFirst = peersOf(context, net.seats).sort(
    (a, b) => Number(b.operator === statement.validator) - Number(a.operator === statement.validator),
  );
  const entries = await reportSetOf(context, root.reportSetHash, net.epoch, proposerFirst);
  if (entries === null) return { answer: 'wait' };
  const refused = wrongSet(context, on, statement, entries);
  if (refused !== null) return refused;
  const own = await tryCompute(context, net.epoch, entries, on.last);
  if (!('root' in own)) return { answer: 'wait' };
  const expected: EpochRoot = { ...own.root, round: root.round, policyHash: root.policyHash };
  if (rootHash(expected) === rootHash(root)) return { answer: 'sign', root: expected };
  return refuse(await difference(context, statement, own, proposerFirst.slice(0, 1)));
}
