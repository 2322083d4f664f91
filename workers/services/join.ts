// Which network this is: read from the registry once, then kept, so that neither queue nor pages need the chain.
import { DomainError } from '../errors.ts';
import { policiesFor } from './policy.ts';
import type { Context, Deployment, Ledger, Ports, Registry } from './ports.ts';
import type { Policy } from '../../protocol/policy.ts';
import type { Hex } from '../../protocol/bytes.ts';
import type { Domain } from '../../protocol/domain.ts';

export type Membership = { readonly domain: Domain; readonly validator: Hex };

/** `policy` is the network's first one. */
export type Known = Deployment & { readonly policy: Policy; readonly policyOf: Context['policyOf'] };

/** A network whose first policy cannot be followed is refused at once. @throws DomainError misconfigured */
function withPolicy(found: Deployment): Known {
  const policyOf = policiesFor(found.reportSeconds);
  return { ...found, policyOf, policy: policyOf(found.policyHash) };
}

/** What the ledger knows, held against the configuration. @throws DomainError misconfigured */
export function recallDeployment(known: Deployment | null, domain: Domain): Known | null {
  if (known === null) return null;
  const { chainId, registry } = known.domain;
  if (chainId !== domain.chainId || registry !== domain.registry) {
    throw new DomainError(
      'misconfigured',
      `This database belongs to registry ${registry} on chain ${String(chainId)}, the configuration names ${domain.registry} on ${String(domain.chainId)}. Correct the configuration or use an empty database.`,
    );
  }
  return withPolicy(known);
}

function contextOf({ domain, clock, reportSeconds, policyOf }: Known, validator: Hex, ports: Ports): Context {
  return { domain, validator, clock, reportSeconds, policyOf, ports };
}

/** The context from what the ledger knows; null before the first successful `join`. */
export async function recall(ports: Ports, { domain, validator }: Membership): Promise<Context | null> {
  const known = recallDeployment(await ports.ledger.deployment(), domain);
  return known === null ? null : contextOf(known, validator, ports);
}

/** All that joining needs; a gateway has no more. */
export type JoinPorts = {
  readonly ledger: Pick<Ledger, 'deployment' | 'join'>;
  readonly registry: Pick<Registry, 'deployment'>;
};

/** The network from the ledger, or from the registry the first time. @throws ChainError, DomainError misconfigured */
export async function joinDeployment(ports: JoinPorts, domain: Domain): Promise<Known> {
  const known = recallDeployment(await ports.ledger.deployment(), domain);
  if (known !== null) return known;
  const found = await ports.registry.deployment();
  const checked = withPolicy(found);
  await ports.ledger.join(found);
  return checked;
}

/** As `recall`, reading the registry the first time. @throws ChainError, DomainError misconfigured */
export async function join(ports: Ports, { domain, validator }: Membership): Promise<Context> {
  return contextOf(await joinDeployment(ports, domain), validator, ports);
}
