// Orders of audits on demand arrive, by their ids. Whatever is in the message besides, the order's row says what is to be done.
import { z } from 'zod';
import { spotId } from '../../schema/api/spots.ts';
import { spotRunner } from '../compose/spots.ts';
import type { Env } from '../env.ts';
import type { Context } from '../services/ports.ts';
import { runSpot } from '../services/spots/run-spot.ts';

export const SPOT_QUEUE = 'assay-spots';

const order = z.strictObject({ id: spotId });

/** @param recall the context of this validator; null before it has joined. Not asked for on a gateway */
export async function onSpots(env: Env, batch: MessageBatch, recall: (env: Env) => Promise<Context | null>): Promise<void> {
  const runner = await spotRunner(env, recall);
  for (const message of batch.messages) {
    const parsed = order.safeParse(message.body);
    if (!parsed.success) {
      console.error('queue: a message that is no order was dropped');
      message.ack();
    } else if (runner === null) message.retry();
    else {
      await runSpot(runner, parsed.data.id);
      message.ack();
    }
  }
}
