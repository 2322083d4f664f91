// What the validator's own presence audits say of reachability, as soon as they say it. Of a verdict nothing else is looked at: that a node
// answered wrongly is no absence, and is nobody's business before the reveal.
import { ZERO32 } from '../../../protocol/bytes.ts';
import { KIND_PRESENCE } from '../../../protocol/challenge.ts';
import type { Reason } from '../../../protocol/verdict.ts';
import { NETWORK_FAULT_PROBES_MIN } from '../../limits.ts';
import type { Chunk, HealthHook, HeardRow } from '../ports.ts';
import { apply, type Hearing } from './apply.ts';
import type { Heard } from './machine.ts';
import type { HealthContext, SlotTally } from './working-ports.ts';

/** A node that cannot be reached, as opposed to one that answers something wrong. */
const ABSENT: ReadonlySet<Reason> = new Set(['unreachable', 'timeout', 'tls', 'refused', 'redirect']);
/** What a broken line of our own looks like, with what was found to be one. */
const NO_LINE: ReadonlySet<Reason> = new Set(['unreachable', 'timeout', 'tls', 'auditor_fault']);

export const isAbsent = (reason: Reason): boolean => ABSENT.has(reason);

/** Whether a slot's failures are taken for our own: then nobody is told of any. */
export const isHeld = ({ probes, failed }: SlotTally): boolean => probes >= NETWORK_FAULT_PROBES_MIN && 3 * failed > probes;

/** Of the challenges that were sent. */
export function tallyOf(rows: readonly HeardRow[]): SlotTally {
  const sent = rows.filter(({ transcriptHash }) => transcriptHash !== ZERO32);
  return { probes: sent.length, failed: sent.filter(({ reason }) => NO_LINE.has(reason)).length };
}

function heardOf(epoch: number, row: HeardRow, nowMs: number): Heard | null {
  const { slot, draw, kind, reason, startedAt: atMs } = row;
  if (kind !== KIND_PRESENCE || row.transcriptHash === ZERO32) return null;
  if (reason === 'none') return { type: 'answered', atMs };
  const key = [epoch, slot, draw].join('/');
  return isAbsent(reason) ? { type: 'failed', key, atMs, nowMs, reason } : null;
}

function hearingsOf(epoch: number, rows: readonly HeardRow[], nowMs: number, held: boolean): Hearing[] {
  const byNode = Map.groupBy(rows, ({ nodeIndex }) => nodeIndex);
  return [...byNode.values()].flatMap((own) => {
    const [first] = own;
    const heard = own
      .toSorted((a, b) => a.startedAt - b.startedAt)
      .flatMap((row) => heardOf(epoch, row, nowMs) ?? [])
      .filter(({ type }) => !held || type === 'answered');
    return first === undefined || heard.length === 0
      ? []
      : [{ node: { index: first.nodeIndex, id: first.nodeId }, heard, told: [] }];
  });
}

/** Takes a finished chunk in, once. False when it had been. */
export async function takeChunk(context: HealthContext, chunk: Chunk, rows: readonly HeardRow[]): Promise<boolean> {
  const { store, clock } = context.ports;
  const tally = tallyOf(rows);
  const before = await store.slot(chunk.epoch, chunk.slot);
  const held = isHeld({ probes: before.probes + tally.probes, failed: before.failed + tally.failed });
  return apply(context, hearingsOf(chunk.epoch, rows, clock.nowMs(), held), { chunk, ...tally });
}

/** The hook of services/audit.ts: health never gets in the way of an audit. */
export function healthHook(context: HealthContext): HealthHook {
  const missed = (): undefined => undefined; // the tick takes the chunk in again, and finds what is due
  return {
    heard: async (epoch, row) => {
      const { clock, store } = context.ports;
      if (row.reason === 'none') return;
      const hearings = hearingsOf(epoch, [row], clock.nowMs(), false);
      if (hearings.length === 0) return;
      await store
        .slot(epoch, row.slot)
        .then((tally) => (isHeld(tally) ? true : apply(context, hearings, null)))
        .catch(missed);
    },
    take: async (chunk, rows) => {
      await takeChunk(context, chunk, rows).catch(missed);
    },
  };
}
