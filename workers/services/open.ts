// Opens a frozen epoch: fetches its beacon round and prepares the secret products, so that the first probe finds them ready.
import { gemmParams } from '../../protocol/challenges/gemm/params.ts';
import { DomainError } from '../errors.ts';
import { planOf } from './plan.ts';
import type { Context, EpochEntry } from './ports.ts';
import { secretsFor } from './secrets.ts';

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
  const plan = planOf(context, { ...entry, beacon: round });
  for (const gpuClass of plan.policy.classes) await secretsFor(context, plan, gemmParams(gpuClass, plan.beacon));
}
