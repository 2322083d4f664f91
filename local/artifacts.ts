// What the network runs is built from the sources in this checkout: the registry by forge, the Worker by wrangler as for a real
// deployment. Each is built anew only when a hash over its sources has changed.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { contentHash, registryArtifact } from '../contracts/artifact.mjs';
import type { Hex } from '../protocol/bytes.ts';
import { LocalError, messageOf } from './errors.ts';
import { ROOT, type Processes } from './processes.ts';

const CACHE = join(ROOT, '.cache', 'local');
const WORKER_SOURCES = ['workers', 'protocol', 'schema', 'chain', 'wrangler.toml', 'package-lock.json'];
/** Bundles kept for checkouts that go back and forth. */
const BUNDLES_KEPT = 4;

/** The registry's creation code. @throws LocalError when it does not compile */
export async function registryBytecode(): Promise<Hex> {
  try {
    return (await registryArtifact()).bytecode;
  } catch (error) {
    throw new LocalError(messageOf(error));
  }
}

async function wrangler(processes: Processes, args: readonly string[]): Promise<{ code: number; output: string }> {
  const child = processes.start('wrangler', process.execPath, [join(ROOT, 'node_modules/wrangler/bin/wrangler.js'), ...args], {
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_HIDE_BANNER: 'true',
    WRANGLER_LOG_PATH: join(ROOT, '.cache', 'wrangler'),
    CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  });
  return { code: await child.exited, output: child.output() };
}

/** Folder with the Worker as it would be deployed: index.js and the modules it names. @throws LocalError */
export async function workerBundle(processes: Processes): Promise<string> {
  const folder = join(CACHE, `worker-${contentHash(WORKER_SOURCES).slice(0, 32)}`);
  if (existsSync(join(folder, 'index.js'))) return folder;
  mkdirSync(CACHE, { recursive: true });
  const draft = `${folder}.${String(process.pid)}`;
  const { code, output } = await wrangler(processes, ['deploy', '--dry-run', '--outdir', draft]);
  if (code !== 0 || !existsSync(join(draft, 'index.js'))) {
    rmSync(draft, { recursive: true, force: true });
    throw new LocalError(`The Worker does not build. Mend: npm test -- bundle\n${output}`);
  }
  if (existsSync(folder)) rmSync(draft, { recursive: true, force: true });
  else renameSync(draft, folder);
  dropOldBundles();
  return folder;
}

function dropOldBundles(): void {
  const bundles = readdirSync(CACHE)
    .filter((name) => name.startsWith('worker-'))
    .map((name) => ({ path: join(CACHE, name), time: statSync(join(CACHE, name)).mtimeMs }))
    .sort((a, b) => b.time - a.time);
  for (const { path } of bundles.slice(BUNDLES_KEPT)) rmSync(path, { recursive: true, force: true });
}
