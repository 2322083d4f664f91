// A machine that is told things, with its thread of incidents beside it: what apply.ts does, without a store.
import type { Hex } from '../../../protocol/bytes.ts';
import type { Reason } from '../../../protocol/verdict.ts';
import type { NewEvent } from '../../../workers/services/alerts/event.ts';
import { next, WELL, type Heard, type Machine, type Told } from '../../../workers/services/health/machine.ts';
import type { Incident } from '../../../workers/services/health/ports.ts';
import { threadOf } from '../../../workers/services/health/thread.ts';

export const NODE: { readonly index: number; readonly id: Hex } = { index: 7, id: `0x${'17'.repeat(32)}` };
export const SELF: Hex = `0x${'a1'.repeat(20)}`;
export const PEER: Hex = `0x${'b2'.repeat(20)}`;
export const OTHER: Hex = `0x${'c3'.repeat(20)}`;

export const word = (validator: Hex, sinceMs: number, state: Told['state'] = 'absent'): Told => ({ validator, state, sinceMs });

export type Patient = {
  machine: Machine;
  incident: Incident | null;
  readonly incidents: Incident[];
  readonly events: NewEvent[];
  hear: (heard: Heard, told?: readonly Told[]) => void;
  fail: (key: string, atMs: number, reason?: Reason) => void;
  /** Answers the question that is due; null for one that says nothing. */
  ask: (reason: Reason | null, held?: boolean) => void;
  /** Said by all, unless `fresh` names those who answered just now. */
  told: (atMs: number, told: readonly Told[], fresh?: readonly Hex[]) => void;
};

export function patient(role: 'validator' | 'gateway' = 'validator'): Patient {
  const its: Patient = {
    machine: WELL,
    incident: null,
    incidents: [],
    events: [],
    hear: (heard, told = []) => {
      const after = next(its.machine, heard, role);
      const validator = role === 'validator' ? SELF : null;
      const about = { node: NODE, validator, told, atMs: heard.atMs, publicUrl: null };
      const thread = threadOf(its.machine, after, its.incident, about);
      its.machine = after;
      its.events.push(...thread.events);
      its.incident = thread.incident;
      if (thread.incident?.open !== false) return;
      its.incidents.push(thread.incident);
      its.incident = null;
    },
    fail: (key, atMs, reason = 'timeout') => {
      its.hear({ type: 'failed', key, atMs, nowMs: atMs, reason });
    },
    ask: (reason, held = false) => {
      const { ask } = its.machine;
      if (ask === null) throw new Error('nothing is to be asked');
      its.hear({ type: 'asked', key: ask.key, step: ask.step, atMs: ask.atMs, reason, held });
    },
    told: (atMs, told, fresh = [PEER, OTHER]) => {
      its.hear({ type: 'told', atMs, told, fresh }, told);
    },
  };
  return its;
}

export const typesOf = ({ events }: Patient): string[] => events.map(({ type }) => type);
