// Endpoints as their tenants make, change and end them. An address is checked before it is stored; secrets leave once, in the answer
// that made them.
import { sha256 } from '../../../protocol/hash.ts';
import { toHex } from '../../../protocol/bytes.ts';
import { endpointCursor } from '../../../schema/api/cursors.ts';
import { toBase64 } from '../../../schema/base64.ts';
import type {
  EndpointChange,
  EndpointItem,
  EndpointMade,
  NewEndpoint,
  PublicKey,
  SecretRotated,
} from '../../../schema/api/webhooks.ts';
import type { EventType } from '../../../schema/api/events.ts';
import type { Page } from '../../../schema/api/values.ts';
import { found, missing, type Answer, type Missing } from '../views/answer.ts';
import type { WebPorts } from '../views/ports.ts';
import { eventId, type NewEvent } from './event.ts';
import { PAGERDUTY_URL } from './format.ts';
import { ENDPOINTS_ACTIVE_MAX, OVERLAP_MS, SECRET_BYTES } from './limits.ts';
import type { Endpoint, EndpointSecrets, EndpointUpdate, StoredEndpoint, Vault } from './ports.ts';

type Ports = Pick<WebPorts, 'alerts' | 'nowMs'>;
type Owned = { readonly tenant: string; readonly id: string };

const NO_VAULT = missing(
  'misconfigured',
  'This Worker cannot keep secrets of endpoints: it has no VAULT_KEY. Its operator makes 32 random bytes in hex and stores them with `wrangler secret put VAULT_KEY`.',
);
const UNKNOWN = missing('not-found', 'There is no endpoint with this id among yours. GET /v1/webhooks lists them.');
const FULL = missing(
  'over-quota',
  `All tenants of this Worker together have ${String(ENDPOINTS_ACTIVE_MAX)} active endpoints, and there is no room for one more. Its operator can end those that nobody needs; GET /v1/events tells the same without an endpoint.`,
);
const CHANGED = missing('conflict', 'The endpoint was changed by another request at the same moment. Ask for it and try again.');

/** The first 48 bits of a hash of whose list it is: what a cursor is bound to. */
export function ownerOf(name: string): number {
  return Number.parseInt(toHex(sha256(new TextEncoder().encode(name))).slice(2, 14), 16);
}

const newSecret = ({ alerts }: Ports): string => `whsec_${toBase64(alerts.random(SECRET_BYTES))}`;

export function itemOf(endpoint: Endpoint): EndpointItem {
  const { id, shownUrl, format, scheme, types, nodes, operators, note, state } = endpoint;
  const { disabledReason, disabledAtMs, failingSinceMs, deliveredAtMs, createdAtMs } = endpoint;
  return {
    ...{ id, url: shownUrl, format, scheme: format === 'standard' ? scheme : null, types: types as EventType[] },
    ...{ nodes: [...nodes], operators: [...operators], note, state },
    ...{ disabledReason, disabledAtMs, failingSinceMs, deliveredAtMs, createdAtMs },
  };
}

/** The path of an address is a password at Slack and Discord, and may be one anywhere. */
function shown(url: URL): string {
  return url.pathname === '/' ? url.href : `${url.origin}/…`;
}

async function checked({ alerts }: Ports, address: string): Promise<URL | Missing> {
  const word = await alerts.check(address);
  if (word.ok) return word.url;
  return missing('bad-body', `url: no request is sent there: ${word.why}. Give a public address over https, without a query.`);
}

function keyProblem(format: Endpoint['format'], { routingKey, url }: EndpointChange, isNew: boolean): Missing | null {
  if (format !== 'pagerduty' && routingKey !== undefined)
    return missing('bad-body', 'routingKey: only PagerDuty’s format has one.');
  if (!isNew) return null;
  if (format === 'pagerduty' && routingKey === undefined) {
    return missing('bad-body', 'routingKey: PagerDuty’s format needs the integration key of a service (Events API v2).');
  }
  return format !== 'pagerduty' && url === undefined ? missing('bad-body', 'url: an address is needed.') : null;
}

