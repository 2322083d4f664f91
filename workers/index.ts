// The Worker as it is deployed: HTTP, the slot clock, the queues, and the objects that send transactions and probe from regions.
import { createWorker } from './app.ts';
import type { Env } from './env.ts';

export { RegionProbe } from './entries/region-probe.ts';
export { TxSender } from './entries/tx-sender.ts';

export default createWorker() satisfies ExportedHandler<Env>;
