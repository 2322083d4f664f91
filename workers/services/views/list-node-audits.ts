// A node's audits in revealed epochs, newest first.
import type { AuditList } from '../../../schema/api/audits.ts';
import { auditCursor } from '../../../schema/api/cursors.ts';
import type { NodeAuditsQuery, NodeId } from '../../../schema/api/requests.ts';
import { found, type Answer } from './answer.ts';
import { horizonOf } from './horizon.ts';
import { AUDIT_SCAN_MAX } from './limits.ts';
import { auditItem } from './node-item.ts';
import type { WebPorts } from './ports.ts';
import { noOwnAudits } from './revealed-epoch.ts';
import { nodeInEffect } from './show-node.ts';

export async function listNodeAudits(ports: WebPorts, input: { id: NodeId; query: NodeAuditsQuery }): Promise<Answer<AuditList>> {
  if (ports.settings.validator === null) return noOwnAudits();
  const node = await nodeInEffect(ports, input.id);
  if (!node.ok) return node;
  const { limit, cursor, outcome, reason } = input.query;
  const page = { before: cursor ?? null, limit: limit + 1, scan: AUDIT_SCAN_MAX, filter: { outcome, reason } };
  const { rows, scannedTo } = await ports.views.nodeAudits(horizonOf(ports), node.value.index, page);
  const shown = rows.slice(0, limit);
  const resume = rows.length > limit ? (shown.at(-1) ?? null) : scannedTo;
  return found({
    items: shown.map((row) => auditItem(ports, node.value, row)),
    next: resume === null ? null : auditCursor.encode(resume),
  });
}
