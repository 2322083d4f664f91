// What the runner asks the chain: the clock, and whom a signer speaks for. All validators of an epoch are read at once, ahead of
// time and at most once a second, so a stranger's challenge causes no traffic and an auditor's clock never runs while we wait for
// an RPC. When the registry can't be read the question fails: a challenge is never answered unchecked.
import type { Hex } from '../../protocol/bytes.ts';
import type { EpochClock } from '../../protocol/schedule.ts';
import { REGISTRY_EPOCHS_MAX, REGISTRY_RETRY_MS, REGISTRY_TTL_MS } from '../limits.ts';
import { Refusal } from '../problem.ts';

/** Signer address → operator address, of the validators active at one epoch. */
export type Signers = ReadonlyMap<Hex, Hex>;

/** The chain itself: throws whatever its client throws. */
export type RegistrySource = { clock(): Promise<EpochClock>; signersAt(epoch: number): Promise<Signers> };

/** The same, cached and bounded: throws Refusal('registry-unavailable') only. */
export type Registry = {
  epochAt(now: number): Promise<number>;
  /** Null when nobody active at that epoch signs with this address. */
  operatorOf(signer: Hex, epoch: number): Promise<Hex | null>;
  /** All operators active at that epoch. */
  operatorsAt(epoch: number): Promise<readonly Hex[]>;
  /** Reads the current and the next epoch if they are not known yet. */
  warm(): Promise<void>;
};

export const epochOf = (clock: EpochClock, now: number): number =>
  Math.floor((Math.floor(now / 1000) - clock.genesis) / (clock.slotSeconds * clock.slotsPerEpoch));

/** A reading that is shared while it is under way, kept while it is fresh, and not repeated at once when it failed. */
function reading<T>(read: () => Promise<T>, now: () => number): () => Promise<T> {
  let value: { readonly is: T; readonly until: number } | undefined;
  let pending: Promise<T> | undefined;
  let retryAt = -Infinity;
  const start = async (): Promise<T> => {
    try {
      const is = await read();
      value = { is, until: now() + REGISTRY_TTL_MS };
      return is;
    } catch {
      retryAt = now() + REGISTRY_RETRY_MS;
      throw new Refusal('registry-unavailable'); // without the cause: it may hold the RPC's URL, and so its API key
    } finally {
      pending = undefined;
    }
  };
  return async () => {
    if (value !== undefined && value.until > now()) return value.is;
    if (pending === undefined && now() < retryAt) throw new Refusal('registry-unavailable');
    return (pending ??= start());
  };
}

/** @param now Unix milliseconds */
export function cachedRegistry(source: RegistrySource, now: () => number): Registry {
  const clock = reading(() => source.clock(), now);
  const epochs = new Map<number, () => Promise<Signers>>();

  const signersAt = (epoch: number): Promise<Signers> => {
    const known = epochs.get(epoch);
    if (known !== undefined) return known();
    const fresh = reading(() => source.signersAt(epoch), now);
    epochs.set(epoch, fresh);
    if (epochs.size > REGISTRY_EPOCHS_MAX) epochs.delete(Math.min(...epochs.keys()));
    return fresh();
  };
  const epochAt = async (time: number): Promise<number> => epochOf(await clock(), time);
  return {
    epochAt,
    operatorOf: async (signer, epoch) => (await signersAt(epoch)).get(signer) ?? null,
    operatorsAt: async (epoch) => [...(await signersAt(epoch)).values()],
    async warm() {
      const epoch = Math.max(0, await epochAt(now()));
      await Promise.all([signersAt(epoch), signersAt(epoch + 1)]);
    },
  };
}
