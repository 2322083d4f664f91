// Takes an order: its row first, then the message that wakes whoever does it. The same key and the same body are the same order; a message
// that is lost is sent again by the tick.
import { toHex, type Hex } from '../../../protocol/bytes.ts';
import { KIND_GEMM } from '../../../protocol/challenge.ts';
import { sha256 } from '../../../protocol/hash.ts';
import { findClass } from '../../../protocol/policy.ts';
import { SPOT_KINDS, type NewSpot, type SpotDetail } from '../../../schema/api/spots.ts';
import type { Caller } from '../accounts/ports.ts';
import { takeQuota, type QuotaState } from '../accounts/take-quota.ts';
import { found, missing, type Answer, type Missing } from '../views/answer.ts';
import { currentEpoch } from '../views/horizon.ts';
import type { WebPorts } from '../views/ports.ts';
import { detailOf } from './item.ts';
import { NODE_WINDOW_MS, SPOTS_PER_NODE_MINUTE_MAX, SPOTS_PER_TENANT_AND_NODE_MINUTE_MAX } from './limits.ts';
import type { SpotRow } from './ports.ts';

export type Ordered = { readonly detail: SpotDetail; readonly isNew: boolean; readonly quota: QuotaState | null };
type Refused = Missing & { readonly quota?: QuotaState | null; readonly retrySeconds?: number };
type Input = { readonly caller: Caller; readonly key: string; readonly body: NewSpot };

/** The node's place; or why it cannot be audited. A gateway knows the nodes of its own reading of the registry. */
async function placeOf(ports: WebPorts, { node: id, kind }: NewSpot): Promise<Answer<number>> {
  const { settings, spots } = ports;
  if (settings.role === 'gateway' && spots.upstreamCount() === 0) {
    const detail =
      'This gateway has no validators to pass orders to; its operator names them in UPSTREAMS. Ask a validator itself.';
    return missing('misconfigured', detail);
  }
  const node = await ports.views.node(currentEpoch(ports), id);
  if (node === null)
    return missing('not-found', `No node has the id ${id} at this epoch. A registration takes effect two epochs later.`);
  if (node.retired) return missing('gone', 'This node is retired: nobody audits it any more.');
  const gpuClass = node.gpuClass === null ? undefined : findClass(settings.policy, node.gpuClass);
  if (SPOT_KINDS[kind] === KIND_GEMM && gpuClass === undefined) {
    return missing('conflict', 'The policy has no job for this node’s class, so that it can be asked for its presence only.');
  }
  return found(node.index);
}

const CONFLICT =
  'This Idempotency-Key was used for another audit: take a new key for a new audit, or repeat the request as it was, to get that one.';

function repeated(row: SpotRow, { node, kind }: NewSpot): Answer<Ordered> {
  if (row.nodeId !== node || row.kind !== SPOT_KINDS[kind]) return missing('conflict', CONFLICT);
  return found({ detail: detailOf(row), isNew: false, quota: null });
}

/** The tick finds an order whose message was lost. */
const wake = async ({ spots }: WebPorts, id: string): Promise<void> => spots.queue.send([id]).catch(() => undefined);

const OFTEN = `In the last minute this node has been audited on demand by you, or ${String(SPOTS_PER_NODE_MINUTE_MAX)} times by all together: more it does not have to bear. Try again in a minute.`;

type Stored = { readonly row: SpotRow; readonly isNew: boolean };

async function store(ports: WebPorts, { caller, body }: Input, hash: Hex, nodeIndex: number): Promise<Answer<Stored>> {
  const { spots, nowMs } = ports;
  const createdAtMs = nowMs();
  const id = `spot_${toHex(spots.random(16)).slice(2)}`;
  const names = { id, tenant: caller.tenant, idempotency: hash };
  const order = { ...names, nodeId: body.node, nodeIndex, kind: SPOT_KINDS[body.kind], createdAtMs };
  const asker = toHex(sha256(new TextEncoder().encode(caller.tenant)));
  const [perNode, perAsker] = [SPOTS_PER_NODE_MINUTE_MAX, SPOTS_PER_TENANT_AND_NODE_MINUTE_MAX];
  await spots.store.add(order, { perNode, perAsker, asker, sinceMs: createdAtMs - NODE_WINDOW_MS });
  const row = await spots.store.byKey(caller.tenant, hash); // ours, or that of the same request a moment before
  if (row !== null) return found({ row, isNew: row.id === id });
  return missing('over-quota', OFTEN);
}

/** @param input `key` is the caller's own text; only its hash is kept */
export async function orderSpot(
  ports: WebPorts,
  input: Input,
): Promise<{ readonly ok: true; readonly value: Ordered } | Refused> {
  const { caller, key, body } = input;
  const hash = toHex(sha256(new TextEncoder().encode(key)));
  const known = await ports.spots.store.byKey(caller.tenant, hash);
  if (known !== null) return repeated(known, body);
  const place = await placeOf(ports, body);
  if (!place.ok) return place;
  const taken = await takeQuota(ports, caller.tenant, 'audits', 1);
  if (!taken.ok) return taken;
  const giveBack = async (): Promise<void> => {
    await takeQuota(ports, caller.tenant, 'audits', -1).catch(() => undefined);
  };
  let stored: Answer<Stored>;
  try {
    stored = await store(ports, input, hash, place.value);
  } catch (error) {
    await giveBack(); // it may have been stored all the same, and is then done for nothing
    throw error;
  }
  if (!stored.ok || !stored.value.isNew) await giveBack();
  if (!stored.ok) return { ...stored, retrySeconds: NODE_WINDOW_MS / 1000 };
  const { row, isNew } = stored.value;
  if (!isNew) return repeated(row, body);
  await wake(ports, row.id);
  return found({ detail: detailOf(row), isNew, quota: taken.value });
}
