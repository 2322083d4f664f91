// Health's share of a slot: hear what peers cannot reach, step the nodes that they or we speak of, send questions that are due, and take in
// what a consumer that died left behind. Bounded in time and size; a part that fails leaves the others to run at the next slot.
import { slotAt } from '../../../protocol/schedule.ts';
import { DomainError } from '../../errors.ts';
import { apply, type Hearing } from './apply.ts';
import { isHeld, takeChunk } from './hear.ts';
import {
  ASKS_PER_TICK_MAX,
  MISSED_CHUNKS_MAX,
  NODES_PER_SAVE_MAX,
  NODES_PER_TICK_MAX,
  OVERDUE_MS,
  SLOT_EPOCHS_KEPT,
  TOLD_MS_MAX,
  WATCH_MS,
} from './limits.ts';
import { isSlow, type Heard } from './machine.ts';
import { inTurn, toldOf } from './told.ts';
import type { HealthContext, KnownNode, SightInput } from './working-ports.ts';

type At = { readonly epoch: number; readonly slot: number };

/** A few slots back: what was not taken in by then was lost with its consumer. */
function earlier({ epoch, slot }: At, slotsPerEpoch: number): At {
  const before = epoch * slotsPerEpoch + slot - 3;
  return { epoch: Math.max(0, Math.floor(before / slotsPerEpoch)), slot: Math.max(0, before) % slotsPerEpoch };
}

async function takeMissed(context: HealthContext, at: At, slotsPerEpoch: number): Promise<void> {
  const { store } = context.ports;
  for (const chunk of await store.missed(earlier(at, slotsPerEpoch), MISSED_CHUNKS_MAX)) {
    await takeChunk(context, chunk, await store.rowsOf(chunk));
  }
}

/** Some nodes at a time: what is stored of all of them at once would be too much for one write. Each part has its turn. */
async function applyInParts(context: HealthContext, hearings: readonly Hearing[]): Promise<void> {
  const errors: unknown[] = [];
  for (let from = 0; from < hearings.length; from += NODES_PER_SAVE_MAX) {
    const part = hearings.slice(from, from + NODES_PER_SAVE_MAX);
    await apply(context, part, null).catch((error: unknown) => errors.push(error));
  }
  if (errors.length > 0) throw errors[0];
}

/** Keeps what peers said and steps the nodes in question: those they speak of first, then our own unwell ones. */
async function hearPeers(context: HealthContext, { askPeers }: SightInput, { epoch }: At): Promise<void> {
  const { store, clock } = context.ports;
  const answers = await askPeers(clock.nowMs());
  await store.keepWords(answers);
  const answered = answers.map(({ validator }) => validator);
  const nowMs = clock.nowMs();
  const heard = await store.words(nowMs - TOLD_MS_MAX);
  const told = toldOf(heard);
  const isUnwell = new Set(await store.unwell(-1, NODES_PER_TICK_MAX));
  const spoken = inTurn(heard);
  const indices = [...new Set([...isUnwell, ...spoken])].slice(0, NODES_PER_TICK_MAX);
  if (indices.length === 0) return;
  const [nodes, stored] = await Promise.all([store.nodes(epoch, indices), store.stored(indices)]);
  const asked = (index: number): boolean => nowMs - (stored.get(index)?.machine.toldAskedMs ?? 0) < WATCH_MS;
  // However much is told, so many nodes a slot are asked because of it.
  const fresh = new Set(spoken.filter((index) => !isUnwell.has(index) && !asked(index)).slice(0, ASKS_PER_TICK_MAX));
  const due = indices.filter((index) => isUnwell.has(index) || fresh.has(index));
  const hearings = due.flatMap((index) => {
    const node: KnownNode | undefined = nodes.get(index) ?? stored.get(index)?.node;
    if (node === undefined) return []; // a node that nobody registered
    const words = told.get(index) ?? [];
    const hears: Heard = nodes.has(index)
      ? { type: 'told', atMs: nowMs, told: words, fresh: answered }
      : { type: 'gone', atMs: nowMs };
    return [{ node, heard: [hears], told: words }];
  });
  await applyInParts(context, hearings);
}

/** Questions whose message did not come, and those of nodes that are watched. */
async function sendDue({ ports }: HealthContext): Promise<void> {
  const { store, queue, clock } = ports;
  const nowMs = clock.nowMs();
  const due = await store.due(nowMs, ASKS_PER_TICK_MAX);
  const late = due.filter(({ key, atMs }) => isSlow(key) || nowMs - atMs >= OVERDUE_MS);
  if (late.length > 0) await queue.send(late.map(({ node, key, step }) => ({ node, key, step, delaySeconds: 0 })));
}

/** @throws DomainError whatever failed first, after everything was tried */
export async function sight(context: HealthContext, input: SightInput, scheduledMs: number): Promise<void> {
  const at = slotAt(input.clock, scheduledMs);
  if (at === null) return;
  const { store, clock } = context.ports;
  const parts = [
    () => takeMissed(context, at, input.clock.slotsPerEpoch),
    () => hearPeers(context, input, at),
    () => sendDue(context),
    () => store.prune(at.epoch - SLOT_EPOCHS_KEPT, clock.nowMs()),
  ];
  const errors: unknown[] = [];
  for (const part of parts) await part().catch((error: unknown) => errors.push(error));
  if (errors.length > 0) throw errors[0];
}

/** @throws DomainError when over a third of the last whole slot's probes, or of this one's so far, failed at network level */
export async function checkOwnLine(
  { ports }: HealthContext,
  { clock }: Pick<SightInput, 'clock'>,
  scheduledMs: number,
): Promise<void> {
  for (const timeMs of [scheduledMs - 1000 * clock.slotSeconds, scheduledMs]) {
    const at = slotAt(clock, timeMs);
    const tally = at === null ? null : await ports.store.slot(at.epoch, at.slot);
    if (tally === null || !isHeld(tally)) continue;
    const share = `${String(tally.failed)} of ${String(tally.probes)} probes of one slot failed at network level`;
    throw new DomainError(
      'unavailable',
      `${share}, which is taken for a fault of this validator’s own line: alerts of that slot are held. Check its way out, its resolver and its regions.`,
    );
  }
}
