// The Worker: HTTP, the slot clock, the queue, and the transaction sender's object.
import { onCron } from './entries/cron.ts';
import { onQueue } from './entries/queue.ts';
import type { Env } from './env.ts';

export { TxSender } from './entries/tx-sender.ts';

export default {
  fetch: () => new Response('not yet', { status: 503 }),
  scheduled: async (controller, env) => {
    await onCron(env, controller.scheduledTime);
  },
  queue: (batch, env) => onQueue(env, batch),
} satisfies ExportedHandler<Env>;
