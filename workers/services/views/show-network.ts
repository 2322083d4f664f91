// The network at a glance.
import { slotAt } from '../../../protocol/schedule.ts';
import type { Network } from '../../../schema/api/network.ts';
import type { StoredRoot } from '../network/ports.ts';
import { currentEpoch, horizonOf, windowOf } from './horizon.ts';
import type { EpochView, WebPorts } from './ports.ts';

/** A gateway audits nobody, whatever its database held before it was one. */
const NOTHING = { epochs: 0, due: 0, done: 0, tally: { pass: 0, fail: 0, void: 0 } };

function lastPostedOf(view: EpochView | null): Network['lastPosted'] {
  if (view === null) return null;
  const { epoch, auditRoot, reportHash, transactionHash, blockNumber, postedAtMs } = view;
  return { epoch, auditRoot, reportHash, transactionHash, blockNumber, postedAtMs };
}

function lastRootOf(root: StoredRoot | null): Network['lastRoot'] {
  if (root === null) return null;
  const { epoch, rootHash, provisional, blockNumber, transactionHash, finalAtMs } = root;
  return { epoch, rootHash, provisional, blockNumber, transactionHash, finalAtMs };
}

export async function showNetwork(ports: WebPorts): Promise<Network> {
  const { role, chainId, registry, validator, signer, policy, policyHash, clock } = ports.settings;
  const horizon = horizonOf(ports);
  const [nodeCount, recent, lastPosted, lastRoot, set] = await Promise.all([
    ports.views.nodeCount(currentEpoch(ports)),
    validator === null ? NOTHING : ports.views.recent(horizon),
    validator === null ? null : ports.views.lastPosted(horizon),
    ports.network.lastFinal(horizon),
    ports.network.seatsAt(currentEpoch(ports)),
  ]);
  return {
    ...{ role, chainId, registry, validator, signer, clock },
    policy: { name: policy.name, hash: policyHash },
    now: slotAt(clock, ports.nowMs()),
    revealedThrough: horizon.through < 0 ? null : horizon.through,
    nodeCount,
    lastPosted: lastPostedOf(lastPosted),
    lastRoot: lastRootOf(lastRoot),
    validatorCount: set?.seats.length ?? 0,
    recent: { window: windowOf(horizon), ...recent },
  };
}
