// A node's claims and results put together, for lists and for its own page.
import { KIND_GEMM, KIND_VRAM } from '../../../protocol/challenge.ts';
import { provenBytes } from '../../../protocol/challenges/vram/check.ts';
import { provesMemory } from '../../../protocol/challenges/vram/params.ts';
import { findClass, type Policy } from '../../../protocol/policy.ts';
import type { AuditItem } from '../../../schema/api/audits.ts';
import type { NodeItem } from '../../../schema/api/nodes.ts';
import { FAILURES_SHOWN_MAX } from './limits.ts';
import { scoreItem } from './list-scores.ts';
import type { ScoredNode } from './network-ports.ts';
import type { AuditPlace, AuditView, NodeResults, NodeView, WebPorts } from './ports.ts';
import { standingOf } from './standing.ts';

export const auditId = ({ epoch, slot, draw }: AuditPlace): string => `${epoch}-${slot}-${draw}`;

/** What the node's class asks for by the policy in force, in the unit of the kind's measure. */
function floorOf(policy: Policy, node: NodeView, kind: number): number | null {
  const asked = findClass(policy, node.gpuClass);
  if (asked === undefined) return null;
  if (kind === KIND_GEMM) return asked.gemm.floorOpsPerSecond;
  return kind === KIND_VRAM ? (asked.vram?.floorBytesPerSecond ?? null) : null;
}

/** Of a PASS of kind 2: the memory that was filled, less what the sample may have missed; null for profiles too small to show any. */
function memoryOf(policy: Policy, node: NodeView, { kind, outcome }: AuditView): number | null {
  const job = findClass(policy, node.gpuClass)?.vram ?? null;
  return kind === KIND_VRAM && outcome === 'pass' && job !== null && provesMemory(job)
    ? Number(provenBytes(job, job.proofPpm))
    : null;
}

export function auditItem({ settings: { policy } }: Pick<WebPorts, 'settings'>, node: NodeView, row: AuditView): AuditItem {
  const { epoch, slot, draw, kind, outcome, reason, elapsedMs, measure, transcriptHash } = row;
  return {
    ...{ id: auditId(row), epoch, slot, draw, kind, outcome, reason, elapsedMs, measure, floor: floorOf(policy, node, kind) },
    memoryBytes: memoryOf(policy, node, row),
    region: row.region === null ? null : (policy.regions[row.region] ?? null),
    ...{ startedAtMs: row.startedAt, transcriptHash },
  };
}

export function hostOf(url: string): string | null {
  return URL.canParse(url) ? new URL(url).host || null : null;
}

export function statusOf(ports: WebPorts, node: Pick<NodeView, 'retired' | 'gpuClass'>): NodeItem['status'] {
  if (node.retired) return 'retired';
  return findClass(ports.settings.policy, node.gpuClass) === undefined ? 'unknown_class' : 'audited';
}

type OwnResults = Pick<NodeItem, 'totals' | 'standing' | 'failures' | 'lastAudit'>;

/** What the network's newest root says of nodes; null while there is none. */
export type Verdicts = { readonly policy: Policy; readonly scores: readonly ScoredNode[] } | null;

export function verdictOf(verdicts: Verdicts, index: number): NodeItem['verdict'] {
  const score = verdicts?.scores.find(({ nodeIndex }) => nodeIndex === index);
  return verdicts === null || score === undefined ? null : scoreItem(verdicts.policy, score);
}

export function nodeItem(
  ports: WebPorts,
  node: NodeView,
  results: NodeResults,
  verdicts: Verdicts,
  failuresShown = FAILURES_SHOWN_MAX,
): NodeItem {
  return {
    id: node.nodeId,
    index: node.index,
    operator: node.operator,
    class: node.gpuClass,
    vramMiB: node.vramMiB,
    host: hostOf(node.url),
    status: statusOf(ports, node),
    ...ownResults(ports, node, results, failuresShown),
    verdict: verdictOf(verdicts, node.index),
  };
}

function ownResults(ports: WebPorts, node: NodeView, results: NodeResults, failuresShown: number): OwnResults {
  if (ports.settings.validator === null) return { totals: null, standing: null, failures: [], lastAudit: null };
  const { index } = node;
  const totals = results.totals.find((row) => row.index === index)?.tally ?? { pass: 0, fail: 0, void: 0 };
  const failures = results.failures.filter((row) => row.index === index);
  const last = results.last.find((row) => row.nodeIndex === index);
  return {
    totals,
    standing: standingOf(totals),
    failures: failures
      .toSorted((a, b) => b.count - a.count)
      .slice(0, failuresShown)
      .map(({ reason, count }) => ({ reason, count })),
    lastAudit:
      last === undefined ? null : { id: auditId(last), outcome: last.outcome, reason: last.reason, startedAtMs: last.startedAt },
  };
}
