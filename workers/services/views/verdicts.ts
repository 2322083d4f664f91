// What all validators together say of nodes: their lines under the newest final root, and the tallies behind one node's line.
import type { NodeDetail } from '../../../schema/api/nodes.ts';
import { policyOf } from './consensus-item.ts';
import { horizonOf } from './horizon.ts';
import { HISTORY_EPOCHS_MAX } from './limits.ts';
import { scoreItem } from './list-scores.ts';
import type { Verdicts } from './node-item.ts';
import type { WebPorts } from './ports.ts';

async function newestVerdict(ports: WebPorts) {
  const horizon = horizonOf(ports);
  const root = await ports.network.lastFinal(horizon);
  const view = root === null ? null : await ports.network.epoch(horizon, root.epoch);
  return view === null ? null : { epoch: view.epoch, policy: policyOf(ports, view.policyHash) };
}

export async function verdictsOn(ports: WebPorts, indices: readonly number[]): Promise<Verdicts> {
  const newest = await newestVerdict(ports);
  if (newest === null) return null;
  return { policy: newest.policy, scores: await ports.network.scoresOf(horizonOf(ports), newest.epoch, indices) };
}

/** Null while there is no final root. */
export async function networkOn(ports: WebPorts, index: number): Promise<NodeDetail['network']> {
  const newest = await newestVerdict(ports);
  if (newest === null) return null;
  const { policy } = newest;
  const horizon = horizonOf(ports);
  const fromEpoch = Math.max(0, newest.epoch - policy.consensus.windowEpochs + 1);
  const [validators, history] = await Promise.all([
    ports.network.tallies(horizon, index, fromEpoch),
    ports.network.scoreHistory(horizon, index, HISTORY_EPOCHS_MAX),
  ]);
  return {
    window: { fromEpoch, throughEpoch: horizon.through },
    samplesMin: policy.consensus.samplesMin,
    validators,
    history: history.map((score) => scoreItem(policy, score)),
  };
}
