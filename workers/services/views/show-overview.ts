// The network as a whole, for its page: the newest verdict with the best nodes first, the validators, the newest roots, the faults.
import type { ConsensusList, FaultList, ScoreItem, ValidatorList } from '../../../schema/api/consensus.ts';
import type { Network } from '../../../schema/api/network.ts';
import { currentEpoch, horizonOf } from './horizon.ts';
import { FAULTS_SHOWN_MAX } from './limits.ts';
import { listConsensus } from './list-consensus.ts';
import { listFaults } from './list-faults.ts';
import { listScores, tierName } from './list-scores.ts';
import { listValidators } from './list-validators.ts';
import type { RankPlace } from './network-ports.ts';
import type { WebPorts } from './ports.ts';
import { policyOf } from './consensus-item.ts';
import { showNetwork } from './show-network.ts';

export type Ranked = ScoreItem & { readonly class: string | null };

export type Ranking = {
  readonly epoch: number;
  /** Validators whose reports are in the root's set. */
  readonly reporters: number | null;
  readonly samplesMin: number;
  readonly provisional: boolean;
  readonly items: readonly Ranked[];
  readonly next: string | null;
  /** Nodes by tier, best first; too few samples and below all tiers under their own names. */
  readonly tiers: readonly { readonly name: string; readonly nodes: number }[];
};

export type Overview = {
  readonly network: Network;
  readonly ranking: Ranking | null;
  readonly validators: ValidatorList;
  readonly roots: ConsensusList;
  readonly faults: FaultList;
};

async function rankingOf(ports: WebPorts, after: RankPlace | null, limit: number): Promise<Ranking | null> {
  const horizon = horizonOf(ports);
  const root = await ports.network.lastFinal(horizon);
  if (root === null) return null;
  const { epoch } = root;
  const list = await listScores(ports, { epoch, query: { order: 'rank', limit, after } });
  if (!list.ok) return null;
  const indices = list.value.items.map(({ nodeIndex }) => nodeIndex);
  const [nodes, tiers, entries, view] = await Promise.all([
    ports.views.nodesAt(currentEpoch(ports), indices),
    ports.network.tiers(horizon, epoch),
    ports.network.reportSet(horizon, root.root.reportSetHash),
    ports.network.epoch(horizon, epoch),
  ]);
  const policy = policyOf(ports, view?.policyHash ?? ports.settings.policyHash);
  const classOf = (index: number): string | null => nodes.find((node) => node.index === index)?.gpuClass ?? null;
  return {
    epoch,
    reporters: entries === null ? null : new Set(entries.map(({ validator }) => validator)).size,
    samplesMin: policy.consensus.samplesMin,
    provisional: root.provisional,
    items: list.value.items.map((item) => ({ ...item, class: classOf(item.nodeIndex) })),
    next: list.value.next,
    tiers: tiers
      .toSorted((a, b) => (a.tier === 0 ? Infinity : a.tier) - (b.tier === 0 ? Infinity : b.tier))
      .map(({ tier, nodes: count }) => ({
        name: tierName(policy, tier) ?? (tier === 0 ? 'not enough data' : 'below all'),
        nodes: count,
      })),
  };
}

export async function showOverview(
  ports: WebPorts,
  input: { after: RankPlace | null; nodes: number; epochs: number },
): Promise<Overview> {
  const [network, ranking, validators, roots, faults] = await Promise.all([
    showNetwork(ports),
    rankingOf(ports, input.after, input.nodes),
    listValidators(ports),
    listConsensus(ports, { limit: input.epochs }),
    listFaults(ports, { limit: FAULTS_SHOWN_MAX }),
  ]);
  return { network, ranking, validators, roots, faults };
}
