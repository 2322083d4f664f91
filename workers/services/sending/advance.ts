// The transaction sender's state machine: intent → nonce → signed and stored → broadcast → receipt, with same-nonce
// replacement. Each call does what can be done now and can be cut off anywhere: what was stored is sent again, never signed anew
// under another nonce while the first may still be mined.
import { FEE_PER_GAS_MAX } from '../../../chain/limits.ts';
import { DomainError } from '../../errors.ts';
import { ATTEMPTS_MAX, INTENTS_PENDING_MAX, REPLACE_AFTER_MS, REPLACE_BUMP_PERCENT } from '../../limits.ts';
import { REVERTED, type Attempt, type Estimate, type Fees, type Intent, type Outbox, type TxChain } from './ports.ts';

export type SendingPorts = { readonly outbox: Outbox; readonly chain: TxChain; readonly nowMs: () => number };

/** Whether there is anything left to do. */
export type Progress = 'idle' | 'busy';

/** Refusals that only time mends: an RPC tries the call at its newest block's time, which lags behind our clock. */
const NOT_YET: ReadonlySet<string> = new Set(['EpochNotOver', 'RevealNotReached', 'SlashNotDue']);

/** A replacement must pay more than the last attempt on both counts, whatever the market says by now. */
function bumped(market: Fees, last: Attempt | undefined): Fees {
  if (last === undefined) return market;
  const raise = (fee: bigint): bigint => (fee * (100n + REPLACE_BUMP_PERCENT)) / 100n + 1n;
  const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
  return {
    gas: max(market.gas, last.fees.gas),
    maxFeePerGas: max(market.maxFeePerGas, raise(last.fees.maxFeePerGas)),
    maxPriorityFeePerGas: max(market.maxPriorityFeePerGas, raise(last.fees.maxPriorityFeePerGas)),
  };
}

/** A new attempt at these fees; the last one once more where they are beyond all reason. */
async function signAttempt(
  ports: SendingPorts,
  intent: Intent,
  estimate: Extract<Estimate, { ok: true }>,
  last: Attempt | undefined,
): Promise<Attempt> {
  const { outbox, chain, nowMs } = ports;
  const fees = bumped(estimate.fees, last);
  if (fees.maxFeePerGas > FEE_PER_GAS_MAX || fees.maxPriorityFeePerGas > FEE_PER_GAS_MAX) {
    if (last !== undefined) return last;
    throw new DomainError(
      'unavailable',
      'The RPC asks for more than 1,000 gwei a gas. What is to be sent waits; if the chain is not that dear, take another RPC.',
    );
  }
  const nonce = last?.nonce ?? (await chain.nonce());
  const signed = await chain.sign(intent, nonce, fees);
  const attempt = { ...signed, nonce, fees, sentAt: nowMs() };
  outbox.record(intent.key, attempt); // stored first: after a crash the same bytes are sent again
  return attempt;
}

/** True when one of the attempts is in a block; the intent's state is then final. */
async function collect({ outbox, chain }: SendingPorts, intent: Intent, attempts: readonly Attempt[]): Promise<boolean> {
  for (const attempt of attempts.toReversed()) {
    const receipt = await chain.receipt(attempt.hash);
    if (receipt === null) continue;
    if (receipt.ok) outbox.confirm(intent.key, attempt.hash, receipt.blockNumber);
    else outbox.reject(intent.key, REVERTED);
    return true;
  }
  return false;
}

async function send(ports: SendingPorts, intent: Intent, attempt: Attempt): Promise<void> {
  const result = await ports.chain.broadcast(attempt.raw);
  if (result === 'unfunded') {
    throw new DomainError(
      'unavailable',
      'The signer’s account cannot pay for the transaction. Send it some of the chain’s coin; what is to be sent waits.',
    );
  }
  if (result !== 'nonce_too_low') return;
  // Either one of ours was just mined, or another program uses this key: then a new nonce is needed.
  if (!(await collect(ports, intent, ports.outbox.attempts(intent.key)))) ports.outbox.restart(intent.key);
}

/**
 * A queued intent's first attempt. A refusal is final, as nothing was sent yet, unless time mends it: then others have their turn.
 * @returns whether a transaction is under way
 */
async function begin(ports: SendingPorts, intent: Intent): Promise<boolean> {
  const estimate = await ports.chain.estimate(intent);
  if (estimate.ok) {
    await send(ports, intent, await signAttempt(ports, intent, estimate, undefined));
    return true;
  }
  if (!NOT_YET.has(estimate.revert)) ports.outbox.reject(intent.key, estimate.revert);
  return false;
}

/**
 * Everything but a report is given up as soon as it has become pointless: somebody else posted the root or proved the fault. Should the
 * transaction be mined all the same, it reverts and its nonce is taken; whatever uses that nonce then starts again with the next.
 */
async function isPointless(ports: SendingPorts, intent: Intent, attempts: readonly Attempt[]): Promise<boolean> {
  if (intent.key.startsWith('report:')) return false;
  const estimate = await ports.chain.estimate(intent);
  if (estimate.ok || NOT_YET.has(estimate.revert)) return false;
  // Ours may be what made it so.
  if (!(await collect(ports, intent, attempts))) ports.outbox.reject(intent.key, estimate.revert);
  return true;
}

/** An intent that has been sent: its receipt, the same bytes again, or a dearer replacement. */
async function follow(ports: SendingPorts, intent: Intent): Promise<void> {
  const { outbox, chain, nowMs } = ports;
  const attempts = outbox.attempts(intent.key);
  const last = attempts.at(-1);
  if (last === undefined) {
    outbox.restart(intent.key);
    return;
  }
  if (await collect(ports, intent, attempts)) return;
  if (await isPointless(ports, intent, attempts)) return;
  if (nowMs() - last.sentAt < REPLACE_AFTER_MS || attempts.length >= ATTEMPTS_MAX) return send(ports, intent, last);
  // A nonce that an RPC once reported too high would keep this and all that follows waiting for ever.
  if ((await chain.nonce()) < last.nonce) {
    outbox.restart(intent.key);
    return;
  }
  const estimate = await chain.estimate(intent);
  // Refused by now, but one of ours may be about to be mined, and its receipt decides.
  await send(ports, intent, estimate.ok ? await signAttempt(ports, intent, estimate, last) : last);
}

/** @throws ChainError while no RPC answers, DomainError unavailable while the account is empty */
export async function advance(ports: SendingPorts): Promise<Progress> {
  const pending = ports.outbox.pending(INTENTS_PENDING_MAX);
  const [first] = pending;
  if (first?.state === 'sent') await follow(ports, first);
  else for (const intent of pending) if (await begin(ports, intent)) break;
  return ports.outbox.pending(1).length === 0 ? 'idle' : 'busy';
}
