// Follows a running network until enough epochs are on chain, or something can never become right.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChainErrorCode } from '../chain/errors.ts';
import { readReport } from '../chain/reports.ts';
import { epochStart, slotAt } from '../protocol/schedule.ts';
import type { DomainErrorCode } from '../workers/errors.ts';
import { validator } from './accounts.ts';
import { LocalError } from './errors.ts';
import { FIRST_EPOCH, POLL_MS, POST_SECONDS_MAX } from './limits.ts';
import type { Network } from './network.ts';
import { embeddedPolicy } from './policy.ts';
import { readProgress, readTroubles, type EpochProgress, type Trouble } from './progress.ts';
import type { View } from './screen.ts';

/** Troubles that no waiting mends: what the operator configured does not fit the chain. */
const HOPELESS: ReadonlySet<string> = new Set<ChainErrorCode | DomainErrorCode>([
  'misconfigured',
  'wrong_chain',
  'no_code',
  'not_registry',
  'not_registered',
]);

export type Watch = {
  /** Stops after so many audited epochs; null watches for ever. */
  readonly epochs: number | null;
  readonly signal?: AbortSignal;
  readonly onView?: (view: View) => void;
};

const sentence = ({ step, message }: Trouble): string => `${step}: ${message}`;

/** Seconds after which an epoch that is not on chain has failed. */
function deadline({ clock }: Network, epoch: number): number {
  return epochStart(clock, epoch + 1) + embeddedPolicy().policy.schedule.settleSeconds + POST_SECONDS_MAX;
}

function assertHope(network: Network, progress: readonly EpochProgress[], troubles: readonly Trouble[], last: number): void {
  const hopeless = troubles.find(({ code }) => HOPELESS.has(code));
  if (hopeless !== undefined) throw new LocalError(`The validator cannot work. ${hopeless.message}`);
  const said = troubles.map(sentence).join('\n  ');
  const because = said === '' ? '' : ` The Worker says:\n  ${said}`;
  for (let epoch = FIRST_EPOCH; epoch <= last; epoch++) {
    const entry = progress.find((candidate) => candidate.epoch === epoch);
    if (entry?.state === 'posted') continue;
    if (entry?.state === 'abandoned') {
      throw new LocalError(`Epoch ${String(epoch)} was abandoned: ${entry.note ?? 'no reason given'}.${because}`);
    }
    if (Date.now() / 1000 > deadline(network, epoch)) {
      throw new LocalError(
        `Epoch ${String(epoch)} was not on chain ${String(POST_SECONDS_MAX)} s after it could be sealed.${because}`,
      );
    }
  }
}

/** The chain's word: every one of these epochs has a report. */
async function allOnChain({ client }: Network, last: number): Promise<boolean> {
  for (let epoch = FIRST_EPOCH; epoch <= last; epoch++) {
    if ((await readReport(client, validator.address, epoch)) === null) return false;
  }
  return true;
}

/** @throws LocalError when an epoch can't or won't be on chain in time */
export async function watch(network: Network, { epochs, signal, onView }: Watch): Promise<void> {
  const last = FIRST_EPOCH + (epochs ?? 0) - 1;
  while (signal?.aborted !== true) {
    const database = await network.edge().database();
    const [progress, troubles] = await Promise.all([readProgress(database), readTroubles(database)]);
    const now = Date.now();
    const at = slotAt(network.clock, now) ?? { epoch: 0, slot: 0 };
    onView?.({
      ...at,
      slotsPerEpoch: network.clock.slotsPerEpoch,
      secondsToStart: Math.max(0, Math.ceil(epochStart(network.clock, FIRST_EPOCH) - now / 1000)),
      progress,
      trouble: troubles[0] === undefined ? null : sentence(troubles[0]),
    });
    assertHope(network, progress, troubles, last);
    const posted = progress.filter(({ epoch, state }) => state === 'posted' && epoch <= last).length;
    if (epochs !== null && posted >= epochs && (await allOnChain(network, last))) return;
    await sleep(POLL_MS, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
}
