// The read side of D1 for the public routes.
import type { NetworkViews } from '../services/views/network-ports.ts';
import type { Views } from '../services/views/ports.ts';
import { auditQueries } from './views/audits.ts';
import { epochAuditQueries } from './views/epoch-audits.ts';
import { epochQueries } from './views/epochs.ts';
import { findingQueries, networkEpochQueries } from './views/network-epochs.ts';
import { leafQueries, scoreQueries } from './views/network-scores.ts';
import { nodeQueries } from './views/nodes.ts';
import { openDb } from './views/revealed.ts';

export function d1Views(database: D1Database): Views {
  const db = openDb(database);
  return { ...epochQueries(db), ...nodeQueries(db), ...auditQueries(db), ...epochAuditQueries(db) };
}

export function d1NetworkViews(database: D1Database): NetworkViews {
  const db = openDb(database);
  return { ...networkEpochQueries(db), ...findingQueries(db), ...scoreQueries(db), ...leafQueries(db) };
}
