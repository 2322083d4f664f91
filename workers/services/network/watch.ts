// Provable faults, from found to slashed. Validators wait in an order of their own for each fault, so that one proof is paid for and not
// thirty; each asks the chain first, because whoever was faster has done the work for all. Every step is stored. A gateway, and a validator that
// keeps its proofs to itself, only follow what becomes of the faults: their subscribers hear of slashes, too.
import { slotAt } from '../../../protocol/schedule.ts';
import { DomainError } from '../../errors.ts';
import { FAULTS_PER_TICK_MAX } from '../../limits.ts';
import { slashEvent } from '../alerts/root-events.ts';
import type { IntentState } from '../ports.ts';
import { REVERTED } from '../sending/ports.ts';
import type { Fault, Member, NetworkContext } from './ports.ts';

const HELD = ' Kept and not submitted: one proof against a node and epoch is enough.';

/** Refusals that mean that somebody else was faster. */
const RACES: ReadonlySet<string> = new Set(['AlreadyProven', REVERTED]);

const proofKey = ({ faultKey }: Fault): string => `fault:${faultKey}`;
/** One try an epoch: what the cap of one epoch refuses, the next one takes. */
const executeKey = (slashId: number, epoch: number): string => `slash:${String(slashId)}:${String(epoch)}`;

/** Milliseconds that this validator leaves to the seats before it in the fault's order. */
type WaitOf = (fault: Fault) => number;

/**
 * The order of seats begins at another one for each fault: costs and rewards of proving go round.
 * @returns null for who has no seat now
 */
async function waits({ ports, clock, policyOf }: NetworkContext, member: Member | null, nowMs: number): Promise<WaitOf | null> {
  if (member === null) return null;
  const net = await ports.store.epoch(slotAt(clock, nowMs)?.epoch ?? -1);
  const seat = net?.seats.findIndex(({ operator }) => operator === member.operator) ?? -1;
  if (net === null || seat < 0) return null;
  const staggerMs = 1000 * policyOf(net.policyHash).consensus.postStaggerSeconds;
  const { length } = net.seats;
  return ({ faultKey }) => ((seat + length - (Number.parseInt(faultKey.slice(2, 10), 16) % length)) % length) * staggerMs;
}

function throwTrouble(state: IntentState): void {
  if (state.state === 'pending' && state.trouble !== null) throw new DomainError(state.trouble.code, state.trouble.message);
}

type Now = { readonly ms: number; readonly waitOf: WaitOf | null };

/** Whether all before this validator have had their time since then. */
const hasTurn = ({ ms, waitOf }: Now, fault: Fault, sinceMs: number): boolean => waitOf !== null && ms >= sinceMs + waitOf(fault);

/** Proves what nobody has proven yet. */
async function prove({ ports }: NetworkContext, member: Member | null, fault: Fault, now: Now): Promise<void> {
  const { chain, store } = ports;
  if (await chain.proven(fault.faultKey)) return store.setFault(fault.faultKey, 'proven', 'It is proven on chain.');
  if (member === null) return;
  const state = await member.state(proofKey(fault));
  if (state.state === 'unknown') {
    if (!hasTurn(now, fault, fault.foundAtMs)) return;
    await member.submit(proofKey(fault), await chain.proveCall(fault.proof));
    return store.setFault(fault.faultKey, 'submitted', 'This validator submitted the proof.');
  }
  throwTrouble(state);
  // Confirmed, or proven by somebody faster, is not `proven` yet for an RPC that lags: the next tick asks again.
  if (state.state === 'rejected' && !RACES.has(state.reason))
    await store.setFault(fault.faultKey, 'refused', `The prover refuses it: ${state.reason}.`);
}

const nowFor = ({ clock, publicUrl }: NetworkContext['ports']): Parameters<typeof slashEvent>[2] => ({
  ...{ occurredAtMs: clock.nowMs(), publicUrl: publicUrl ?? null },
});

/** Finds the slashes of what was proven, once. */
async function locate({ ports }: NetworkContext, proven: readonly Fault[]): Promise<void> {
  const keys = proven.flatMap(({ faultKey, slashId }) => (slashId === null ? [faultKey] : []));
  if (keys.length === 0) return;
  for (const slash of await ports.chain.slashes(keys)) {
    const from = new Date(1000 * slash.executableAt).toISOString().replace('.000Z', 'Z');
    const detail = `It is proven on chain. Slash ${String(slash.slashId)} is executable from ${from}.`;
    const fault = proven.find(({ faultKey }) => faultKey === slash.faultKey);
    const told = fault === undefined ? [] : [slashEvent(fault, 'queued', nowFor(ports))];
    await ports.store.setSlash(slash.faultKey, slash, detail, told);
  }
}

/** Sees a queued slash through, once its delay is over. */
async function execute({ ports, clock }: NetworkContext, member: Member | null, fault: Fault, now: Now): Promise<void> {
  if (fault.slashId === null) return;
  const slash = await ports.chain.slash(fault.slashId);
  if (slash.executed) {
    const detail = `Slash ${String(slash.slashId)} was executed: ${String(slash.amount)} units.`;
    return ports.store.setFault(fault.faultKey, 'executed', detail, [slashEvent(fault, 'executed', nowFor(ports))]);
  }
  if (member === null || !hasTurn(now, fault, 1000 * slash.executableAt)) return;
  const key = executeKey(slash.slashId, slotAt(clock, now.ms)?.epoch ?? 0);
  await member.submit(key, await ports.chain.executeCall(slash.slashId));
  throwTrouble(await member.state(key));
}

/** @throws DomainError with the first fault's trouble, after all have had their turn */
export async function watchFaults(context: NetworkContext, nowMs: number): Promise<void> {
  const { store } = context.ports;
  const member = context.ports.member?.watchFaults === true ? context.ports.member : null;
  const errors: unknown[] = [];
  const keep = (error: unknown): void => void errors.push(error);
  const now: Now = { ms: nowMs, waitOf: await waits(context, member, nowMs) };
  // What was submitted is followed first, and bounds what may be submitted besides.
  const submitted = await store.faults(['submitted'], FAULTS_PER_TICK_MAX);
  const found = await store.faultsToProve(FAULTS_PER_TICK_MAX - submitted.length);
  for (const fault of [...submitted, ...found]) await prove(context, member, fault, now).catch(keep);
  if (member !== null && found.length + submitted.length > 0) await store.holdReceipts(HELD);
  const due = (): Promise<Fault[]> => store.faultsToExecute(Math.floor(nowMs / 1000), FAULTS_PER_TICK_MAX);
  await locate(context, await due()).catch(keep);
  for (const fault of await due()) await execute(context, member, fault, now).catch(keep);
  if (errors.length > 0) throw errors[0];
}
