// The Durable Object that owns one key's nonce on one chain, and the promise never to sign two reports for an epoch, or two
// roots for an epoch and round. It holds intents, not work: an alarm drives the state machine until nothing is left.
import { DurableObject } from 'cloudflare:workers';
import type { Hex } from '../../protocol/bytes.ts';
import type { EpochRoot, Statement } from '../../protocol/consensus/types.ts';
import type { EpochReport } from '../../protocol/report.ts';
import { composeSender, type SenderParts } from '../compose.ts';
import type { Env } from '../env.ts';
import type { ChainSeen, IntentState, SignedReport } from '../services/ports.ts';
import { advance } from '../services/sending/advance.ts';
import { signOnce, signRootOnce } from '../services/sending/sign-once.ts';
import { troubleOf } from '../services/step.ts';

const FIRST_TRY_MS = 10;

export class TxSender extends DurableObject<Env> {
  #composed: SenderParts | undefined;
  /** What the last try met; lost with the isolate, and found again by the next try. */
  #trouble: Extract<IntentState, { state: 'pending' }>['trouble'] = null;

  get #parts(): SenderParts {
    this.#composed ??= composeSender(this.env, this.ctx.storage.sql);
    return this.#composed;
  }

  signReport(report: EpochReport, seen: ChainSeen): SignedReport | null {
    const { lock, sign, domain } = this.#parts;
    return signOnce(lock, sign, domain, { report, seen });
  }

  /** The statement on this root, or on the one signed earlier for its epoch and round; null while the signer abstains. */
  signRoot(root: EpochRoot, seen: ChainSeen): Statement | null {
    const { lock, sign, domain, validator } = this.#parts;
    return signRootOnce(lock, sign, domain, { root, validator, seen });
  }

  signed(epoch: number): SignedReport | null {
    return this.#parts.lock.signed(epoch);
  }

  /** Stores the intent before anything is sent; the same key again changes nothing. */
  async submit(key: string, call: { to: Hex; data: Hex }): Promise<void> {
    const { outbox, nowMs } = this.#parts.sending;
    outbox.add(key, call, nowMs());
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(Date.now() + FIRST_TRY_MS);
  }

  state(key: string): IntentState {
    const intent = this.#parts.sending.outbox.intent(key);
    if (intent === null) return { state: 'unknown' };
    const { transactionHash, blockNumber } = intent;
    if (intent.state === 'confirmed' && transactionHash !== null && blockNumber !== null) {
      return { state: 'confirmed', transactionHash, blockNumber };
    }
    return intent.state === 'rejected'
      ? { state: 'rejected', reason: intent.reason ?? 'unknown' }
      : { state: 'pending', trouble: this.#trouble };
  }

  override async alarm(): Promise<void> {
    let busy = true;
    try {
      busy = (await advance(this.#parts.sending)) === 'busy';
      this.#trouble = null;
    } catch (error) {
      const { code, message } = troubleOf('send', error);
      this.#trouble = { code: 'unavailable', message }; // the intent stays; the next alarm tries again
      console.error(`send: ${code}: ${message}`);
    }
    if (busy) await this.ctx.storage.setAlarm(Date.now() + this.#parts.pollMs);
  }
}