/** @returns the endpoint and its secret, which is shown this once */
export async function createEndpoint(
  ports: Ports,
  { tenant, endpointsMax, body }: { readonly tenant: string; readonly endpointsMax: number; readonly body: NewEndpoint },
): Promise<Answer<EndpointMade>> {
  const vault = ports.alerts.vault();
  if (vault === null) return NO_VAULT;
  const problem = keyProblem(body.format, body, true);
  if (problem !== null) return problem;
  const url = await checked(ports, body.url ?? PAGERDUTY_URL);
  if ('ok' in url) return url;
  const { format, scheme, types, nodes, operators, note } = body;
  const id = `ep_${toHex(ports.alerts.random(16)).slice(2)}`;
  const secret = format === 'standard' && scheme === 'v1' ? newSecret(ports) : null;
  const sealed = await vault.seal(id, { url: url.href, secret, previous: null, routingKey: body.routingKey ?? null });
  const endpoint: Endpoint = {
    ...{ id, tenant, format, scheme, shownUrl: shown(url), sealed, types, nodes, operators, note },
    ...{ state: 'active', disabledReason: null, disabledAtMs: null, failingSinceMs: null, deliveredAtMs: null },
    ...{ pausedUntilMs: 0, createdAtMs: ports.nowMs() },
  };
  const bounds = { tenantMax: endpointsMax, activeMax: ENDPOINTS_ACTIVE_MAX };
  const word = await ports.alerts.endpoints.add(endpoint, bounds);
  if (word === 'added') return found({ endpoint: itemOf(endpoint), secret });
  if (word === 'worker') return FULL;
  const most = String(endpointsMax);
  return missing(
    'over-quota',
    `You have ${most} endpoints, as many as your tenant may have. Delete one that you no longer need.`,
  );
}

export async function listEndpoints(
  { alerts }: Ports,
  { tenant, limit, cursor }: { tenant: string; limit: number; cursor?: { owner: number; number: number } | undefined },
): Promise<Answer<Page<EndpointItem>>> {
  const owner = ownerOf(tenant);
  if (cursor !== undefined && cursor.owner !== owner) return missing('bad-cursor', 'cursor: not one of your list.');
  const rows = await alerts.endpoints.list(tenant, { after: cursor?.number ?? 0, limit: limit + 1 });
  const shownRows = rows.slice(0, limit);
  const last = rows.length > limit ? shownRows.at(-1) : undefined;
  const next = last === undefined ? null : endpointCursor.encode({ owner, number: last.number });
  return found({ items: shownRows.map(itemOf), next });
}

/** The tenant's endpoint; anybody else's is as if it were not there. */
export async function ownEndpoint({ alerts }: Ports, { tenant, id }: Owned): Promise<Answer<StoredEndpoint>> {
  const endpoint = await alerts.endpoints.get(tenant, id);
  return endpoint === null ? UNKNOWN : found(endpoint);
}

type Opened = { readonly endpoint: StoredEndpoint; readonly vault: Vault; readonly secrets: EndpointSecrets };

async function opened(ports: Ports, owned: Owned): Promise<Answer<Opened>> {
  const vault = ports.alerts.vault();
  if (vault === null) return NO_VAULT;
  const own = await ownEndpoint(ports, owned);
  if (!own.ok) return own;
  return found({ endpoint: own.value, vault, secrets: await vault.open(owned.id, own.value.sealed) });
}

