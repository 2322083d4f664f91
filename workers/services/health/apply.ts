// Nodes hear something: their machines step, incidents grow, and all of it is stored at once with the events that tell of it. Questions that
// follow are sent after that; whoever dies in between leaves a row with a time that the tick finds.
import { DomainError } from '../../errors.ts';
import { SAVE_TRIES_MAX } from './limits.ts';
import { isSlow, isWell, next, WELL, type Heard, type Machine, type Told } from './machine.ts';
import { threadOf } from './thread.ts';
import type { AskMessage, ChunkTally, HealthChange, HealthContext, KnownNode, StoredHealth } from './working-ports.ts';

/** What one node hears, in this order. */
export type Hearing = { readonly node: KnownNode; readonly heard: readonly Heard[]; readonly told: readonly Told[] };

type Stepped = { readonly change: HealthChange; readonly before: Machine; readonly after: Machine; readonly changed: boolean };

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

function stepped(context: HealthContext, hearing: Hearing, stored: StoredHealth | undefined, nowMs: number): Stepped {
  const { role, validator, publicUrl } = context;
  const { node, told } = hearing;
  const before = stored?.machine ?? WELL;
  let machine = before;
  let incident = stored?.incident ?? null;
  const events: HealthChange['events'][number][] = [];
  for (const heard of hearing.heard) {
    const after = next(machine, heard, role);
    const thread = threadOf(machine, after, incident, { node, validator, told, atMs: nowMs, publicUrl });
    machine = after;
    // A closed incident is stored with this change; another one can only begin with the next.
    incident = thread.incident;
    events.push(...thread.events);
  }
  const kept = isWell(machine, nowMs) ? null : machine;
  const changed = !same(stored === undefined ? null : stored.machine, kept) || !same(stored?.incident ?? null, incident);
  return { change: { node, version: stored?.version ?? 0, machine: kept, incident, events }, before, after: machine, changed };
}

/** Those that were not on their way before. */
function newAsks(steps: readonly Stepped[]): (AskMessage & { readonly atMs: number })[] {
  return steps.flatMap(({ change, before, after }) => {
    const { ask } = after;
    const known = ask === null || (ask.key === before.ask?.key && ask.step === before.ask.step);
    return known || isSlow(ask.key) ? [] : [{ node: change.node.index, key: ask.key, step: ask.step, atMs: ask.atMs }];
  });
}

/**
 * Steps the nodes and stores what changed.
 * @param taken the chunk that this is all of, if it is one
 * @returns false when that chunk had been taken in before
 * @throws DomainError unavailable when others kept changing the same nodes
 */
export async function apply(context: HealthContext, hearings: readonly Hearing[], taken: ChunkTally | null): Promise<boolean> {
  const { store, clock, queue, wake } = context.ports;
  for (let attempt = 1; attempt <= SAVE_TRIES_MAX; attempt++) {
    const stored = await store.stored(hearings.map(({ node }) => node.index));
    const nowMs = clock.nowMs();
    const steps = hearings
      .map((hearing) => stepped(context, hearing, stored.get(hearing.node.index), nowMs))
      .filter(({ changed }) => changed);
    if (steps.length === 0 && taken === null) return true;
    const outcome = await store.save(
      steps.map(({ change }) => change),
      taken,
      nowMs,
    );
    if (outcome === 'stale') continue;
    if (outcome === 'taken') return false;
    const asks = newAsks(steps);
    const delayed = asks.map(({ atMs, ...ask }) => ({ ...ask, delaySeconds: Math.max(0, Math.ceil((atMs - nowMs) / 1000)) }));
    if (delayed.length > 0) await queue.send(delayed);
    if (steps.some(({ change }) => change.events.length > 0)) await wake();
    return true;
  }
  throw new DomainError(
    'unavailable',
    'The same nodes’ health was changed again and again meanwhile; it is tried again at the next slot.',
  );
}
