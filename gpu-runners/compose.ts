// Puts an honest runner together: the only place that knows which parts are the real ones.
import { chosenBackend, limitsOf, openBackend } from './backend.ts';
import { classWork } from './class-work.ts';
import { requireNoWait, type Config } from './config.ts';
import { openIdentity } from './identity.ts';
import { HTTP } from './limits.ts';
import { createLog } from './log.ts';
import { chainRegistry } from './registry/chain.ts';
import { cachedRegistry } from './registry/registry.ts';
import { honestAnswers } from './server/answers.ts';
import { listenOn, sendMessage } from './server/http.ts';
import { createNonceMemory, nonceFile } from './server/nonces.ts';
import type { Parts } from './server/parts.ts';

/** @throws DeviceError when the chosen backend has no device here; IdentityError for a damaged key */
export async function honestParts(config: Config): Promise<Parts> {
  const { signer, created } = openIdentity(config.dataDirectory);
  const log = createLog(config.json ? 'json' : 'plain', (line) => process.stdout.write(`${line}\n`), Date.now);
  if (created) log('key created', { directory: config.dataDirectory });
  const name = await chosenBackend(config.backend, log);
  requireNoWait(config.settings.busyWaitMs, name);
  const backend = await openBackend(name, config.concurrency, log);
  return {
    settings: { ...config.settings, ...limitsOf(config.limits, backend, log, classWork(config.settings.gpuClass)) },
    http: HTTP,
    signer,
    backend,
    registry: cachedRegistry(chainRegistry(config.rpcUrls, config.settings.domain), Date.now),
    nonces: createNonceMemory(nonceFile(config.dataDirectory), Date.now()),
    answers: honestAnswers,
    reply: sendMessage,
    listen: listenOn,
    log,
    now: Date.now,
  };
}
