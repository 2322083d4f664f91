// A runner as a process: starts it, says where and who it is, keeps the registry warm, and stops it on SIGTERM or SIGINT.
import type { Config } from './config.ts';
import { REGISTRY_WARM_MS } from './limits.ts';
import type { Parts } from './server/parts.ts';
import { startRunner } from './server/runner.ts';

function announce({ json, url, settings }: Config, { signer, backend }: Parts, port: number): void {
  const { nodeId, publicKey } = signer;
  if (json) {
    process.stdout.write(`${JSON.stringify({ ready: true, port, nodeId, publicKey })}\n`);
    return;
  }
  const scheme = settings.tls === null ? 'http' : 'https';
  const lines = [
    ['node id', nodeId],
    ['public key', `x ${publicKey.x}\n              y ${publicKey.y}`],
    ['listening', `${scheme}://${settings.host}:${String(port)}`],
    ['url', url ?? '(not given; register the public https address of this runner)'],
    ['class', settings.gpuClass],
    ['registry', `${settings.domain.registry} on chain ${String(settings.domain.chainId)}`],
    [
      'backend',
      `${backend.name}, ${String(backend.concurrency)} at a time, on ${backend.device.name} (${backend.device.driver})`,
    ],
  ];
  process.stdout.write(
    `Assay runner\n${lines.map(([name, value]) => `  ${String(name).padEnd(12)}${String(value)}\n`).join('')}`,
  );
}

function keepWarm({ registry, log }: Parts): NodeJS.Timeout {
  let reachable: boolean | undefined;
  const warm = (): void => {
    registry.warm().then(
      () => {
        if (reachable !== true) log('registry readable');
        reachable = true;
      },
      () => {
        if (reachable !== false) log('registry not readable', { effect: 'challenges are refused until it is' });
        reachable = false;
      },
    );
  };
  warm();
  return setInterval(warm, REGISTRY_WARM_MS);
}

/** Runs until a signal; sets the exit code: 0 when everything that was begun was finished, else 1. */
export async function launch(config: Config, parts: Parts): Promise<void> {
  const starting = startRunner(parts);
  const timer = keepWarm(parts);
  const stop = async (): Promise<void> => {
    clearInterval(timer);
    process.exitCode = (await (await starting).stop(config.graceMs)) ? 0 : 1;
  };
  // Before the ready line: whoever reads it may send a signal at once.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop());
  const { port } = await starting;
  announce(config, parts, port);
}
