// What this validator cannot reach now, for peers only; and who is one: the signer of a seat, by a signature that names this validator and is
// a minute old at most.
import { recoverSigner } from '../../../protocol/signer.ts';
import type { Hex } from '../../../protocol/bytes.ts';
import { slotAt } from '../../../protocol/schedule.ts';
import { sightingsDigest } from '../../../protocol/sightings-request.ts';
import type { SightingList } from '../../../schema/api/sightings.ts';
import type { WebPorts } from '../views/ports.ts';
import { SEAT_REQUEST_MS_MAX, SIGHTINGS_MAX } from './limits.ts';

const HEADER = /^(0x[0-9a-f]{40}) (\d{13}) (0x[0-9a-f]{130})$/;

/** Null on a gateway, which sees nothing itself. */
export async function showSightings(ports: WebPorts): Promise<SightingList | null> {
  const { validator } = ports.settings;
  if (validator === null) return null;
  return { validator, atMs: ports.nowMs(), items: await ports.health.sightings(SIGHTINGS_MAX) };
}

/** Whether the header is of somebody who has a seat now, or had one an epoch ago. */
export async function isSeat(ports: WebPorts, header: string): Promise<boolean> {
  const { validator: owner, chainId, registry, clock } = ports.settings;
  const [, reader, time, signature] = HEADER.exec(header) ?? [];
  if (owner === null || reader === undefined || time === undefined || signature === undefined) return false;
  const timeMs = Number(time);
  if (Math.abs(ports.nowMs() - timeMs) > SEAT_REQUEST_MS_MAX) return false;
  const epoch = slotAt(clock, ports.nowMs())?.epoch ?? 0;
  const sets = await Promise.all([ports.network.seatsAt(epoch), ports.network.seatsAt(Math.max(0, epoch - 1))]);
  const signers = sets.flatMap((set) =>
    (set?.seats ?? []).filter(({ operator }) => operator === reader).map(({ signer }) => signer),
  );
  // Looked up before anything is computed: a stranger's signature costs no recovery.
  if (signers.length === 0) return false;
  const digest = sightingsDigest({ chainId, registry }, { reader: reader as Hex, owner, timeMs });
  const signer = recoverSigner(digest, signature as Hex);
  return signer !== null && signers.includes(signer);
}
