// The tenant's counter, in the object that counts. One that does not answer in time is as good as none: the caller decides what goes on.
import { QUOTA_DEADLINE_MS } from '../services/accounts/limits.ts';
import type { HoldAsk, QuotaAsk, QuotaPort, QuotaWord } from '../services/accounts/ports.ts';

/** The methods of the Quota object, as its stub has them. */
export type QuotaStub = {
  take(ask: QuotaAsk): Promise<QuotaWord>;
  hold(ask: HoldAsk): Promise<boolean>;
  release(id: string): Promise<void>;
  forget(): Promise<void>;
};

async function inTime<T>(work: Promise<T>, deadlineMs: number): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('The quota’s object does not answer.')), deadlineMs);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** An answer that comes too late may have counted: the tenant then has one less, never one more. */
export function quotaObject(namespace: DurableObjectNamespace, deadlineMs = QUOTA_DEADLINE_MS): QuotaPort {
  const stub = (tenant: string): QuotaStub => namespace.get(namespace.idFromName(tenant)) as unknown as QuotaStub;
  return {
    take: async (tenant, ask) => inTime(stub(tenant).take(ask), deadlineMs),
    hold: async (tenant, ask) => inTime(stub(tenant).hold(ask), deadlineMs),
    release: async (tenant, id) => inTime(stub(tenant).release(id), deadlineMs),
    forget: async (tenant) => inTime(stub(tenant).forget(), deadlineMs),
  };
}
