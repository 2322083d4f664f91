// The Worker as it is deployed: HTTP, the slot clock, the queues, and the objects behind them.
import { createWorker } from './app.ts';
import type { Env } from './env.ts';

export { Dispatcher } from './entries/dispatcher.ts';
export { Quota } from './entries/quota.ts';
export { RegionProbe } from './entries/region-probe.ts';
export { TxSender } from './entries/tx-sender.ts';

export default createWorker() satisfies ExportedHandler<Env>;
