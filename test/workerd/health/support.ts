// A validator's health over the real database: what is asked and answered, the clock and the queue are the test's.
import type { Hex } from '../../../protocol/bytes.ts';
import { KIND_PRESENCE } from '../../../protocol/challenge.ts';
import type { Reason } from '../../../protocol/verdict.ts';
import { d1Health } from '../../../workers/adapters/d1-health.ts';
import { d1HealthStore } from '../../../workers/adapters/d1-health-store.ts';
import { recheck } from '../../../workers/services/health/recheck.ts';
import type { AskMessage, HealthContext, HealthStore, Word } from '../../../workers/services/health/working-ports.ts';
import type { HeardRow } from '../../../workers/services/ports.ts';
import { bindings, CLOCK } from '../support/web-env.ts';
import { nodeIdOf } from '../support/ledger-rows.ts';

export const SELF: Hex = `0x${'7e'.repeat(20)}`;
export const PEER: Hex = `0x${'b2'.repeat(20)}`;
/** The middle of epoch 20. */
export const NOW = 1000 * (CLOCK.genesis + 20 * 30 + 15);
export const EPOCH = 20;

export type Rig = {
  readonly context: HealthContext;
  readonly sent: AskMessage[];
  readonly asked: AskMessage[];
  readonly woken: { times: number };
  /** What the node answers from now on; null: our own line. */
  answer: Reason | null;
  nowMs: number;
  /** Delivers the messages that are waiting, in order. */
  readonly deliver: () => Promise<void>;
  readonly deliverOne: (message: AskMessage) => Promise<'asked' | 'dropped'>;
};

export function rigOf(change: Partial<HealthStore> = {}, role: HealthContext['role'] = 'validator'): Rig {
  const sent: AskMessage[] = [];
  const asked: AskMessage[] = [];
  const woken = { times: 0 };
  const rig: Rig = {
    ...{ sent, asked, woken, answer: 'timeout', nowMs: NOW },
    context: {
      role,
      validator: role === 'validator' ? SELF : null,
      publicUrl: 'https://assay.test',
      ports: {
        clock: {
          nowMs: () => rig.nowMs,
          until: async (timeMs) => {
            rig.nowMs = Math.max(rig.nowMs, timeMs);
          },
        },
        store: { ...d1HealthStore(bindings.DB), ...change },
        queue: {
          send: async (messages) => {
            sent.push(...messages.map(({ delaySeconds: _delay, ...message }) => message));
          },
        },
        wake: async () => {
          woken.times += 1;
        },
      },
    },
    deliverOne: (message) =>
      recheck(
        rig.context,
        {
          clock: CLOCK,
          ask: async (node, step) => {
            asked.push({ node, key: message.key, step });
            return rig.answer;
          },
        },
        message,
      ),
    deliver: async () => {
      for (const message of sent.splice(0)) await rig.deliverOne(message);
    },
  };
  return rig;
}

export function heardRow(node: number, reason: Reason, change: Partial<HeardRow> = {}): HeardRow {
  return {
    ...{ slot: 5, draw: node, nodeIndex: node, nodeId: nodeIdOf(node), kind: KIND_PRESENCE, reason, startedAt: NOW - 2_000 },
    transcriptHash: `0x${'11'.repeat(32)}`,
    ...change,
  };
}

export const wordOf = (validator: Hex, nodes: readonly number[], heardAtMs = NOW): Word => ({
  ...{ source: validator, validator, heardAtMs },
  sightings: nodes.map((node) => ({ node, state: 'absent' as const, sinceMs: heardAtMs - 30_000 })),
});

export async function count(table: string): Promise<number> {
  return (await bindings.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first<number>('n')) ?? 0;
}

export async function eventTypes(): Promise<string[]> {
  const { results } = await bindings.DB.prepare('SELECT type FROM events ORDER BY place').all<{ type: string }>();
  return results.map(({ type }) => type);
}

export const incidents = () => d1Health(bindings.DB).incidents({ endMs: NOW * 2, node: null, before: null, limit: 100 });
