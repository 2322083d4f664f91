// Whether an epoch was frozen with what the chain has. A signed challenge that was not drawn can be proven only against a posted report, so
// facts that turn out false cost the epoch and no stake, as long as its report stays here.
import { differentEntry, differentField, differentValue } from '../../chain/agree.ts';
import type { Context, EpochEntry } from './ports.ts';

/** Nodes that are looked up at once. */
const PAGE = 1000;

/**
 * What the epoch's draws and verdicts follow from, read again and held against what is stored.
 * @returns what differs, in a few words; null when nothing does
 * @throws ChainError while the chain is not to be had, or its RPCs disagree
 */
export async function falseFact({ clock, ports }: Context, entry: EpochEntry): Promise<string | null> {
  const { registry, ledger } = ports;
  const { epoch, nodeCount, validatorCount, policyHash } = entry;
  const deployment = await registry.deployment();
  const field = differentField(clock, deployment.clock);
  if (field !== null) return `${field} of the network’s clock`;
  const [seats, policy, nodes] = await Promise.all([registry.signers(epoch), registry.policyHash(epoch), registry.nodes(epoch)]);
  const plain = [
    ['number of seats', differentValue(validatorCount, seats.length)],
    ['signer of a seat', entry.signers === null ? null : differentEntry(entry.signers, seats)],
    ['policy', differentValue(policyHash, policy)],
    ['number of nodes', differentValue(nodeCount, nodes.length)],
  ] as const;
  for (const [what, difference] of plain) if (difference !== null) return `${what} (${difference})`;
  for (let from = 0; from < nodes.length; from += PAGE) {
    const page = nodes.slice(from, from + PAGE);
    const stored = await ledger.nodes(
      epoch,
      page.map(({ index }) => index),
    );
    for (const node of page) {
      const other = differentField(node, stored.get(node.index) ?? {});
      if (other !== null) return `${other} of node ${String(node.index)}`;
    }
  }
  return null;
}
