// Scores of all nodes under a final root, by index or best first.
import type { Policy } from '../../../protocol/policy.ts';
import { nodeCursor, rankCursor } from '../../../schema/api/cursors.ts';
import type { ScoreItem, ScoreList } from '../../../schema/api/consensus.ts';
import type { ScoresQuery } from '../../../schema/api/requests.ts';
import { found, type Answer } from './answer.ts';
import { policyOf } from './consensus-item.ts';
import { finalEpoch } from './final-root.ts';
import { horizonOf } from './horizon.ts';
import type { RankPlace, ScoredNode } from './network-ports.ts';
import type { WebPorts } from './ports.ts';

/** The policy's name of a tier; null for too few samples and below all tiers. */
export const tierName = (policy: Policy, tier: number): string | null => policy.consensus.tiers[tier - 1]?.name ?? null;

export const scoreItem = (policy: Policy, score: ScoredNode): ScoreItem => ({ ...score, tierName: tierName(policy, score.tier) });

export const rankPlace = ({ tier, scorePpm, nodeIndex }: ScoredNode): RankPlace => ({
  unranked: tier === 0 ? 1 : 0,
  score: scorePpm,
  index: nodeIndex,
});

export async function listScores(ports: WebPorts, input: { epoch: number; query: ScoresQuery }): Promise<Answer<ScoreList>> {
  const answer = await finalEpoch(ports, input.epoch);
  if (!answer.ok) return answer;
  const { view, root } = answer.value;
  const { query, epoch } = input;
  const horizon = horizonOf(ports);
  const limit = query.limit + 1;
  const rows =
    query.order === 'rank'
      ? await ports.network.ranked(horizon, epoch, { after: query.after, limit })
      : await ports.network.scores(horizon, epoch, { after: query.after?.index ?? -1, limit });
  const shown = rows.slice(0, query.limit);
  const last = rows.length > query.limit ? shown.at(-1) : undefined;
  const resume = (row: ScoredNode): string =>
    query.order === 'rank' ? rankCursor.encode(rankPlace(row)) : nodeCursor.encode({ index: row.nodeIndex });
  const policy = policyOf(ports, view.policyHash);
  const items = shown.map((row) => scoreItem(policy, row));
  return found({ items, next: last === undefined ? null : resume(last), epoch, rootHash: root.rootHash });
}
