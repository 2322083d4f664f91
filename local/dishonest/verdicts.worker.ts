// Lies about nodes: failures that never were, passes that were none, failures left out, other nodes than the drawn ones.
import { ZERO32 } from '../../protocol/bytes.ts';
import { judgeRate } from '../../protocol/judge.ts';
import { findClass, type Policy } from '../../protocol/policy.ts';
import { taskOf } from '../../protocol/task.ts';
import { verdictOf } from '../../protocol/verdict.ts';
import { shippedPolicies } from '../../schema/policy/shipped.ts';
import type { FinishedRow } from '../../workers/services/ports.ts';
import type { Behaviour } from './behaviour.worker.ts';

/** No node is asked, from nowhere; each is said to have kept us waiting. */
export const slanderer: Behaviour = {
  ports: (ports) => ({
    ...ports,
    transport: { ...ports.transport, post: async () => ({ ok: false, reason: 'timeout' }) },
    regions: {
      post: async () => ({ answer: { ok: false, reason: 'timeout' }, elapsedMs: 0 }),
      control: async () => true,
    },
  }),
};

/** The rate that a right answer to this kind of challenge would have proven in this time. */
function rateOf(policy: Policy, { kind, elapsedMs }: FinishedRow): number {
  const gpuClass = findClass(policy, 'cpu-demo');
  if (gpuClass === undefined) return 0;
  return judgeRate({ task: taskOf({ policy, gpuClass, kind, region: 0, beacon: ZERO32 }) }, elapsedMs).measure;
}

function flattered(row: FinishedRow): FinishedRow {
  const policy = shippedPolicies.find(({ name }) => name === 'embedded');
  // Without a signed opening there is nothing that could look like a pass.
  if (row.outcome !== 'fail' || row.openingHash === ZERO32 || policy === undefined) return row;
  return { ...row, ...verdictOf('none'), measure: rateOf(policy, row) };
}

/** Every node that answered at all passes, whatever its openings hold. */
export const flatterer: Behaviour = {
  ports: (ports) => ({
    ...ports,
    ledger: {
      ...ports.ledger,
      finish: (chunk, rows, ...rest) => ports.ledger.finish(chunk, rows.map(flattered), ...rest),
    },
  }),
};

/** What is sealed, signed and shown holds no failure. */
export const omitter: Behaviour = {
  ports: (ports) => ({
    ...ports,
    ledger: {
      ...ports.ledger,
      rows: async (epoch) => (await ports.ledger.rows(epoch)).filter(({ outcome }) => outcome !== 'fail'),
    },
  }),
};

/**
 * In place of each drawn node its neighbour is challenged, and written down as if it had been drawn. Whoever asks for all nodes at once,
 * as the last look at the facts before signing does, is told the truth: else no report, and no fault, would come of it.
 */
export const scheduleCheat: Behaviour = {
  ports: (ports) => ({
    ...ports,
    ledger: {
      ...ports.ledger,
      nodes: async (epoch, indices) => {
        const count = (await ports.ledger.epoch(epoch))?.nodeCount ?? 1;
        if (indices.length === count) return ports.ledger.nodes(epoch, indices);
        const neighbour = (index: number): number => (index + 1) % count;
        const nodes = await ports.ledger.nodes(epoch, indices.map(neighbour));
        return new Map(
          indices.flatMap((index) => {
            const node = nodes.get(neighbour(index));
            return node === undefined ? [] : [[index, { ...node, index }] as const];
          }),
        );
      },
    },
  }),
};
