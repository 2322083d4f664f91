// What a dishonest Worker replaces, and the few facts that several of them need: its key, its network, its clock.
import type { Replacements } from '../../workers/app.ts';
import type { Env } from '../../workers/env.ts';
import { fromHex, type Hex } from '../../protocol/bytes.ts';
import type { Domain } from '../../protocol/domain.ts';
import { signDigest } from '../../protocol/signer.ts';
import { slotAt, type EpochClock } from '../../protocol/schedule.ts';

/** As the runtime hands it over. */
export type Asked = Request<unknown, IncomingRequestCfProperties>;
export type Answer = (request: Asked) => Promise<Response>;

export type Behaviour = Replacements & {
  /** Stands before the public pages and API; `honest` is what the real Worker answers. */
  readonly answer?: (request: Asked, env: Env, honest: Answer) => Promise<Response>;
};

export function domainOf(env: Env): Domain {
  return { chainId: Number(env.CHAIN_ID), registry: env.REGISTRY_ADDRESS as Hex };
}

/** Signs with the validator's own key, past the object that would refuse to. */
export function signAnyway(env: Env, digest: Hex): Hex {
  return signDigest(digest, fromHex(env.SIGNER_KEY ?? '0x', 32));
}

/** Null before the registry has been read. */
export async function clockOf(env: Env): Promise<EpochClock | null> {
  const sql = 'SELECT genesis, slot_seconds AS slotSeconds, slots_per_epoch AS slotsPerEpoch FROM deployment';
  return env.DB.prepare(sql).first<EpochClock>();
}

/** The running epoch; null before the registry has been read. */
export async function epochNow(env: Env): Promise<number | null> {
  const clock = await clockOf(env);
  return clock === null ? null : (slotAt(clock, Date.now())?.epoch ?? null);
}

export const notFound = (): Response => new Response('not found', { status: 404 });