export async function changeEndpoint(
  ports: Ports,
  { body, ...owned }: Owned & { readonly body: EndpointChange },
): Promise<Answer<EndpointItem>> {
  const own = await opened(ports, owned);
  if (!own.ok) return own;
  const { endpoint, vault, secrets } = own.value;
  const problem = keyProblem(endpoint.format, body, false);
  if (problem !== null) return problem;
  const { url: address, routingKey, types, nodes, operators, note } = body;
  const url = address === undefined ? null : await checked(ports, address);
  if (url !== null && 'ok' in url) return url;
  const changed = { ...secrets, ...(url === null ? {} : { url: url.href }), ...(routingKey === undefined ? {} : { routingKey }) };
  const isSealedAnew = url !== null || routingKey !== undefined;
  const change: EndpointUpdate = {
    ...(types === undefined ? {} : { types }),
    ...(nodes === undefined ? {} : { nodes }),
    ...(operators === undefined ? {} : { operators }),
    ...(note === undefined ? {} : { note }),
    ...(url === null ? {} : { shownUrl: shown(url) }),
    ...(isSealedAnew ? { sealed: await vault.seal(endpoint.id, changed) } : {}),
  };
  if (!(await ports.alerts.endpoints.update(endpoint, change))) return CHANGED;
  return found(itemOf({ ...endpoint, ...change }));
}

export async function removeEndpoint({ alerts }: Ports, { tenant, id }: Owned): Promise<Answer<null>> {
  return (await alerts.endpoints.remove(tenant, id)) ? found(null) : UNKNOWN;
}

/** A new secret; the old one signs beside it for a day. */
export async function rotateSecret(ports: Ports, owned: Owned): Promise<Answer<SecretRotated>> {
  const own = await opened(ports, owned);
  if (!own.ok) return own;
  const { endpoint, vault, secrets } = own.value;
  if (secrets.secret === null) {
    return missing(
      'conflict',
      'This endpoint has no secret of its own: its format is not signed, or it is signed with the Worker’s key.',
    );
  }
  const secret = newSecret(ports);
  const previousUntilMs = ports.nowMs() + OVERLAP_MS;
  const rotated = { ...secrets, secret, previous: { secret: secrets.secret, untilMs: previousUntilMs } };
  if (!(await ports.alerts.endpoints.update(endpoint, { sealed: await vault.seal(endpoint.id, rotated) }))) return CHANGED;
  return found({ secret, previousUntilMs });
}

/** Sends a test event to this endpoint only. */
export async function testEndpoint(ports: Ports, owned: Owned): Promise<Answer<{ event: string }>> {
  const own = await ownEndpoint(ports, owned);
  if (!own.ok) return own;
  if (own.value.state === 'disabled') return missing('conflict', 'The endpoint is disabled. Enable it first.');
  const nowMs = ports.nowMs();
  const id = eventId('endpoint.test', owned.id, nowMs, toHex(ports.alerts.random(8)));
  const data = { endpoint: owned.id, message: 'A test event: this endpoint receives what it should.' };
  const event: NewEvent = { id, type: 'endpoint.test', node: null, occurredAtMs: nowMs, data, to: owned.id };
  await ports.alerts.endpoints.tell([event]);
  await ports.alerts.wake();
  return found({ event: id });
}

/** Makes a disabled endpoint active again; what it missed can be replayed. */
export async function enableEndpoint(ports: Ports, owned: Owned): Promise<Answer<EndpointItem>> {
  const own = await ownEndpoint(ports, owned);
  if (!own.ok) return own;
  if (own.value.state === 'disabled') await ports.alerts.endpoints.enable(own.value, ENDPOINTS_ACTIVE_MAX);
  const now = await ownEndpoint(ports, owned);
  if (!now.ok) return now;
  return now.value.state === 'disabled' ? FULL : found(itemOf(now.value));
}

/** By which every delivery of an endpoint with scheme v1a can be verified. */
export function showPublicKey({ alerts }: Pick<WebPorts, 'alerts'>): Answer<PublicKey> {
  const vault = alerts.vault();
  return vault === null ? NO_VAULT : found({ scheme: 'v1a', publicKey: vault.publicKey() });
}
