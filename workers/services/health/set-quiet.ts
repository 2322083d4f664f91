// Who wants to hear nothing, of what and until when. A tenant's own quiets hold its own alerts; a public maintenance window holds everybody's,
// so only the node's operator may announce one, ahead of time, and few of them.
import type { Hex } from '../../../protocol/bytes.ts';
import { toHex } from '../../../protocol/bytes.ts';
import type { NewQuiet, QuietItem } from '../../../schema/api/quiets.ts';
import { found, missing, type Answer } from '../views/answer.ts';
import { currentEpoch } from '../views/horizon.ts';
import type { NodeView, WebPorts } from '../views/ports.ts';
import { MAINTENANCE_MS_MAX, MUTE_MS_MAX, PUBLIC_NOTICE_MS_MIN, PUBLIC_WINDOWS_MAX, QUIETS_MAX } from './limits.ts';
import type { Quiet } from './ports.ts';

const DAY_MS = 86_400_000;
const days = (ms: number): string => `${String(ms / DAY_MS)} ${ms === DAY_MS ? 'day' : 'days'}`;

const NOTICE = `${String(PUBLIC_NOTICE_MS_MIN / 60_000)} minutes`;

type About = Pick<Quiet, 'node' | 'incident' | 'fromMs' | 'untilMs' | 'public'>;

export function quietItemOf({ tenant: _tenant, ...item }: Quiet): QuietItem {
  return item;
}

async function nodeOf(ports: WebPorts, id: Hex): Promise<Answer<NodeView>> {
  const node = await ports.views.node(currentEpoch(ports), id);
  return node === null
    ? missing('not-found', 'No node with this id is registered. /v1/nodes lists those that are.')
    : found(node);
}

async function muted(ports: WebPorts, body: Extract<NewQuiet, { kind: 'mute' }>): Promise<Answer<About>> {
  const nowMs = ports.nowMs();
  if (body.untilMs <= nowMs || body.untilMs > nowMs + MUTE_MS_MAX) {
    return missing('bad-body', `untilMs: must be to come, within ${days(MUTE_MS_MAX)}.`);
  }
  const times = { fromMs: nowMs, untilMs: body.untilMs, public: false, incident: null };
  if (body.node === undefined) return found({ ...times, node: null });
  const node = await nodeOf(ports, body.node);
  return node.ok ? found({ ...times, node: { index: node.value.index, id: node.value.nodeId } }) : node;
}

async function acknowledged(ports: WebPorts, id: string): Promise<Answer<About>> {
  const incident = await ports.health.incident(id);
  if (incident?.open !== true)
    return missing('not-found', 'No incident with this id is open. /v1/health/nodes shows those that are.');
  const nowMs = ports.nowMs();
  return found({ node: incident.node, incident: id, fromMs: nowMs, untilMs: nowMs + MUTE_MS_MAX, public: false });
}

async function ownsNode(ports: WebPorts, tenant: string, node: NodeView): Promise<boolean> {
  return (await ports.accounts.store.tenant(tenant))?.wallet === node.operator;
}

async function maintained(
  ports: WebPorts,
  tenant: string,
  body: Extract<NewQuiet, { kind: 'maintenance' }>,
): Promise<Answer<About>> {
  const nowMs = ports.nowMs();
  const { fromMs, untilMs } = body;
  const tooLong = untilMs <= fromMs || untilMs - fromMs > MAINTENANCE_MS_MAX;
  if (tooLong || untilMs <= nowMs || fromMs > nowMs + MUTE_MS_MAX) {
    const bounds = `a window lasts ${days(MAINTENANCE_MS_MAX)} at most, is not over, and begins within ${days(MUTE_MS_MAX)}`;
    return missing('bad-body', `fromMs: ${bounds}.`);
  }
  // What is announced for all must not hide an outage that has begun.
  if (body.public && fromMs < nowMs + PUBLIC_NOTICE_MS_MIN) {
    return missing('bad-body', `fromMs: a public window is announced ${NOTICE} before it begins.`);
  }
  const node = await nodeOf(ports, body.node);
  if (!node.ok) return node;
  if (body.public && !(await ownsNode(ports, tenant, node.value))) {
    return missing(
      'forbidden',
      'Only the node’s operator announces maintenance for all: sign in with the wallet that registered it.',
    );
  }
  const its = { index: node.value.index, id: node.value.nodeId };
  return found({ node: its, incident: null, fromMs, untilMs, public: body.public });
}

function aboutOf(ports: WebPorts, tenant: string, body: NewQuiet): Promise<Answer<About>> {
  if (body.kind === 'mute') return muted(ports, body);
  return body.kind === 'acknowledge' ? acknowledged(ports, body.incident) : maintained(ports, tenant, body);
}

export async function setQuiet(
  ports: WebPorts,
  { tenant, body }: { readonly tenant: string; readonly body: NewQuiet },
): Promise<Answer<QuietItem>> {
  const about = await aboutOf(ports, tenant, body);
  if (!about.ok) return about;
  const createdAtMs = ports.nowMs();
  const id = `qt_${toHex(ports.accounts.random(12)).slice(2)}`;
  const quiet: Quiet = { id, tenant, kind: body.kind, ...about.value, note: body.note, createdAtMs };
  const limits = { tenantMax: QUIETS_MAX, publicMax: PUBLIC_WINDOWS_MAX, sinceMs: createdAtMs - MUTE_MS_MAX };
  if (await ports.health.quiets.add(quiet, limits)) return found(quietItemOf(quiet));
  const most = `A tenant has ${String(QUIETS_MAX)} quiets at most, and a node ${String(PUBLIC_WINDOWS_MAX)} public windows in ${days(MUTE_MS_MAX)}, ended ones too`;
  return missing('over-quota', `${most}. Remove one that is no longer needed, or wait.`);
}
