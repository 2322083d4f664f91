// The root of an epoch, if it is public and was computed again here: what scores and proofs are served under.
import type { StoredRoot } from '../network/ports.ts';
import { found, missing, type Answer } from './answer.ts';
import { horizonOf } from './horizon.ts';
import type { NetworkEpochView } from './network-ports.ts';
import type { WebPorts } from './ports.ts';
import { notRevealed } from './revealed-epoch.ts';

export async function networkEpoch(ports: WebPorts, epoch: number): Promise<Answer<NetworkEpochView>> {
  const hidden = notRevealed(ports, epoch);
  if (hidden !== undefined) return hidden;
  const view = await ports.network.epoch(horizonOf(ports), epoch);
  if (view !== null) return found(view);
  return missing('not-found', `Nothing of the network in epoch ${epoch} is known here. /v1/consensus lists the epochs that are.`);
}

export type FinalEpoch = { readonly view: NetworkEpochView; readonly root: StoredRoot };

export async function finalEpoch(ports: WebPorts, epoch: number): Promise<Answer<FinalEpoch>> {
  const answer = await networkEpoch(ports, epoch);
  if (!answer.ok) return answer;
  const { root } = answer.value;
  if (root === null) return missing('not-found', `Epoch ${epoch} has no root. /v1/consensus/${epoch} says how it stands.`);
  if (root.state === 'final') return found({ view: answer.value, root });
  return missing(
    'not-found',
    `The root of epoch ${epoch} is disputed here: this service computes another. /v1/consensus/${epoch} names the difference.`,
  );
}
