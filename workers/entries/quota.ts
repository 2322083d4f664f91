// The Durable Object that counts what one tenant uses: the one place where its quotas are decided. It knows no key and no limit: both come
// with the question.
import { DurableObject } from 'cloudflare:workers';
import { composeQuota } from '../compose/accounts.ts';
import type { Env } from '../env.ts';
import type { QuotaAsk, QuotaWord } from '../services/accounts/ports.ts';

export class Quota extends DurableObject<Env> {
  #counters: ReturnType<typeof composeQuota> | undefined;

  take(ask: QuotaAsk): QuotaWord {
    this.#counters ??= composeQuota(this.ctx.storage.sql);
    return this.#counters.take(ask);
  }

  /** The tenant is gone, and so is what it used. */
  async forget(): Promise<void> {
    this.#counters = undefined;
    await this.ctx.storage.deleteAll();
  }
}
