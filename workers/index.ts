// The Worker as it is deployed: HTTP, the slot clock, the queue, and the transaction sender's object.
import { createWorker } from './app.ts';
import type { Env } from './env.ts';

export { TxSender } from './entries/tx-sender.ts';

export default createWorker() satisfies ExportedHandler<Env>;
