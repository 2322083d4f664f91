// One question beside the schedule, by a message that may come twice, late, or never: what is no longer due is dropped, and the tick sends
// again what did not come.
import { slotAt, type EpochClock } from '../../../protocol/schedule.ts';
import { TOLD_MS_MAX } from './limits.ts';
import { apply } from './apply.ts';
import { isHeld } from './hear.ts';
import { toldOf } from './told.ts';
import type { AskMessage, AskNode, HealthContext } from './working-ports.ts';

/** 'dropped': it was not due (any more). */
export type Rechecked = 'asked' | 'dropped';

async function heldAt({ ports }: HealthContext, clock: EpochClock, timeMs: number): Promise<boolean> {
  const at = slotAt(clock, timeMs);
  return at !== null && isHeld(await ports.store.slot(at.epoch, at.slot));
}

export async function recheck(
  context: HealthContext,
  { clock: epochs, ask }: { readonly clock: EpochClock; readonly ask: AskNode },
  { node, key, step }: AskMessage,
): Promise<Rechecked> {
  const { clock, store } = context.ports;
  const before = (await store.stored([node])).get(node);
  const due = before?.machine.ask;
  if (before === undefined || due?.key !== key || due.step !== step) return 'dropped';
  await clock.until(due.atMs);
  const answer = await ask(node, step);
  const nowMs = clock.nowMs();
  // The slot of the first failure has ended by now, or is known in part; so is the one of this question.
  const held = (await heldAt(context, epochs, due.sinceMs)) || (await heldAt(context, epochs, nowMs));
  const told = toldOf(await store.words(nowMs - TOLD_MS_MAX)).get(node) ?? [];
  const asked = { type: 'asked', key, step, atMs: nowMs, reason: answer, held } as const;
  await apply(context, [{ node: before.node, heard: [asked, { type: 'told', atMs: nowMs, told, fresh: [] }], told }], null);
  return 'asked';
}
