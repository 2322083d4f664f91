// That this validator's own line is in trouble tells that a third of its newest probes failed: of an epoch that is not revealed. So no public
// read names that step, not even later, when it would tell that it goes on; keys with the scope webhooks are told at once.
import { TROUBLES_SHOWN_MAX } from '../views/limits.ts';
import type { TroubleView, WebPorts } from '../views/ports.ts';

/** The step under which it is kept. */
export const OWN_LINE_STEP = 'line';

/** What anybody may know of the steps that fail. */
export async function publicTroubles({ views }: WebPorts): Promise<TroubleView[]> {
  return (await views.troubles(TROUBLES_SHOWN_MAX)).filter(({ step }) => step !== OWN_LINE_STEP);
}

/** Unix milliseconds; null while the line is well. */
export async function ownLineSince({ views }: WebPorts): Promise<number | null> {
  return (await views.troubles(TROUBLES_SHOWN_MAX)).find(({ step }) => step === OWN_LINE_STEP)?.sinceMs ?? null;
}
