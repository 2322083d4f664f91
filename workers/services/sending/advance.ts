// The transaction sender's state machine: intent → nonce → signed and stored → broadcast → receipt, with same-nonce
// replacement. Each call does what can be done now and can be cut off anywhere: what was stored is sent again, never signed anew
// under another nonce while the first may still be mined.
import { FEE_PER_GAS_MAX } from '../../../chain/limits.ts';
import { DomainError } from '../../errors.ts';
import { ATTEMPTS_MAX, REPLACE_AFTER_MS, REPLACE_BUMP_PERCENT } from '../../limits.ts';
import type { Attempt, Estimate, Fees, Intent, Outbox, TxChain } from './ports.ts';

export type SendingPorts = { readonly outbox: Outbox; readonly chain: TxChain; readonly nowMs: () => number };

/** Whether there is anything left to do. */
export type Progress = 'idle' | 'busy';

/** A refusal that only time mends: an RPC tries the call at its newest block's time, which lags behind our clock. */
const NOT_YET = 'EpochNotOver';

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
      'The RPC asks for more than 1,000 gwei a gas. The report waits; if the chain is not that dear, take another RPC.',
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
    else outbox.reject(intent.key, 'the transaction was mined and reverted');
    return true;
  }
  return false;
}

async function send(ports: SendingPorts, intent: Intent, attempt: Attempt): Promise<void> {
  const result = await ports.chain.broadcast(attempt.raw);
  if (result === 'unfunded') {
    throw new DomainError(
      'unavailable',
      'The signer’s account cannot pay for the transaction. Send it some of the chain’s coin; the report waits.',
    );
  }
  if (result !== 'nonce_too_low') return;
  // Either one of ours was just mined, or another program uses this key: then a new nonce is needed.
  if (!(await collect(ports, intent, ports.outbox.attempts(intent.key)))) ports.outbox.restart(intent.key);
}

/** @throws ChainError while no RPC answers, DomainError unavailable while the account is empty */
export async function advance(ports: SendingPorts): Promise<Progress> {
  const { outbox, chain, nowMs } = ports;
  const intent = outbox.current();
  if (intent === null) return 'idle';
  const attempts = outbox.attempts(intent.key);
  if (await collect(ports, intent, attempts)) return outbox.current() === null ? 'idle' : 'busy';
  const last = attempts.at(-1);
  const replace = last !== undefined && nowMs() - last.sentAt >= REPLACE_AFTER_MS && attempts.length < ATTEMPTS_MAX;
  if (last !== undefined && !replace) {
    await send(ports, intent, last);
    return 'busy';
  }
  // A nonce that an RPC once reported too high would keep this and all later reports waiting for ever.
  if (last !== undefined && (await chain.nonce()) < last.nonce) {
    outbox.restart(intent.key);
    return 'busy';
  }
  const estimate = await chain.estimate(intent);
  if (!estimate.ok) {
    // With nothing sent yet a revert is final; else one of ours may be about to be mined, and its receipt decides.
    if (last === undefined && estimate.revert === NOT_YET) return 'busy';
    if (last === undefined) outbox.reject(intent.key, estimate.revert);
    else await send(ports, intent, last);
    return outbox.current() === null ? 'idle' : 'busy';
  }
  await send(ports, intent, await signAttempt(ports, intent, estimate, last));
  return 'busy';
}
