// What the public side of the health part needs from outside: stored incidents, reachability as it is now, and quiets. Reads of incidents
// by the public take a time up to which everything is revealed; whoever has a key with the right scope reads on.
import type { Hex } from '../../../protocol/bytes.ts';
import type { IncidentItem, HealthState } from '../../../schema/api/incidents.ts';
import type { SightingList } from '../../../schema/api/sightings.ts';

/** An incident as it is stored: whole. */
export type Incident = IncidentItem;

/** The order of incidents: newest first, two of one moment by node. */
export type IncidentPlace = { readonly openedAtMs: number; readonly index: number };

export type OpenNode = { readonly index: number; readonly severity: Exclude<HealthState, 'healthy'> };

export type UnwellNode = {
  readonly index: number;
  readonly id: Hex;
  readonly state: Exclude<HealthState, 'healthy'>;
  readonly sinceMs: number;
  readonly incident: Incident | null;
};

export type QuietKind = 'mute' | 'acknowledge' | 'maintenance';
export type Quiet = {
  readonly id: string;
  readonly tenant: string;
  readonly kind: QuietKind;
  /** Announced by the node's operator, and for everybody. */
  readonly public: boolean;
  /** Null: all nodes (mutes only), or the incident's. */
  readonly node: { readonly index: number; readonly id: Hex } | null;
  readonly incident: string | null;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly note: string;
  readonly createdAtMs: number;
};

export type HealthPorts = {
  /** Opened before `endMs`, newest first, after `before`. */
  readonly incidents: (page: {
    readonly endMs: number;
    readonly node: number | null;
    readonly before: IncidentPlace | null;
    readonly limit: number;
  }) => Promise<Incident[]>;
  /** Of nodes with an incident that was open at `endMs`, however old: its severity as of then. One node's, or all. */
  readonly openAt: (at: { readonly endMs: number; readonly node: number | null }) => Promise<OpenNode[]>;
  readonly incident: (id: string) => Promise<Incident | null>;
  /** By index, after `after`. */
  readonly unwell: (page: { readonly after: number; readonly limit: number }) => Promise<UnwellNode[]>;
  /** What this Worker's own questions found. */
  readonly sightings: (limit: number) => Promise<SightingList['items']>;
  readonly quiets: QuietStore;
};

/** Quiets of one tenant; another's are as if they were not there. */
export type QuietStore = {
  /** False where the tenant, or a node's public windows, are at their limit. */
  readonly add: (
    quiet: Quiet,
    limits: { readonly tenantMax: number; readonly publicMax: number; readonly sinceMs: number },
  ) => Promise<boolean>;
  /** Not over yet, by id after `after`. */
  readonly list: (
    tenant: string,
    page: { readonly after: string; readonly limit: number; readonly nowMs: number },
  ) => Promise<Quiet[]>;
  /** A public window ends now and stays known; all else is deleted. False where there is none that is not over. */
  readonly remove: (tenant: string, id: string, nowMs: number) => Promise<boolean>;
  /** Announced windows of these nodes that are not over, for everybody to see. */
  readonly announced: (
    nodes: readonly number[] | null,
    page: { readonly nowMs: number; readonly limit: number },
  ) => Promise<Quiet[]>;
};
