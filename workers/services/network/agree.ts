// Agreement on an epoch's root: hear what others signed, sign what follows from the same reports, propose when it is our turn, post
// what a quorum signed. Each tick derives everything from stored statements and the clock; a crash between two steps loses nothing.
import type { Hex } from '../../../protocol/bytes.ts';
import { rootHash } from '../../../protocol/consensus/root.ts';
import { roundAt, roundStart } from '../../../protocol/consensus/rounds.ts';
import { rangeStart } from '../../../protocol/consensus/sets.ts';
import type { EpochRoot, Statement } from '../../../protocol/consensus/types.ts';
import { DomainError } from '../../errors.ts';
import { REORG_MS_MAX } from '../../limits.ts';
import { judgeProposal, setHasQuorum, type Case } from './agree-judge.ts';
import { agreedRoots, postAgreed, type Agreed } from './agree-post.ts';
import { ordersOf, roundNow, type OrderOf, type Round } from './agree-round.ts';
import { entriesOf, keepLeaves, previousHash } from './agree-sets.ts';
import { computeRoot } from './compute.ts';
import type { KnownStatement, Member, NetworkContext, StoredRoot } from './ports.ts';
import { collectStatements } from './statements.ts';

/**
 * The last posted root as it was taken in here; 'over' when the epoch has a root already, or a later one has.
 * @throws DomainError while the chain and the store do not say the same
 */
async function settledLast(context: NetworkContext, epoch: number): Promise<StoredRoot | null | 'over'> {
  const { ports } = context;
  const [chain, stored] = await Promise.all([ports.chain.lastRoot(), ports.store.lastRoot()]);
  if (chain !== null && chain.epoch >= epoch) return 'over';
  if (chain?.rootHash === stored?.rootHash) return stored;
  const behind = stored !== null && (chain === null || chain.epoch < stored.epoch);
  if (behind && ports.clock.nowMs() - stored.finalAtMs >= REORG_MS_MAX) {
    // The chain wins. Nothing was signed that this could contradict: each (epoch, round) is signed once, whatever came before it.
    await ports.store.forgetRoots(chain?.epoch ?? -1);
    return settledLast(context, epoch);
  }
  throw behind
    ? new DomainError(
        'unavailable',
        `The RPC does not know the root of epoch ${String(stored.epoch)} that it showed before. Wait, or take another RPC.`,
      )
    : new DomainError('not_ready', `The root of epoch ${String(chain?.epoch)} is posted, but not taken in here yet.`);
}

async function caseOf(context: NetworkContext, at: Round, last: StoredRoot | null): Promise<Case> {
  const { chain, store } = context.ports;
  const from = rangeStart(at.net.epoch, at.policy.consensus.windowEpochs, last?.epoch ?? null);
  const [newestPolicyHash, mirrors] = await Promise.all([chain.newestPolicyHash(), store.mirrors(from, at.net.epoch)]);
  return { at, last, newestPolicyHash, mirrors };
}

/** What was said in the epoch so far, and who had the first word in each round. */
type Heard = { readonly known: readonly KnownStatement[]; readonly orderOf: OrderOf };

const ownOf = (known: readonly KnownStatement[], { operator }: Member, round: number): KnownStatement | undefined =>
  known.find(({ statement }) => statement.validator === operator && statement.root.round === round);

/** Signs and keeps what was signed: this root, or the one that the signer remembers for its round; null while it abstains. */
async function sign(context: NetworkContext, member: Member, root: EpochRoot): Promise<KnownStatement | null> {
  const { store, clock } = context.ports;
  const statement = await member.signRoot(root);
  if (statement === null) return null;
  const hash = rootHash(statement.root);
  await store.addStatement(statement, hash, clock.nowMs());
  return { statement, rootHash: hash, receivedAtMs: clock.nowMs() };
}

/**
 * Whoever wants a new policy names it in round 0 only: without a quorum for it that costs a round, and never the epoch.
 */
function policyToName(at: Round, { nextPolicyHash }: Member, newest: Hex): Hex {
  return at.round === 0 ? (nextPolicyHash ?? newest) : newest;
}

