// What the alerts part needs from outside: a store of endpoints, deliveries and events, a vault for secrets, the guard, one object an
// endpoint. Secrets are in the clear in an `EndpointSecrets` only, on the way between the vault and a signature.
import type { Hex } from '../../../protocol/bytes.ts';
import type { EventItem } from '../../../schema/api/events.ts';
import type { DeliveryItem, SignatureScheme, WebhookFormat } from '../../../schema/api/webhooks.ts';
import type { Guarded } from '../guard.ts';
import type { NewEvent } from './event.ts';

export type EndpointSecrets = {
  readonly url: string;
  /** `whsec_…`; null where no secret of the endpoint signs. */
  readonly secret: string | null;
  readonly previous: { readonly secret: string; readonly untilMs: number } | null;
  readonly routingKey: string | null;
};

export type Endpoint = {
  readonly id: string;
  readonly tenant: string;
  readonly format: WebhookFormat;
  readonly scheme: SignatureScheme;
  readonly shownUrl: string;
  /** By the vault, bound to the id. */
  readonly sealed: string;
  readonly types: readonly string[];
  readonly nodes: readonly Hex[];
  readonly operators: readonly Hex[];
  readonly note: string;
  readonly state: 'active' | 'disabled';
  readonly disabledReason: string | null;
  readonly disabledAtMs: number | null;
  readonly failingSinceMs: number | null;
  readonly deliveredAtMs: number | null;
  readonly pausedUntilMs: number;
  readonly createdAtMs: number;
};
/** With its place in the order of endpoints, which its deliveries are stored by. */
export type StoredEndpoint = Endpoint & { readonly number: number };

export type EndpointUpdate = Partial<Pick<Endpoint, 'shownUrl' | 'sealed' | 'types' | 'nodes' | 'operators' | 'note'>>;
export type Placed<T> = { readonly place: number; readonly item: T };

/** Ids of another tenant are as if they were not there. Every write is one atomic batch. */
export type EndpointStore = {
  /** Which bound it is at, where the tenant or the Worker has as many as it may. */
  readonly add: (endpoint: Endpoint, bounds: { tenantMax: number; activeMax: number }) => Promise<'added' | 'tenant' | 'worker'>;
  readonly get: (tenant: string, id: string) => Promise<StoredEndpoint | null>;
  /** Ascending, after `after`. */
  readonly list: (tenant: string, page: { after: number; limit: number }) => Promise<StoredEndpoint[]>;
  /** Only while `sealed` is what it was read as: two rotations at once must not lose a secret. False where it is another. */
  readonly update: (endpoint: StoredEndpoint, change: EndpointUpdate) => Promise<boolean>;
  /** With its deliveries and what was told to it alone. */
  readonly remove: (tenant: string, id: string) => Promise<boolean>;
  /** Active again, as if nothing had failed, where the Worker has room; events of the meantime are not delivered. */
  readonly enable: (endpoint: StoredEndpoint, activeMax: number) => Promise<void>;
  readonly tell: (events: readonly NewEvent[]) => Promise<void>;
  /** Newest first, before `before`. */
  readonly deliveries: (number: number, page: { before: number | null; limit: number }) => Promise<Placed<DeliveryItem>[]>;
  /** Due again, with a whole schedule; false where the endpoint has no delivery of that event. */
  readonly replay: (number: number, event: string) => Promise<boolean>;
  /** The same for what occurred in a range and matches its filters, delivered before or not: at most `limit` after the place `after`. */
  readonly replayRange: (
    endpoint: StoredEndpoint,
    range: { fromMs: number; throughMs: number; after: number; limit: number },
  ) => Promise<{ readonly events: number; /** Where to go on; null at the end. */ readonly next: number | null }>;
  /** What a tenant may see, oldest first, after `after`. */
  readonly events: (tenant: string, page: { after: number; limit: number }) => Promise<Placed<EventItem>[]>;
};

