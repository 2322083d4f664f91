// A slot has begun. Joining is a step like the others: what goes wrong is kept for /health. A validator's own audits and its part in the
// network go on beside each other; a gateway has the latter only.
import type { EpochClock } from '../../protocol/schedule.ts';
import { composeNotes, composeTick, type HealthParts, type Joined } from '../compose.ts';
import { alertsTick } from '../compose/alerts.ts';
import { spotTick } from '../compose/spots.ts';
import type { Env } from '../env.ts';
import { networkTick, type NetworkSteps } from '../services/network/network-tick.ts';
import { networkSteps } from '../services/network/steps.ts';
import { HEAR_EVERY_SECONDS } from '../services/health/limits.ts';
import { checkOwnLine, sight } from '../services/health/sight.ts';
import { tickSpots } from '../services/spots/tick-spots.ts';
import { OWN_LINE_STEP } from '../services/health/own-line.ts';
import { step, type Trouble } from '../services/step.ts';
import { tick } from '../services/tick.ts';

/** What a slot runs on: by default the real sides. */
export type CronParts = {
  readonly notes: typeof composeNotes;
  readonly join: (env: Env) => Promise<Joined>;
  readonly steps: NetworkSteps;
};

const REAL: CronParts = { notes: composeNotes, join: composeTick, steps: networkSteps };

/** Everybody asks everybody: in networks with slots of a few seconds not in each of them. */
function hears(clock: EpochClock, scheduledMs: number): boolean {
  const slots = Math.max(1, Math.floor(HEAR_EVERY_SECONDS / clock.slotSeconds));
  return Math.floor((scheduledMs / 1000 - clock.genesis) / clock.slotSeconds) % slots === 0;
}

/** What peers and we cannot reach, and whether that is our own fault. */
async function healthTick(
  kept: ReturnType<typeof composeNotes>,
  parts: HealthParts | undefined,
  scheduledMs: number,
): Promise<Trouble[]> {
  if (parts === undefined) return [];
  const { context, input } = parts;
  const sighted = hears(input.clock, scheduledMs) ? await step(kept, 'sight', () => sight(context, input, scheduledMs)) : null;
  const line = await step(kept, OWN_LINE_STEP, () => checkOwnLine(context, input, scheduledMs));
  return [sighted, line].filter((trouble) => trouble !== null);
}

/** Returns what went wrong, so that a local driver can say it; the platform ignores it. */
export async function onCron(env: Env, scheduledMs: number, parts: Partial<CronParts> = {}): Promise<Trouble[]> {
  const { notes, join, steps } = { ...REAL, ...parts };
  const kept = notes(env);
  const joined: Joined[] = [];
  const trouble = await step(kept, 'join', async () => {
    joined.push(await join(env));
  });
  const troubles = trouble === null ? [] : [trouble];
  for (const { validator, network, health } of joined) {
    const both = await Promise.all([
      validator === null ? [] : tick(validator, scheduledMs),
      networkTick(network, kept.ledger, steps, scheduledMs),
      healthTick(kept, health, scheduledMs),
    ]);
    troubles.push(...both.flat());
  }
  // What this tick told, and what is overdue.
  const untold = await step(kept, 'alerts', () => alertsTick(env));
  if (untold !== null) troubles.push(untold);
  const undone = await step(kept, 'spots', () => tickSpots(spotTick(env)));
  if (undone !== null) troubles.push(undone);
  for (const { step: name, code, message } of troubles) console.error(`${name}: ${code}: ${message}`);
  return troubles;
}
