// The epoch's secret vectors and their products, computed once and kept under a prefix that no route serves. They depend on
// the matrix' shape only, so classes that share depth and columns share them.
import { gemmSecrets, packSecrets, unpackSecrets, type GemmSecrets } from '../../protocol/challenges/gemm/secrets.ts';
import type { GemmParams } from '../../protocol/challenges/gemm/params.ts';
import type { EpochPlan } from '../../protocol/schedule.ts';
import { GEMM_SECRETS_MAX } from '../limits.ts';
import type { Context } from './ports.ts';

/** Key prefix of objects that must never leave the Worker. */
export const SECRET_PREFIX = 'secret/';

// Isolates live on between invocations; the values are a pure function of the key, so sharing them is safe.
const cache = new Map<string, GemmSecrets>();

function remember(key: string, secrets: GemmSecrets): GemmSecrets {
  cache.delete(key);
  cache.set(key, secrets);
  for (const oldest of cache.keys()) {
    if (cache.size <= GEMM_SECRETS_MAX) break;
    cache.delete(oldest);
  }
  return secrets;
}

/** Loads or computes them; about 0.25 s of CPU at the full GPU profile, once an epoch. */
export async function secretsFor({ validator, ports }: Context, plan: EpochPlan, params: GemmParams): Promise<GemmSecrets> {
  const key = `${SECRET_PREFIX}gemm/${validator}/${String(plan.epoch)}/${String(params.depth)}x${String(params.columns)}/${params.matrixKey.slice(2, 18)}`;
  const cached = cache.get(key);
  if (cached !== undefined) return remember(key, cached);
  const stored = await ports.objects.get(key);
  if (stored !== null && stored.length % 4 === 0) {
    const words = new Int32Array(stored.slice().buffer);
    const secrets = unpackSecrets(words, params);
    if (secrets !== null) return remember(key, secrets);
  }
  const secrets = gemmSecrets(plan.seed, params);
  await ports.objects.put(key, new Uint8Array(packSecrets(secrets).buffer), plan.epoch);
  return remember(key, secrets);
}
