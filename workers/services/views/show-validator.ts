// One validator: its seat, its lines under the last roots, and how each of its last archives stands.
import type { ValidatorDetail } from '../../../schema/api/consensus.ts';
import type { Address } from '../../../schema/api/requests.ts';
import { found, missing, type Answer } from './answer.ts';
import { horizonOf } from './horizon.ts';
import { HISTORY_EPOCHS_MAX } from './limits.ts';
import { cumulativeRewards, knownValidators, toldScore, validatorItem } from './list-validators.ts';
import type { WebPorts } from './ports.ts';
import { archiveOf } from './show-consensus.ts';

export async function showValidator(ports: WebPorts, input: { operator: Address }): Promise<Answer<ValidatorDetail>> {
  const { operator } = input;
  const horizon = horizonOf(ports);
  const known = await knownValidators(ports);
  const [mirrors, scores, rewards] = await Promise.all([
    ports.network.mirrorsOf(horizon, operator, HISTORY_EPOCHS_MAX),
    ports.network.validatorHistory(horizon, operator, Math.max(0, horizon.through - HISTORY_EPOCHS_MAX + 1)),
    cumulativeRewards(ports, known.rootEpoch, [operator]),
  ]);
  const seated = known.set?.seats.some((seat) => seat.operator === operator) ?? false;
  if (!seated && mirrors.length === 0 && scores.length === 0) {
    const detail = `${operator} has no seat, and had none in the last ${HISTORY_EPOCHS_MAX} public epochs. /v1/validators lists those that have.`;
    return missing('not-found', detail);
  }
  const newest = mirrors.find(({ state }) => state !== 'waiting') ?? mirrors[0] ?? null;
  return found({
    ...validatorItem(known, operator, rewards.get(operator) ?? null, newest, null),
    rootEpoch: known.rootEpoch,
    archives: mirrors.map(archiveOf),
    scores: scores.map(toldScore),
  });
}
