// The Worker: HTTP, the slot clock, the queue, and the transaction sender's object.
import { composeWeb } from './compose.ts';
import { onCron } from './entries/cron.ts';
import { httpApp } from './entries/http.ts';
import { onQueue } from './entries/queue.ts';
import type { Env } from './env.ts';

export { TxSender } from './entries/tx-sender.ts';

const app = httpApp(composeWeb, (error) => console.error(`http: ${error instanceof Error ? error.name : 'unknown error'}`));

export default {
  fetch: (request, env, ctx) => app.fetch(request, env, ctx),
  scheduled: async (controller, env) => {
    await onCron(env, controller.scheduledTime);
  },
  queue: (batch, env) => onQueue(env, batch),
} satisfies ExportedHandler<Env>;
