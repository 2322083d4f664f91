// The same Worker as the deployed one, with what one kind of dishonesty replaces. Which kind is said by DISHONEST; this bundle is
// built for local runs only, and nothing deployed imports it.
import { createWorker, type Replacements } from '../../workers/app.ts';
import type { Env } from '../../workers/env.ts';
import type { Answer, Behaviour } from './behaviour.worker.ts';
import { isDishonestName, type DishonestName } from './names.ts';
import { partitioned, singleServer, withholder, wrongRoot } from './network.worker.ts';
import { copier, equivocator, late } from './reports.worker.ts';
import { flatterer, omitter, scheduleCheat, slanderer } from './verdicts.worker.ts';

export { Dispatcher } from '../../workers/entries/dispatcher.ts';
export { Quota } from '../../workers/entries/quota.ts';
export { RegionProbe } from '../../workers/entries/region-probe.ts';
export { TxSender } from '../../workers/entries/tx-sender.ts';

const behaviours: Record<DishonestName, Behaviour> = {
  equivocator,
  slanderer,
  flatterer,
  copier,
  omitter,
  withholder,
  'single-server': singleServer,
  late,
  'schedule-cheat': scheduleCheat,
  'wrong-root': wrongRoot,
  partitioned,
};

function behaviourOf(env: Env): Behaviour {
  const name = (env as unknown as Readonly<Record<string, unknown>>)['DISHONEST'];
  if (typeof name !== 'string' || !isDishonestName(name))
    throw new Error('DISHONEST names no behaviour of local/dishonest/names.ts');
  return behaviours[name];
}

const replace: Replacements = {
  ports: (ports, env) => behaviourOf(env).ports?.(ports, env) ?? ports,
  network: (ports, env) => behaviourOf(env).network?.(ports, env) ?? ports,
  web: (ports, env) => behaviourOf(env).web?.(ports, env) ?? ports,
};
const honest = createWorker(replace);

export default {
  ...honest,
  fetch: async (request, env, ctx) => {
    const answer: Answer = async (asked) => honest.fetch(asked, env, ctx);
    return behaviourOf(env).answer?.(request, env, answer) ?? answer(request);
  },
} satisfies ExportedHandler<Env>;
