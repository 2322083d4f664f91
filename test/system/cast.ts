// Runners in this process, honest and dishonest, on ports of the system's choice; each with its own worker thread, queue and key.
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Options } from '../../gpu-runners/adversaries/behaviour.ts';
import { behaviourCode } from '../../gpu-runners/adversaries/behaviours/index.ts';
import type { BehaviourName } from '../../gpu-runners/adversaries/table.ts';
import { cachedRegistry } from '../../gpu-runners/registry/registry.ts';
import { startRunner, type Runner } from '../../gpu-runners/server/runner.ts';
import { testParts, twoValidators } from '../unit/runner/rig.ts';
import type { Target } from './prober.ts';

export type Cast = { readonly name: BehaviourName | 'honest'; readonly options?: Partial<Options> };

const MIB = 2 ** 20;
/** Bench jobs are larger than those of tests. */
const LIMITS = { jobBytesMax: 1024 * MIB, proofBytesMax: 1024 * MIB, fillBytesMax: 1024 * MIB, jobOpsMax: 10n ** 13n } as const;

async function startOne({ name, options = {} }: Cast): Promise<{ runner: Runner; target: Target }> {
  const honest = testParts({ registry: cachedRegistry(twoValidators(), Date.now) });
  const large = { ...honest, settings: { ...honest.settings, ...LIMITS } };
  const parts = name === 'honest' ? large : behaviourCode[name](large, { redirectTo: null, ...options });
  const runner = await startRunner(parts);
  const { nodeId, publicKey } = parts.signer;
  return { runner, target: { url: `http://127.0.0.1:${String(runner.port)}`, nodeId, publicKey } };
}

/** One target for each of the cast. */
type Targets<C extends readonly Cast[]> = { readonly [place in keyof C]: Target };

/** Runs `body` against these runners and stops them whatever happens. */
export async function withNodes<const C extends readonly Cast[], T>(
  cast: C,
  body: (targets: Targets<C>) => Promise<T>,
): Promise<T> {
  const started = await Promise.all(cast.map(startOne));
  try {
    return await body(started.map(({ target }) => target) as unknown as Targets<C>);
  } finally {
    await Promise.all(started.map(({ runner }) => runner.stop(0)));
  }
}

/** A port that was free just now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
