// Which network this is: read from the registry once, then kept, so that neither queue nor pages need the chain.
import { findPolicy } from '../../schema/policy/shipped.ts';
import { DomainError } from '../errors.ts';
import type { Context, Deployment, Ports } from './ports.ts';
import type { Domain } from '../../protocol/domain.ts';
import type { Hex } from '../../protocol/bytes.ts';

export type Membership = { readonly domain: Domain; readonly validator: Hex };

function same(a: Domain, b: Domain): boolean {
  return a.chainId === b.chainId && a.registry === b.registry;
}

function contextOf(ports: Ports, validator: Hex, { domain, clock, policyHash }: Deployment): Context {
  const policy = findPolicy(policyHash);
  if (policy === undefined) {
    throw new DomainError(
      'misconfigured',
      `The registry's policy ${policyHash} does not ship with this version. Update the Worker, or correct REGISTRY_ADDRESS.`,
    );
  }
  return { domain, validator, clock, policy, policyHash, ports };
}

/** The context from what the ledger knows; null before the first successful `join`. */
export async function recall(ports: Ports, { domain, validator }: Membership): Promise<Context | null> {
  const known = await ports.ledger.deployment();
  if (known === null) return null;
  if (!same(known.domain, domain)) {
    throw new DomainError(
      'misconfigured',
      `This database belongs to registry ${known.domain.registry} on chain ${String(known.domain.chainId)}, the configuration names ${domain.registry} on ${String(domain.chainId)}. Correct the configuration or use an empty database.`,
    );
  }
  return contextOf(ports, validator, known);
}

/** As `recall`, reading the registry the first time. @throws ChainError, DomainError misconfigured */
export async function join(ports: Ports, membership: Membership): Promise<Context> {
  const known = await recall(ports, membership);
  if (known !== null) return known;
  const found = await ports.registry.deployment();
  const context = contextOf(ports, membership.validator, found);
  await ports.ledger.join(found);
  return context;
}
