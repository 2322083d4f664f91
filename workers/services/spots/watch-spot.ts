// An order's progress as server-sent events: one for each step, in their order, until it has ended or the stream's time is over. Whoever
// comes back with the last id goes on after it.
import type { SpotStep } from '../../../schema/api/spots.ts';
import { HEARTBEAT_MS, WATCH_EVERY_MS, WATCH_MS_MAX } from './limits.ts';
import type { StreamPlace } from './open-stream.ts';
import type { SpotPorts, SpotRow } from './ports.ts';

type Ports = { readonly spots: Pick<SpotPorts, 'store' | 'pause'>; readonly nowMs: () => number };

const isOver = ({ state }: SpotRow): boolean => state === 'done' || state === 'failed';

function eventText(place: number, { step, atMs }: SpotStep, row: SpotRow): string {
  const ending = step === 'done' || step === 'failed';
  const verdict = ending ? { outcome: row.proof?.record.outcome ?? null, reason: row.proof?.record.reason ?? null } : {};
  const data = JSON.stringify({ step, atMs, ...verdict, ...(step === 'failed' ? { failure: row.failure } : {}) });
  return `id: ${String(place + 1)}\nevent: ${step}\ndata: ${data}\n\n`;
}

type Reader = {
  readonly place: StreamPlace;
  /** Whether it has hung up. */
  readonly isGone: () => boolean;
};

/**
 * @param first the row as it was just read
 * @param after how many events the reader has had
 * @param reader its place is given back at the end, however that comes
 */
export async function* watchSpot(ports: Ports, first: SpotRow, after: number, reader: Reader): AsyncGenerator<string> {
  try {
    yield* eventsOf(ports, first, after, reader);
  } finally {
    await reader.place.close();
  }
}

async function* eventsOf(
  { spots, nowMs }: Ports,
  first: SpotRow,
  after: number,
  { place, isGone }: Reader,
): AsyncGenerator<string> {
  const startedMs = nowMs();
  let [row, told, saidMs, keptMs] = [first, after, startedMs, startedMs];
  yield 'retry: 1000\n\n';
  for (;;) {
    for (; told < row.steps.length; told++) {
      const step = row.steps[told];
      if (step !== undefined) yield eventText(told, step, row);
      saidMs = nowMs();
    }
    if (isOver(row) || isGone() || nowMs() - startedMs > WATCH_MS_MAX) return;
    if (nowMs() - saidMs >= HEARTBEAT_MS) {
      saidMs = nowMs();
      yield ': still there\n\n';
    }
    if (nowMs() - keptMs >= HEARTBEAT_MS) {
      keptMs = nowMs();
      await place.keep();
    }
    await spots.pause(WATCH_EVERY_MS);
    const next = await spots.store.own(row.tenant, row.id);
    if (next === null) return; // deleted meanwhile
    row = next;
  }
}
