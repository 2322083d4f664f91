// The validators with a seat in the newest known set: what they weigh, what their line under the newest root says, how their newest
// archive stands.
import type { Hex } from '../../../protocol/bytes.ts';
import type { ValidatorScore } from '../../../protocol/consensus/types.ts';
import { validatorScore, type ToldScore, type ValidatorItem, type ValidatorList } from '../../../schema/api/consensus.ts';
import { tellable } from '../../../schema/wire/network.ts';
import type { Mirror } from '../network/ports.ts';
import { leftOutReason, sharesOf } from './consensus-item.ts';
import { currentEpoch, horizonOf } from './horizon.ts';
import { ARCHIVE_EPOCHS_LOOKED } from './limits.ts';
import type { NetworkViews } from './network-ports.ts';
import type { WebPorts } from './ports.ts';
import { archiveOf } from './show-consensus.ts';

type Known = {
  readonly set: Awaited<ReturnType<NetworkViews['seatsAt']>>;
  readonly rootEpoch: number | null;
  readonly scores: readonly ValidatorScore[];
};

export const toldScore = (score: ValidatorScore): ToldScore => validatorScore.parse(tellable(score));

/** The newest set, and validators' lines under the newest final root. */
export async function knownValidators(ports: WebPorts): Promise<Known> {
  const horizon = horizonOf(ports);
  const [set, root] = await Promise.all([ports.network.seatsAt(currentEpoch(ports)), ports.network.lastFinal(horizon)]);
  const scores = root === null ? [] : await ports.network.validatorScores(horizon, root.epoch);
  return { set, rootEpoch: root?.epoch ?? null, scores };
}

export function validatorItem(
  { set, scores }: Known,
  operator: Hex,
  cumulative: bigint | null,
  mirror: Mirror | null,
  counted: boolean | null,
): ValidatorItem {
  const seats = set?.seats ?? [];
  const seat = seats.findIndex((candidate) => candidate.operator === operator);
  const seated = seats[seat];
  const score = scores.find(({ validator }) => validator === operator);
  return {
    operator,
    seat: seated === undefined ? null : seat,
    signer: seated?.signer ?? null,
    url: seated?.url ?? null,
    stake: seated?.stake.toString() ?? null,
    weightPpm: seated === undefined ? null : (sharesOf(seats)[seat] ?? null),
    score: score === undefined ? null : toldScore(score),
    cumulativeReward: cumulative?.toString() ?? null,
    archive: mirror === null ? null : archiveOf(mirror),
    leftOut: leftOutReason(mirror, counted),
  };
}

export async function cumulativeRewards(
  ports: WebPorts,
  rootEpoch: number | null,
  operators: readonly Hex[],
): Promise<ReadonlyMap<Hex, bigint>> {
  if (rootEpoch === null) return new Map();
  const rewards = await ports.network.rewardsOf(horizonOf(ports), rootEpoch, operators);
  return new Map(rewards.map(({ account, cumulative }) => [account, cumulative]));
}

/** How archives stand in one public epoch, by operator, and who was in its root's set. */
async function newestArchives(ports: WebPorts): Promise<{ mirrors: Mirror[]; counted: ReadonlySet<Hex> | null }> {
  const horizon = horizonOf(ports);
  const views = await ports.network.epochs(horizon, { before: null, limit: ARCHIVE_EPOCHS_LOOKED });
  // The newest epoch with a root says who was left out of it; without one, the newest that was revealed.
  const view = views.find(({ root }) => root !== null) ?? views[0];
  if (view === undefined) return { mirrors: [], counted: null };
  const { epoch, root } = view;
  const [mirrors, entries] = await Promise.all([
    ports.network.mirrors(horizon, epoch),
    root === null ? null : ports.network.reportSet(horizon, root.root.reportSetHash),
  ]);
  const ofEpoch = entries?.filter((entry) => entry.epoch === epoch).map(({ validator }) => validator);
  return { mirrors, counted: ofEpoch === undefined ? null : new Set(ofEpoch) };
}

export async function listValidators(ports: WebPorts): Promise<ValidatorList> {
  const known = await knownValidators(ports);
  const operators = known.set?.seats.map(({ operator }) => operator) ?? [];
  const [archives, rewards] = await Promise.all([newestArchives(ports), cumulativeRewards(ports, known.rootEpoch, operators)]);
  const items = operators.map((operator) => {
    const mirror = archives.mirrors.find(({ validator }) => validator === operator) ?? null;
    const counted = archives.counted === null || mirror === null ? null : archives.counted.has(operator);
    return validatorItem(known, operator, rewards.get(operator) ?? null, mirror, counted);
  });
  return { epoch: known.set?.epoch ?? null, rootEpoch: known.rootEpoch, items };
}
