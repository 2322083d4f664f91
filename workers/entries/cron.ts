// A slot has begun. Joining is a step like the others: what goes wrong is kept for /health.
import { composeNotes, composeValidator } from '../compose.ts';
import type { Env } from '../env.ts';
import type { Context } from '../services/ports.ts';
import { step, tick, type Trouble } from '../services/tick.ts';

/** Returns what went wrong, so that a local driver can say it; the platform ignores it. */
export async function onCron(env: Env, scheduledMs: number): Promise<Trouble[]> {
  const joined: Context[] = [];
  const trouble = await step(composeNotes(env), 'join', async () => {
    joined.push(await composeValidator(env).join());
  });
  const troubles = trouble === null ? [] : [trouble];
  for (const context of joined) troubles.push(...(await tick(context, scheduledMs)));
  for (const { step: name, code, message } of troubles) console.error(`${name}: ${code}: ${message}`);
  return troubles;
}
