// Whole epochs, read as they are sent: a page of rows at a time is in memory, never all of them. What is exported is what the lists of the same
// epoch show, under the same visibility.
import type { Hex } from '../../../protocol/bytes.ts';
import type {
  ConsensusExportHeader,
  ConsensusExportLine,
  EpochExportHeader,
  EpochExportLine,
} from '../../../schema/api/exports.ts';
import type { Epoch } from '../../../schema/api/requests.ts';
import { found, missing, type Answer } from './answer.ts';
import { policyOf } from './consensus-item.ts';
import { finalEpoch } from './final-root.ts';
import { horizonOf } from './horizon.ts';
import { EXPORT_ROWS } from './limits.ts';
import { scoreItem } from './list-scores.ts';
import { auditId } from './node-item.ts';
import type { AuditDrawn, WebPorts } from './ports.ts';
import { revealedEpoch } from './revealed-epoch.ts';
import { recordOf } from './show-audit.ts';

export type Export<Header, Line> = {
  readonly header: Header;
  /** What the lines follow from: equal for equal exports. */
  readonly hash: Hex;
  /** Batches in order; each is read when it is asked for. */
  readonly batches: AsyncGenerator<readonly Line[], void, undefined>;
};

/** Every node's lines under a final root, then every validator's. */
export async function exportConsensus(
  ports: WebPorts,
  { epoch }: { epoch: Epoch },
): Promise<Answer<Export<ConsensusExportHeader, ConsensusExportLine>>> {
  const answer = await finalEpoch(ports, epoch);
  if (!answer.ok) return answer;
  const { view, root } = answer.value;
  const horizon = horizonOf(ports);
  const policy = policyOf(ports, view.policyHash);
  const [counts, validators] = await Promise.all([
    ports.network.leafCounts(horizon, epoch),
    ports.network.validatorScores(horizon, epoch),
  ]);
  async function* batches(): AsyncGenerator<readonly ConsensusExportLine[], void, undefined> {
    for (let after = -1; ;) {
      const rows = await ports.network.scores(horizon, epoch, { after, limit: EXPORT_ROWS });
      yield rows.map((row) => ({ type: 'node', ...scoreItem(policy, row) }));
      const last = rows.at(-1);
      if (last === undefined || rows.length < EXPORT_ROWS) break;
      after = last.nodeIndex;
    }
    yield validators.map(({ reward, ...rest }) => ({ type: 'validator', ...rest, reward: reward.toString() }));
  }
  const header = {
    ...({ type: 'header', epoch, rootHash: root.rootHash } as const),
    counts: { node: counts.scores, validator: validators.length },
  };
  return found({ header, hash: root.rootHash, batches: batches() });
}

/** Every record of an own epoch, in the order of slot and draw. */
export async function exportEpoch(
  ports: WebPorts,
  { epoch }: { epoch: Epoch },
): Promise<Answer<Export<EpochExportHeader, EpochExportLine>>> {
  const answer = await revealedEpoch(ports, epoch);
  if (!answer.ok) return answer;
  const { validator } = ports.settings;
  if (validator === null) return missing('not-found', 'A gateway has no audits of its own.');
  const { auditRoot, state } = answer.value;
  const horizon = horizonOf(ports);
  async function* batches(own: Hex): AsyncGenerator<readonly EpochExportLine[], void, undefined> {
    for (let after: AuditDrawn | null = null; ;) {
      const rows = await ports.views.epochAudits(horizon, epoch, { after, limit: EXPORT_ROWS });
      yield rows.map((row) => ({ type: 'audit', id: auditId(row), nodeIndex: row.nodeIndex, record: recordOf(own, row) }));
      const last = rows.at(-1);
      if (last === undefined || rows.length < EXPORT_ROWS) return;
      after = { slot: last.slot, draw: last.draw };
    }
  }
  const audit = await ports.views.epochAuditCount(horizon, epoch);
  const header = { ...({ type: 'header', epoch, auditRoot, state } as const), counts: { audit } };
  return found({ header, hash: auditRoot, batches: batches(validator) });
}
