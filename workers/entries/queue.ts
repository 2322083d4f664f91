// One chunk of draws arrives. What is not a chunk is dropped (it is not ours); what fails before its claim is delivered again.
import { z } from 'zod';
import { composeValidator } from '../compose.ts';
import type { Env } from '../env.ts';
import { auditChunk } from '../services/audit.ts';
import type { Chunk, Context } from '../services/ports.ts';
import { onRechecks, RECHECK_QUEUE } from './rechecks.ts';
import { onSpots, SPOT_QUEUE } from './spots.ts';

const count = z.int().min(0);
const chunkSchema = z.strictObject({
  epoch: count,
  slot: count,
  chunk: count,
});

/** @param recall the context of the validator whose chunks these are; null before it has joined */
export async function onQueue(
  env: Env,
  batch: MessageBatch,
  recall: (env: Env) => Promise<Context | null> = (its) => composeValidator(its).recall(),
): Promise<void> {
  if (batch.queue === SPOT_QUEUE) return onSpots(env, batch, recall); // in either role
  const context = await recall(env);
  if (batch.queue === RECHECK_QUEUE) return onRechecks(env, batch, context);
  for (const message of batch.messages) {
    const parsed = chunkSchema.safeParse(message.body);
    if (!parsed.success) {
      console.error('queue: a message that is no chunk was dropped');
      message.ack();
    } else if (context === null) message.retry();
    else {
      await auditChunk(context, parsed.data satisfies Chunk);
      message.ack();
    }
  }
}
