// A place for a stream of events, which the tenant's own counter gives: so many of an order and of a tenant, over all of this Worker's
// instances. A place that is not kept is free again after a while, so that a reader that vanished locks nobody out.
import { toHex } from '../../../protocol/bytes.ts';
import { HOLD_MS } from '../accounts/limits.ts';
import type { AccountPorts } from '../accounts/ports.ts';
import { found, missing, type Answer } from '../views/answer.ts';
import { STREAMS_PER_ORDER_MAX, STREAMS_PER_TENANT_MAX } from './limits.ts';
import type { SpotPorts } from './ports.ts';

type Ports = {
  readonly accounts: { readonly quota: Pick<AccountPorts['quota'], 'hold' | 'release'> };
  readonly spots: Pick<SpotPorts, 'random'>;
  readonly nowMs: () => number;
};

export type StreamPlace = {
  /** To be called more often than a place is forgotten. */
  readonly keep: () => Promise<void>;
  readonly close: () => Promise<void>;
};

const SILENT = 'The counter of open streams does not answer, and without it none is opened. Ask for the audit’s state meanwhile.';
const MANY = `There are ${String(STREAMS_PER_ORDER_MAX)} open streams of this audit, or ${String(STREAMS_PER_TENANT_MAX)} of this tenant, which is as many as there may be. Close one, or ask for the audit’s state.`;

export async function openStream(
  { accounts, spots, nowMs }: Ports,
  { tenant, order }: { readonly tenant: string; readonly order: string },
): Promise<Answer<StreamPlace>> {
  const id = toHex(spots.random(16));
  const bounds = { id, place: order, perPlace: STREAMS_PER_ORDER_MAX, perTenant: STREAMS_PER_TENANT_MAX };
  const hold = (): Promise<boolean> => accounts.quota.hold(tenant, { ...bounds, nowMs: nowMs(), untilMs: nowMs() + HOLD_MS });
  const held = await hold().catch(() => null);
  if (held === null) return missing('unavailable', SILENT);
  if (!held) return missing('over-quota', MANY);
  return found({
    // A stream that is open goes on where its counter is silent: it ends by itself.
    keep: async () => {
      await hold().catch(() => undefined);
    },
    close: () => accounts.quota.release(tenant, id).catch(() => undefined),
  });
}
