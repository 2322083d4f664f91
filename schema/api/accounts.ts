// Tenants of the hosted API and what their keys may do.
import { z } from 'zod';

/** read: more requests than anonymous callers · audits: on-demand audits · webhooks: endpoints, mutes, acknowledgements · sightings: what this validator cannot reach now · keys: make and revoke keys. */
export const SCOPES = ['read', 'audits', 'webhooks', 'sightings', 'keys'] as const;
export const scope = z.enum(SCOPES);
export type Scope = z.infer<typeof scope>;
