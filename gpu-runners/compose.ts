// Puts an honest runner together: the only place that knows which parts are the real ones.
import { cpuBackend } from './backends/cpu/index.ts';
import type { Config } from './config.ts';
import { openIdentity } from './identity.ts';
import { HTTP } from './limits.ts';
import { createLog } from './log.ts';
import { chainRegistry } from './registry/chain.ts';
import { cachedRegistry } from './registry/registry.ts';
import { honestAnswers } from './server/answers.ts';
import { listenOn, sendMessage } from './server/http.ts';
import { createNonceMemory, nonceFile } from './server/nonces.ts';
import type { Parts } from './server/parts.ts';

export function honestParts(config: Config): Parts {
  const { signer, created } = openIdentity(config.dataDirectory);
  const log = createLog(config.json ? 'json' : 'plain', (line) => process.stdout.write(`${line}\n`), Date.now);
  if (created) log('key created', { directory: config.dataDirectory });
  return {
    settings: config.settings,
    http: HTTP,
    signer,
    backend: cpuBackend(config.concurrency),
    registry: cachedRegistry(chainRegistry(config.rpcUrls, config.settings.domain), Date.now),
    nonces: createNonceMemory(nonceFile(config.dataDirectory), Date.now()),
    answers: honestAnswers,
    reply: sendMessage,
    listen: listenOn,
    log,
    now: Date.now,
  };
}
