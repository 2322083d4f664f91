// What the network runs is built from the sources in this checkout: the registry by forge, the Worker by wrangler as for a real
// deployment. Each is built anew only when a hash over its sources has changed.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runForge } from '../contracts/forge.mjs';
import type { Hex } from '../protocol/bytes.ts';
import { LocalError } from './errors.ts';
import { ROOT, type Processes } from './processes.ts';

const CACHE = join(ROOT, '.cache', 'local');
const ARTIFACT = join(ROOT, 'contracts/out/AuditRegistry.sol/AuditRegistry.json');
const CONTRACT_SOURCES = ['contracts/src', 'foundry.toml', 'package-lock.json'];
const WORKER_SOURCES = ['workers', 'protocol', 'schema', 'chain', 'wrangler.toml', 'package-lock.json'];
/** Bundles kept for checkouts that go back and forth. */
const BUNDLES_KEPT = 4;

function filesUnder(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  const entries = readdirSync(path).sort();
  return entries.flatMap((entry) => filesUnder(join(path, entry)));
}

function hashOf(sources: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of sources.flatMap((source) => filesUnder(join(ROOT, source)))) {
    hash.update(file.slice(ROOT.length)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex').slice(0, 32);
}

/** The registry's creation code. @throws LocalError when it does not compile */
export async function registryBytecode(): Promise<Hex> {
  const stamp = join(CACHE, 'registry.stamp');
  const wanted = hashOf(CONTRACT_SOURCES);
  if (!existsSync(ARTIFACT) || !existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
    const { code, stdout } = await runForge(['build', 'contracts/src'], { capture: true });
    if (code !== 0 || !existsSync(ARTIFACT)) {
      throw new LocalError(`The registry does not compile. Mend: node contracts/forge.mjs build\n${stdout}`);
    }
    mkdirSync(CACHE, { recursive: true });
    writeFileSync(stamp, wanted);
  }
  const artifact = JSON.parse(readFileSync(ARTIFACT, 'utf8')) as { bytecode: { object: Hex } };
  return artifact.bytecode.object;
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
  const folder = join(CACHE, `worker-${hashOf(WORKER_SOURCES)}`);
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
