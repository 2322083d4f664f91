// Every route of the API, in one place: the Worker mounts them, and the document and the client are made from them.
// Fixed paths come before those with a parameter in the same place (`/v1/nodes/best` before `/v1/nodes/:id`, `/v1/audits/on-demand` before `/v1/audits/:id`).
import type { App } from '../request.ts';
import { mountAccounts } from './accounts.ts';
import { mountBadges } from './badges.ts';
import { mountBytes } from './bytes.ts';
import { mountExports } from './exports.ts';
import { mountIncidents } from './incidents.ts';
import { mountMeta } from './meta.ts';
import { mountMetrics } from './metrics.ts';
import { mountProfiles } from './profiles.ts';
import { mountApi } from './routes.ts';
import { mountSpots } from './spots.ts';
import { mountWebhooks } from './webhooks.ts';

/** @param app with `c.var.ports` set by a middleware before it */
export function mountEverything(app: App): void {
  mountProfiles(app);
  mountSpots(app);
  mountApi(app);
  mountBytes(app);
  mountAccounts(app);
  mountIncidents(app);
  mountWebhooks(app);
  mountExports(app);
  mountMetrics(app);
  mountBadges(app);
  mountMeta(app);
}
