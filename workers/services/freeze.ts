// Takes an epoch's facts from the chain: the node set, the seats with their signers, the policy, where the seed chain stands. They are final
// one epoch ahead, so an RPC that is down at an epoch's start costs nothing. All RPCs that answer must say the same of them, because what
// is signed by false ones can be proven undrawn; post.ts asks once more before it signs.
import { epochBeaconRound } from '../../protocol/schedule.ts';
import { DomainError } from '../errors.ts';
import { policyFor } from './policy.ts';
import type { Context } from './ports.ts';

/** 'inactive': the registry does not list this validator in that epoch, nothing is due. */
export type Frozen = 'frozen' | 'known' | 'inactive';

/** @throws ChainError while no RPC answers, none has come so far, or two of them disagree; DomainError misconfigured */
export async function freezeEpoch(context: Context, epoch: number): Promise<Frozen> {
  const { registry, ledger, keys } = context.ports;
  if ((await ledger.epoch(epoch)) !== null) return 'known';
  const signer = await registry.signer(epoch);
  if (signer === null) return 'inactive';
  if (signer !== keys.signer) {
    throw new DomainError(
      'misconfigured',
      `SIGNER_KEY is the key of ${keys.signer}, but the registry's signer for epoch ${String(epoch)} is ${signer}. Set the right key, or update the validator on chain.`,
    );
  }
  const [nodes, signers, seedBase, policyHash] = await Promise.all([
    registry.nodes(epoch),
    registry.signers(epoch),
    registry.seedBase(epoch),
    registry.policyHash(epoch),
  ]);
  if (seedBase === null) {
    throw new DomainError(
      'misconfigured',
      `The registry has no seed chain for epoch ${String(epoch)}. Register the validator's seed tip.`,
    );
  }
  keys.seed({ epoch, seedBase }); // refuses a secret that is not the chain's root now, not when the report is due
  const beaconRound = epochBeaconRound(context.clock, policyFor(context, { policyHash }), epoch);
  const counts = { nodeCount: nodes.length, validatorCount: signers.length };
  await ledger.freeze({ epoch, policyHash, ...counts, signers, beaconRound, seedBase }, nodes);
  return 'frozen';
}
