// This Worker's own state, for whoever wants to know whether it can be relied on now: steps in trouble, what was done last, and how the
// archives of all validators stood with it in the newest public epochs. Nothing about an epoch before its reveal.
import type { Hex } from '../../../protocol/bytes.ts';
import type { Archive } from '../../../schema/api/consensus.ts';
import type { Health, Network } from '../../../schema/api/network.ts';

import { horizonOf } from './horizon.ts';
import type { EpochView, WebPorts } from './ports.ts';
import { archiveOf } from './show-consensus.ts';
import { showHealth } from './show-health.ts';
import { showNetwork } from './show-network.ts';

/** Newest public epochs whose archives are shown. */
export const STATUS_EPOCHS = 24;

export type ArchiveRow = {
  readonly validator: Hex;
  readonly url: string | null;
  /** As many as there are epochs, oldest first; null where nothing is known. */
  readonly states: readonly (Archive['state'] | null)[];
};

export type Status = {
  readonly health: Health;
  readonly network: Network;
  /** Newest sealed epoch that is public; null on a gateway, and while there is none. */
  readonly lastSealed: EpochView | null;
  /** Oldest first. */
  readonly epochs: readonly number[];
  readonly archives: readonly ArchiveRow[];
  /** Whether webhook endpoints can be kept here: `off` without a key for their secrets, `broken` with a malformed one. */
  readonly alerts: 'ready' | 'off' | 'broken';
  /** When an archive was last looked at. */
  readonly lastMirroredMs: number | null;
};

function alertsOf({ alerts }: WebPorts): Status['alerts'] {
  try {
    return alerts.vault() === null ? 'off' : 'ready';
  } catch {
    return 'broken';
  }
}

/** @throws when the database does not answer */
export async function showStatus(ports: WebPorts): Promise<Status> {
  const horizon = horizonOf(ports);
  const [health, network, own, views] = await Promise.all([
    showHealth(ports),
    showNetwork(ports),
    ports.settings.validator === null ? [] : ports.views.epochs(horizon, { before: null, limit: 1 }),
    ports.network.epochs(horizon, { before: null, limit: STATUS_EPOCHS }),
  ]);
  const shown = views.toReversed();
  const mirrors = await ports.network.mirrorsIn(
    horizon,
    shown.map(({ epoch }) => epoch),
  );
  const byPlace = new Map(mirrors.map((mirror) => [`${String(mirror.epoch)} ${mirror.validator}`, mirror]));
  const seats = new Map(shown.flatMap((view) => view.seats).map(({ operator, url }) => [operator, url]));
  const stateOf = (validator: Hex, epoch: number): Archive['state'] | null => {
    const mirror = byPlace.get(`${String(epoch)} ${validator}`);
    return mirror === undefined ? null : archiveOf(mirror).state;
  };
  const times = mirrors.map(({ updatedAtMs }) => updatedAtMs);
  return {
    ...{ health, network, alerts: alertsOf(ports), lastSealed: own[0] ?? null, epochs: shown.map(({ epoch }) => epoch) },
    archives: [...seats].map(([validator, url]) => ({
      validator,
      url,
      states: shown.map(({ epoch }) => stateOf(validator, epoch)),
    })),
    lastMirroredMs: times.length === 0 ? null : Math.max(...times),
  };
}
