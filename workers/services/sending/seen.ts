// What chain, database and clock say of this validator's past: the signer with an empty memory decides by it whether it can have signed
// anything yet. The database alone could be as new as the signer, and an RPC could lie; either one's word that there was a seat is enough.
import type { ChainSeen, Ledger, Registry } from '../ports.ts';

type SeenPorts = { readonly registry: Pick<Registry, 'lastReport' | 'signer'>; readonly ledger: Pick<Ledger, 'epoch'> };

/** @throws ChainError */
export async function seenNow({ registry, ledger }: SeenPorts, currentEpoch: number): Promise<ChainSeen> {
  const before = currentEpoch - 2;
  const [last, signer, entry] = await Promise.all([
    registry.lastReport(),
    before < 0 ? null : registry.signer(before),
    before < 0 ? null : ledger.epoch(before),
  ]);
  return { lastEpoch: last?.epoch ?? null, currentEpoch, seatedBefore: signer !== null || entry !== null };
}
