// The Durable Object that counts what one tenant uses: the one place where its quotas are decided. It knows no key and no limit: both come
// with the question. What was used outlives the tenant until its window is over: a wallet's tenant comes back under the same name.
import { DurableObject } from 'cloudflare:workers';
import { composeQuota, windowsEndMs, type Counters } from '../compose/accounts.ts';
import type { Env } from '../env.ts';
import type { HoldAsk, QuotaAsk, QuotaWord } from '../services/accounts/ports.ts';

export class Quota extends DurableObject<Env> {
  #counters: Counters | undefined;

  #ready(): Counters {
    this.#counters ??= composeQuota(this.ctx.storage.sql);
    return this.#counters;
  }

  take(ask: QuotaAsk): QuotaWord {
    return this.#ready().take(ask);
  }

  hold(ask: HoldAsk): boolean {
    return this.#ready().hold(ask);
  }

  release(id: string): void {
    this.#ready().release(id);
  }

  /** The tenant is gone; what it used is, at the end of the day. */
  async forget(): Promise<void> {
    await this.ctx.storage.setAlarm(windowsEndMs(Date.now()));
  }

  override async alarm(): Promise<void> {
    // Used again since, by a wallet that came back: then there is something to count.
    if (!this.#ready().dropOver(Date.now())) return;
    this.#counters = undefined;
    await this.ctx.storage.deleteAll();
  }
}
