// Questions beside the schedule arrive: nodes that did not answer are asked again. What is no question is dropped; one that fails is delivered
// again, and finds that it is no longer due if it had been answered.
import { z } from 'zod';
import { healthContext } from '../compose/health.ts';
import type { Env } from '../env.ts';
import { askNode } from '../services/health/ask-node.ts';
import { recheck } from '../services/health/recheck.ts';
import { PROBES_IN_FLIGHT_MAX } from '../limits.ts';
import type { Context } from '../services/ports.ts';
import { semaphore } from '../services/semaphore.ts';

export const RECHECK_QUEUE = 'assay-rechecks';

const count = z.int().min(0);
const askSchema = z.strictObject({ node: count, key: z.string().max(64), step: count });

async function takeMessage(context: Context, env: Env, message: Message): Promise<void> {
  const parsed = askSchema.safeParse(message.body);
  if (!parsed.success) {
    console.error('queue: a message that is no question was dropped');
    message.ack();
    return;
  }
  try {
    await recheck(healthContext(env, { role: 'validator' }), { clock: context.clock, ask: askNode(context) }, parsed.data);
    message.ack();
  } catch (error) {
    console.error(`rechecks: ${error instanceof Error ? error.name : 'unknown error'}`);
    message.retry();
  }
}

/** @param context of the validator that asks; null before it has joined */
export async function onRechecks(env: Env, batch: MessageBatch, context: Context | null): Promise<void> {
  if (context === null) {
    batch.retryAll();
    return;
  }
  // More at once would wait for one another's connections, in the nodes' time.
  const places = semaphore(PROBES_IN_FLIGHT_MAX);
  await Promise.all(batch.messages.map((message) => places.run(1, () => takeMessage(context, env, message))));
}
