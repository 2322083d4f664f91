// Provable faults, from found to slashed. Validators take turns in seat order, so that one proof is paid for and not thirty; each asks
// the chain first, because whoever was faster has done the work for all. Every step is stored.
import { slotAt } from '../../../protocol/schedule.ts';
import { DomainError } from '../../errors.ts';
import { FAULTS_PER_TICK_MAX } from '../../limits.ts';
import type { IntentState } from '../ports.ts';
import { REVERTED } from '../sending/ports.ts';
import type { Fault, FaultState, Member, NetworkContext, QueuedSlash } from './ports.ts';

const OPEN: readonly FaultState[] = ['found', 'submitted'];

/** Refusals that mean that somebody else was faster. */
const RACES: ReadonlySet<string> = new Set(['AlreadyProven', REVERTED]);

const proofKey = ({ faultKey }: Fault): string => `fault:${faultKey}`;
/** One try an epoch: what the cap of one epoch refuses, the next one takes. */
const executeKey = ({ slashId }: QueuedSlash, epoch: number): string => `slash:${String(slashId)}:${String(epoch)}`;

/** Whether it is this validator's turn: turns go round in seat order, each as long as the stagger of posting. */
async function isTurn({ ports, clock, policyOf }: NetworkContext, member: Member, nowMs: number): Promise<boolean> {
  const net = await ports.store.epoch(slotAt(clock, nowMs)?.epoch ?? -1);
  const place = net?.seats.findIndex(({ operator }) => operator === member.operator) ?? -1;
  if (net === null || place < 0) return false;
  const turnMs = 1000 * Math.max(1, policyOf(net.policyHash).consensus.postStaggerSeconds);
  return Math.floor(nowMs / turnMs) % net.seats.length === place;
}

function throwTrouble(state: IntentState): void {
  if (state.state === 'pending' && state.trouble !== null) throw new DomainError(state.trouble.code, state.trouble.message);
}

/** Proves what nobody has proven yet. */
async function prove({ ports }: NetworkContext, member: Member, fault: Fault, turn: boolean): Promise<void> {
  const { chain, store } = ports;
  if (await chain.proven(fault.faultKey)) return store.setFault(fault.faultKey, 'proven', 'It is proven on chain.');
  const state = await member.state(proofKey(fault));
  if (state.state === 'unknown') {
    if (!turn) return;
    await member.submit(proofKey(fault), await chain.proveCall(fault.proof));
    return store.setFault(fault.faultKey, 'submitted', 'This validator submitted the proof.');
  }
  throwTrouble(state);
  // Confirmed, or proven by somebody faster, is not `proven` yet for an RPC that lags: the next tick asks again.
  if (state.state === 'rejected' && !RACES.has(state.reason))
    await store.setFault(fault.faultKey, 'refused', `The prover refuses it: ${state.reason}.`);
}

/** Sees a queued slash through, once its delay is over. */
async function execute(
  { ports, clock }: NetworkContext,
  member: Member,
  slash: QueuedSlash,
  now: { readonly turn: boolean; readonly ms: number },
): Promise<void> {
  if (slash.executed) {
    const detail = `Slash ${String(slash.slashId)} was executed: ${String(slash.amount)} units.`;
    return ports.store.setFault(slash.faultKey, 'executed', detail);
  }
  if (now.ms < 1000 * slash.executableAt || !now.turn) return;
  const key = executeKey(slash, slotAt(clock, now.ms)?.epoch ?? 0);
  await member.submit(key, await ports.chain.executeCall(slash.slashId));
  throwTrouble(await member.state(key));
}

/** @throws DomainError with the first fault's trouble, after all have had their turn */
export async function watchFaults(context: NetworkContext, nowMs: number): Promise<void> {
  const { chain, store, member } = context.ports;
  if (member?.watchFaults !== true) return;
  const [open, before] = [await store.faults(OPEN, FAULTS_PER_TICK_MAX), await store.faults(['proven'], FAULTS_PER_TICK_MAX)];
  if (open.length + before.length === 0) return;
  const turn = await isTurn(context, member, nowMs);
  const errors: unknown[] = [];
  const keep = (error: unknown): void => void errors.push(error);
  for (const fault of open) await prove(context, member, fault, turn).catch(keep);
  const proven = await store.faults(['proven'], FAULTS_PER_TICK_MAX);
  const slashes = proven.length === 0 ? [] : await chain.slashes(proven.map(({ faultKey }) => faultKey));
  for (const slash of slashes) await execute(context, member, slash, { turn, ms: nowMs }).catch(keep);
  if (errors.length > 0) throw errors[0];
}