export type Vault = {
  /** @param about what it belongs to: sealed text opens for the same only */
  readonly seal: (about: string, secrets: EndpointSecrets) => Promise<string>;
  /** @throws DomainError misconfigured where the key is another than it was sealed with */
  readonly open: (about: string, sealed: string) => Promise<EndpointSecrets>;
  /** `whpk_…` of this Worker's ed25519 key. */
  readonly publicKey: () => string;
};

/** What one batch of the fan-out did. */
export type FanOutStep = {
  /** Active endpoints that have something due by it. */
  readonly endpoints: readonly string[];
  /** Nothing waits any more. */
  readonly isDone: boolean;
};

export type FanOutPorts = {
  readonly step: () => Promise<FanOutStep>;
  /** Never throws: who was not reached is poked by the next tick. */
  readonly poke: (endpoints: readonly string[]) => Promise<void>;
  readonly nowMs: () => number;
};

export type AlertPorts = {
  /** Begins to fan the outbox out and to deliver it, after whatever is being answered. Never throws: what it misses the next tick finds. */
  readonly wake: () => Promise<void>;
  /** The same for an endpoint with something due that was fanned out before. */
  readonly poke: (endpoint: string) => Promise<void>;
  readonly endpoints: EndpointStore;
  /** Null without a VAULT_KEY: nothing can be kept then. @throws DomainError misconfigured for a malformed one */
  readonly vault: () => Vault | null;
  /** The guard's word on an address. */
  readonly check: (url: string) => Promise<Guarded>;
  readonly random: (bytes: number) => Uint8Array;
};

/** A claimed delivery. */
export type Due = {
  readonly place: number;
  readonly event: EventItem;
  readonly attempts: number;
  readonly tries: number;
};

/** What came of an attempt, and what follows from it. */
export type Attempted = {
  readonly place: number;
  readonly attempt: number;
  readonly atMs: number;
  readonly elapsedMs: number;
  readonly status: number | null;
  readonly error: string | null;
  readonly state: 'due' | 'delivered' | 'failed';
  readonly tries: number;
  readonly dueAtMs: number;
};

/** What a wave leaves of its endpoint. */
export type EndpointAfter = {
  readonly failingSinceMs: number | null;
  readonly deliveredAtMs: number | null;
  readonly pausedUntilMs: number;
  readonly disabled: { readonly reason: string; readonly atMs: number } | null;
};

export type DeliveryStore = {
  readonly endpoint: (id: string) => Promise<StoredEndpoint | null>;
  /** Due ones in order, and claimed until `untilMs` in the same statement. A later event of a node waits for an earlier one's first tries. */
  readonly claim: (number: number, at: { nowMs: number; untilMs: number; limit: number }) => Promise<Due[]>;
  /** Attempts, what was claimed and not tried, the endpoint and its notices, in one batch. */
  readonly finish: (
    endpoint: StoredEndpoint,
    done: { attempted: readonly Attempted[]; released: readonly number[]; after: EndpointAfter; nowMs: number },
  ) => Promise<void>;
  /** When something is due after `nowMs`; null when nothing waits. */
  readonly nextDue: (number: number, nowMs: number) => Promise<number | null>;
};

export type Message = { readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly body: string };
export type Reply = { readonly status: number | null; readonly retryAfter: string | null; readonly error: string | null };

export type DeliveryPorts = {
  readonly store: DeliveryStore;
  readonly vault: () => Vault | null;
  /** Behind the guard, never following a redirect, bounded in time and size. Never throws. */
  readonly send: (message: Message) => Promise<Reply>;
  /** `v1,…` or `v1a,…` for each secret that signs, separated by blanks. */
  readonly sign: (
    endpoint: Pick<Endpoint, 'scheme'>,
    secrets: readonly string[],
    signed: { readonly id: string; readonly seconds: number; readonly body: string },
  ) => Promise<string>;
  readonly nowMs: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** From 0 up to 1. */
  readonly chance: () => number;
  /** Pokes the objects of endpoints with something due. */
  readonly wake: () => Promise<void>;
};
