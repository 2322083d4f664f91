// The Worker's handlers over its composition. A simulation can replace single ports, to see what one that lies does to the others; a
// deployment replaces none.
import { composeTick, composeValidator, composeWeb, type Replacements } from './compose.ts';
import { onCron } from './entries/cron.ts';
import { httpApp, logError } from './entries/http.ts';
import { onQueue } from './entries/queue.ts';
import type { Env } from './env.ts';

export type { Replacements } from './compose.ts';

export type Handlers = {
  readonly fetch: (request: Request, env: Env, ctx: ExecutionContext) => Response | Promise<Response>;
  readonly scheduled: (controller: ScheduledController, env: Env) => Promise<void>;
  readonly queue: (batch: MessageBatch, env: Env) => Promise<void>;
};

/**
 * HTTP, the slot clock and the queue. The object class is exported beside them (entries/tx-sender.ts).
 * @example export default createWorker();
 */
export function createWorker(replace: Replacements = {}): Handlers {
  const app = httpApp((env) => composeWeb(env, replace), logError);
  return {
    fetch: (request, env, ctx) => app.fetch(request, env, ctx),
    scheduled: async (controller, env) => {
      await onCron(env, controller.scheduledTime, { join: (its) => composeTick(its, replace) });
    },
    queue: (batch, env) => onQueue(env, batch, (its) => composeValidator(its, replace).recall()),
  };
}
