// What the network runs is built from the sources in this checkout: the contracts by forge, the Worker by wrangler as for a real
// deployment. Each is built anew only when a hash over its sources has changed.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { contentHash, deploymentArtifacts } from '../contracts/artifact.mjs';
import { LocalError, messageOf } from './errors.ts';
import { ROOT, type Processes } from './processes.ts';

const CACHE = join(ROOT, '.cache', 'local');
const WORKER_SOURCES = ['workers', 'protocol', 'schema', 'chain', 'wrangler.toml', 'package-lock.json'];
/** Bundles kept for checkouts that go back and forth. */
const BUNDLES_KEPT = 4;

/** Creation code of each contract by its name. */
export type Bytecodes = Awaited<ReturnType<typeof deploymentArtifacts>>;

/** The contracts' creation code. @throws LocalError when they do not compile */
export async function bytecodes(): Promise<Bytecodes> {
  try {
    return await deploymentArtifacts();
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
export const workerBundle = (processes: Processes): Promise<string> => bundle(processes, 'worker', null, WORKER_SOURCES);

/** The same Worker with some ports replaced, for dishonest validators: built from local/dishonest, which nothing deployed imports. */
export const dishonestBundle = (processes: Processes): Promise<string> =>
  bundle(processes, 'dishonest', 'local/dishonest/index.worker.ts', [...WORKER_SOURCES, 'local/dishonest']);

async function bundle(processes: Processes, kind: string, entry: string | null, sources: readonly string[]): Promise<string> {
  const folder = join(CACHE, `${kind}-${contentHash(sources).slice(0, 32)}`);
  if (existsSync(join(folder, 'index.js'))) return folder;
  mkdirSync(CACHE, { recursive: true });
  const draft = `${folder}.${String(process.pid)}`;
  const flags = ['deploy', ...(entry === null ? [] : [entry]), '--dry-run', '--outdir', draft];
  const { code, output } = await wrangler(processes, flags);
  const built = join(draft, entry === null ? 'index.js' : basename(entry).replace(/\.ts$/, '.js'));
  if (code !== 0 || !existsSync(built)) {
    rmSync(draft, { recursive: true, force: true });
    throw new LocalError(`The Worker does not build. Mend: npm test -- bundle\n${output}`);
  }
  renameSync(built, join(draft, 'index.js'));
  if (existsSync(folder)) rmSync(draft, { recursive: true, force: true });
  else renameSync(draft, folder);
  dropOldBundles(kind);
  return folder;
}

function dropOldBundles(kind: string): void {
  const bundles = readdirSync(CACHE)
    .filter((name) => name.startsWith(`${kind}-`))
    .map((name) => ({ path: join(CACHE, name), time: statSync(join(CACHE, name)).mtimeMs }))
    .sort((a, b) => b.time - a.time);
  for (const { path } of bundles.slice(BUNDLES_KEPT)) rmSync(path, { recursive: true, force: true });
}