/** This validator's own proposal; null while it knows no quorum of verified reports, or abstains. */
async function propose(context: NetworkContext, member: Member, on: Case): Promise<KnownStatement | null> {
  const { store } = context.ports;
  const { net } = on.at;
  const entries = entriesOf(on.mirrors);
  if (!setHasQuorum(net, entries)) return null;
  const { result, root: computed } = await computeRoot(context, net.epoch, entries, on.last);
  const root: EpochRoot = { ...computed, round: on.at.round, policyHash: policyToName(on.at, member, on.newestPolicyHash) };
  // What others need to check the signature is there before the signature is.
  await store.keepReportSet(root.reportSetHash, entries, net.epoch);
  await keepLeaves(context, rootHash(root), result.leaves, net.epoch);
  return sign(context, member, root);
}

/** The proposer's word of a round, and ours on it. */
async function follow(context: NetworkContext, member: Member, on: Case, proposal: Statement): Promise<KnownStatement | null> {
  const verdict = await judgeProposal(context, on, proposal);
  if (verdict.answer === 'sign') return sign(context, member, verdict.root);
  if (verdict.answer === 'refuse') {
    const { epoch, round } = proposal.root;
    await context.ports.store.disagree({ epoch, round, validator: proposal.validator, detail: verdict.why });
  }
  return null;
}

/**
 * Signs what it can in all rounds so far, the newest first: a proposal that was heard late counts as well, but whatever an older one
 * makes us do must not keep us from the newest. @returns what was signed now
 */
async function signDue(context: NetworkContext, member: Member, on: Case, { known, orderOf }: Heard): Promise<KnownStatement[]> {
  const signed: KnownStatement[] = [];
  for (let { round } = on.at; round >= 0; round--) {
    // Anybody may have told us of it: a signer that forgot it says no second word.
    if (ownOf(known, member, round) !== undefined) continue;
    const [proposer] = orderOf(round);
    const proposals = known.filter(({ statement }) => statement.validator === proposer && statement.root.round === round);
    let own: KnownStatement | null = null;
    if (proposer === member.operator) own = round === on.at.round ? await propose(context, member, on) : null;
    else for (const { statement } of proposals) own ??= await follow(context, member, on, statement);
    if (own !== null) signed.push(own);
  }
  return signed;
}

/** Words of others that are not the proposer's: no quorum comes of them, and whoever looks should see them. */
async function noteStrays(context: NetworkContext, at: Round, { known, orderOf }: Heard): Promise<void> {
  for (let round = 0; round <= at.round; round++) {
    const [proposer] = orderOf(round);
    const words = known.filter(({ statement }) => statement.root.round === round);
    const proposed = new Set(words.flatMap(({ statement, rootHash: hash }) => (statement.validator === proposer ? [hash] : [])));
    if (proposed.size === 0) continue;
    for (const { statement, rootHash: hash } of words) {
      if (proposed.has(hash)) continue;
      const detail = `It signed root ${hash}, which is not the proposer's.`;
      await context.ports.store.disagree({ epoch: at.net.epoch, round, validator: statement.validator, detail });
    }
  }
}

/** Words that met only now, after the rounds of their epoch, may still be evidence. */
async function hearLate(context: NetworkContext, at: Round): Promise<void> {
  const { clock, ports, policyOf } = context;
  const before = at.round === 0 ? await ports.store.epoch(at.net.epoch - 1) : null;
  if (before === null) return;
  const end = roundStart(clock, at.policy, at.net.epoch, 0);
  const lastRound = roundAt(clock, policyOf(before.policyHash), before.epoch, end - 1, at.policy);
  if (lastRound !== null) await collectStatements(context, before, lastRound);
}

/** One pass over the epoch whose rounds go on at `nowMs`. @throws DomainError, ChainError */
export async function agreeDue(context: NetworkContext, nowMs: number): Promise<void> {
  const at = await roundNow(context, nowMs);
  if (at === null || at.net.seats.length === 0) return;
  await hearLate(context, at);
  const last = await settledLast(context, at.net.epoch);
  if (last === 'over') return;
  const known = await collectStatements(context, at.net, at.round);
  const heard: Heard = { known, orderOf: await ordersOf(context, at) };
  await noteStrays(context, at, heard);
  const { member } = context.ports;
  if (member === null || !at.net.seats.some(({ operator }) => operator === member.operator)) return;
  // A root that follows another one than the last can never be posted: then the epoch needs a new one.
  const agreed = (all: readonly KnownStatement[]): Agreed[] =>
    agreedRoots(at.net, all).filter(({ root }) => root.previousRoot === previousHash(last));
  const own = agreed(known).length > 0 ? [] : await signDue(context, member, await caseOf(context, at, last), heard);
  await postAgreed(context, at, member, { agreed: agreed([...known, ...own]), orderOf: heard.orderOf });
}
