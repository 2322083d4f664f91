// Opens a frozen epoch: fetches its beacon round and prepares what openings are checked with, so that the first probe finds it ready.
import { DomainError } from '../errors.ts';
import { prepareChecks } from './check.ts';
import { planOf } from './plan.ts';
import type { Context, EpochEntry } from './ports.ts';

/** @throws DomainError unavailable while no beacon server has the round */
export async function openEpoch(context: Context, entry: EpochEntry): Promise<void> {
  const { beacon, ledger } = context.ports;
  const round = await beacon.round(entry.beaconRound);
  if (round === null) {
    throw new DomainError(
      'unavailable',
      `Beacon round ${String(entry.beaconRound)} of epoch ${String(entry.epoch)} is not to be had. Check BEACON_URL; it is tried again each slot.`,
    );
  }
  await ledger.open(entry.epoch, round);
  await prepareChecks(context, planOf(context, { ...entry, beacon: round }));
}
