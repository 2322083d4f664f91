// Takes what everybody shares of an epoch from the chain into the store, once: seats, policy, nodes. All of it is final one epoch
// ahead, and afterwards nothing asks the chain for it again.
import type { NetworkContext, NetworkEpoch } from './ports.ts';

/** @throws ChainError while the chain is not to be had, has not come so far, or its RPCs disagree */
export async function observe({ ports }: NetworkContext, epoch: number): Promise<NetworkEpoch> {
  const { chain, store } = ports;
  const known = await store.epoch(epoch);
  if (known !== null) return known;
  const [seats, policyHash, nodes] = await Promise.all([chain.seats(epoch), chain.policyHash(epoch), chain.nodes(epoch)]);
  const facts: NetworkEpoch = { epoch, policyHash, nodeCount: nodes.length, seats, beacon: null };
  await store.observe(facts, nodes);
  return facts;
}
