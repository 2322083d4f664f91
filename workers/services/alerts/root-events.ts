// What a posted root and a fault have to tell, as events: pure functions of what is stored in the same batch, so that the same root told
// twice is the same events. Revealed epochs only: a root counts no others.
import type { Leaves, NodeScore, ReportEntry } from '../../../protocol/consensus/types.ts';
import type { Policy } from '../../../protocol/policy.ts';
import type { Fault, ReportTallies, StoredRoot, WrongReasons } from '../network/ports.ts';
import { eventId, type NewEvent } from './event.ts';
import { ROOT_EVENTS_MAX, SCORE_STEP_PPM } from './limits.ts';

type Pages = { readonly publicUrl: string | null };
const page = ({ publicUrl }: Pages, path: string): string | null => (publicUrl === null ? null : `${publicUrl}${path}`);

type Root = Pick<StoredRoot, 'epoch' | 'rootHash' | 'transactionHash' | 'finalAtMs' | 'state' | 'note'>;

/** That an epoch's root was found right, or why not. */
export function epochEvent(root: Root, pages: Pages): NewEvent {
  const { epoch, rootHash, transactionHash, finalAtMs: occurredAtMs } = root;
  const shared = { node: null, occurredAtMs };
  const where = page(pages, `/consensus/${String(epoch)}`);
  if (root.state === 'final') {
    const id = eventId('epoch.sealed', epoch, rootHash);
    return { id, type: 'epoch.sealed', ...shared, data: { epoch, rootHash, transactionHash, page: where } };
  }
  const id = eventId('epoch.disputed', epoch, rootHash);
  return { id, type: 'epoch.disputed', ...shared, data: { epoch, rootHash, note: root.note ?? '', page: where } };
}

type Change = { readonly now: NodeScore; readonly before: NodeScore };

/** Another tier, or, of scores that rest on enough samples, a step of so much. */
function isTold({ now, before }: Change): boolean {
  if (now.tier !== before.tier) return true;
  return now.tier !== 0 && Math.abs(now.scorePpm - before.scorePpm) >= SCORE_STEP_PPM;
}

const tierName = ({ consensus }: Policy, tier: number): string | null => consensus.tiers[tier - 1]?.name ?? null;

export type Scored = {
  readonly root: Root;
  readonly policy: Policy;
  readonly leaves: Pick<Leaves, 'scores'>;
  readonly previous: Pick<Leaves, 'scores'> | null;
};

/** Nodes whose score or tier is another than under the root before; of very many those that changed most. */
export function scoreEvents({ root, policy, leaves, previous }: Scored, pages: Pages): NewEvent[] {
  const before = new Map((previous?.scores ?? []).map((score) => [score.nodeIndex, score]));
  const changes = leaves.scores.flatMap((now): Change[] => {
    const then = before.get(now.nodeIndex);
    return then?.nodeId === now.nodeId && isTold({ now, before: then }) ? [{ now, before: then }] : [];
  });
  const size = ({ now, before: then }: Change): number => Math.abs(now.scorePpm - then.scorePpm);
  const told = changes.toSorted((a, b) => size(b) - size(a)).slice(0, ROOT_EVENTS_MAX);
  return told
    .toSorted((a, b) => a.now.nodeIndex - b.now.nodeIndex)
    .map(({ now, before: then }): NewEvent => ({
      id: eventId('node.score_changed', root.epoch, root.rootHash, now.nodeIndex),
      ...{ type: 'node.score_changed', node: { index: now.nodeIndex, id: now.nodeId }, occurredAtMs: root.finalAtMs },
      data: {
        ...{ epoch: root.epoch, scorePpm: now.scorePpm, previousScorePpm: then.scorePpm },
        ...{ tierName: tierName(policy, now.tier), previousTierName: tierName(policy, then.tier) },
        page: page(pages, `/nodes/${now.nodeId}`),
      },
    }));
}

export type Judged = {
  readonly root: Pick<Root, 'finalAtMs'>;
  readonly leaves: Pick<Leaves, 'scores'>;
  /** The root's report set. */
  readonly entries: readonly ReportEntry[];
  readonly tallies: readonly ReportTallies[];
  readonly reasons: readonly WrongReasons[];
};

const at = (...parts: readonly (string | number)[]): string => parts.join('/');

/** One event for each node and report that found its answers wrong. */
export function correctnessEvents({ root, leaves, entries, tallies, reasons }: Judged, pages: Pages): NewEvent[] {
  const ids = new Map(leaves.scores.map(({ nodeIndex, nodeId }) => [nodeIndex, nodeId]));
  const counted = new Set(entries.map(({ epoch, validator }) => at(epoch, validator)));
  const why = new Map(reasons.map((found) => [at(found.epoch, found.validator, found.nodeIndex), found.reasons]));
  return tallies
    .filter(({ epoch, validator }) => counted.has(at(epoch, validator)))
    .flatMap(({ epoch, validator, tallies: lines }) =>
      lines.flatMap(({ nodeIndex, wrong }): NewEvent[] => {
        const id = ids.get(nodeIndex);
        if (wrong === 0 || id === undefined) return [];
        const found = why.get(at(epoch, validator, nodeIndex)) ?? [];
        return [
          {
            id: eventId('audit.correctness_failed', epoch, validator, nodeIndex),
            ...{ type: 'audit.correctness_failed', node: { index: nodeIndex, id }, occurredAtMs: root.finalAtMs },
            data: { epoch, validator, failures: wrong, reasons: [...found], page: page(pages, `/nodes/${id}`) },
          },
        ];
      }),
    )
    .slice(0, ROOT_EVENTS_MAX);
}

/** That a proven fault's slash waits, or was executed. */
export function slashEvent(
  { faultKey, kind, offender, epoch }: Pick<Fault, 'faultKey' | 'kind' | 'offender' | 'epoch'>,
  state: 'queued' | 'executed',
  { occurredAtMs, ...pages }: Pages & { readonly occurredAtMs: number },
): NewEvent {
  const path = kind === 'two-receipts' ? `/nodes/${offender}` : `/validators/${offender}`;
  const data = { faultKey, kind, offender, epoch, state, page: page(pages, path) };
  return { id: eventId('validator.slashed', faultKey, state), type: 'validator.slashed', node: null, occurredAtMs, data };
}
