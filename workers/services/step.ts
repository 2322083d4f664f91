// One step of a tick: its trouble is kept under its name, said once more to the caller, and keeps no other step from running.
import { ChainError } from '../../chain/errors.ts';
import { DomainError } from '../errors.ts';
import type { Clock, Notes } from './ports.ts';

export type Trouble = { readonly step: string; readonly code: string; readonly message: string };

/** A sentence for people and a code for machines; never an RPC's URL or a library's own words. */
export function troubleOf(step: string, error: unknown): Trouble {
  if (error instanceof DomainError || error instanceof ChainError) return { step, code: error.code, message: error.message };
  return {
    step,
    code: 'internal',
    message: `The step failed unexpectedly (${error instanceof Error ? error.name : 'unknown'}); it is tried again at the next slot.`,
  };
}

/** Runs a step, keeps its trouble for /health, and goes on. */
export async function step(
  ports: { readonly ledger: Notes; readonly clock: Clock },
  name: string,
  work: () => Promise<void>,
): Promise<Trouble | null> {
  let trouble: Trouble | null = null;
  try {
    await work();
  } catch (error) {
    trouble = troubleOf(name, error);
  }
  // A note that cannot be kept is the least of our troubles: the next step runs, and the caller still learns of this one.
  await ports.ledger.note(name, trouble, ports.clock.nowMs()).catch(() => undefined);
  return trouble;
}
