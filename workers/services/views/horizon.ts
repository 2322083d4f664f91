// How far the public may look: the newest epoch whose reveal time has passed, and how far back aggregates reach.
import { epochStart, slotAt, type EpochClock } from '../../../protocol/schedule.ts';
import type { Window } from '../../../schema/api/values.ts';
import { WINDOW_EPOCHS_MAX } from './limits.ts';
import type { Horizon, WebPorts, WebSettings } from './ports.ts';

/** Unix seconds from which an epoch's results are public. */
export function revealTime(clock: EpochClock, revealSeconds: number, epoch: number): number {
  return epochStart(clock, epoch + 1) + revealSeconds;
}

export function horizonAt(settings: Pick<WebSettings, 'clock' | 'policy'>, nowMs: number): Horizon {
  const { clock, policy } = settings;
  const elapsed = Math.floor(nowMs / 1000) - clock.genesis - policy.schedule.revealSeconds;
  const through = Math.max(-1, Math.floor(elapsed / (clock.slotsPerEpoch * clock.slotSeconds)) - 1);
  return { through, from: Math.max(0, through - WINDOW_EPOCHS_MAX + 1) } as Horizon;
}

export const horizonOf = (ports: WebPorts): Horizon => horizonAt(ports.settings, ports.nowMs());

/** The epoch in progress; 0 before genesis, when no node is in effect anyway. */
export const currentEpoch = (ports: WebPorts): number => slotAt(ports.settings.clock, ports.nowMs())?.epoch ?? 0;

/** The covered epochs, as the API states them; null while nothing is public. */
export const windowOf = ({ from, through }: Horizon): Window | null =>
  through < 0 ? null : { fromEpoch: from, throughEpoch: through };
