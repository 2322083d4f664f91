// The compiled registry, for whoever deploys it locally: builds first when there is no build or a source is newer than it.
// Several processes may ask at once; one builds, the others wait. Plain JavaScript, like forge.mjs.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { runForge } from './forge.mjs';

const folder = dirname(fileURLToPath(import.meta.url));
const artifactFile = join(folder, 'out/AuditRegistry.sol/AuditRegistry.json');
const lock = join(folder, 'cache/build.lock');
/** A cold build takes about half a minute; a lock this old was left by a process that was killed. */
const LOCK_AGE_MS_MAX = 300_000;

function isFresh() {
  if (!existsSync(artifactFile)) return false;
  const built = statSync(artifactFile).mtimeMs;
  const source = join(folder, 'src');
  return readdirSync(source).every((name) => statSync(join(source, name)).mtimeMs <= built);
}

function lockAge() {
  try {
    return Date.now() - statSync(lock).mtimeMs;
  } catch {
    return 0; // released meanwhile
  }
}

async function takeLock() {
  mkdirSync(dirname(lock), { recursive: true });
  for (;;) {
    try {
      mkdirSync(lock);
      return;
    } catch {
      if (lockAge() > LOCK_AGE_MS_MAX) rmSync(lock, { recursive: true, force: true });
      await sleep(100);
    }
  }
}

/** Compiles contracts/src unless the build in contracts/out is newer than every source. */
export async function buildContracts() {
  if (isFresh()) return;
  await takeLock();
  try {
    if (isFresh()) return; // somebody else built while we waited
    // --force: forge leaves an artifact's time as it is when only a source's time has changed
    const { code } = await runForge(['build', 'contracts/src', '--force'], { capture: true });
    if (code !== 0) throw new Error('The contracts do not compile: run `node contracts/forge.mjs build` to see why.');
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

/**
 * ABI and creation bytecode of AuditRegistry.
 * @returns {Promise<{ abi: unknown[], bytecode: `0x${string}` }>}
 */
export async function registryArtifact() {
  await buildContracts();
  /** @type {{ abi: unknown[], bytecode: { object: `0x${string}` } }} */
  const { abi, bytecode } = JSON.parse(readFileSync(artifactFile, 'utf8'));
  return { abi, bytecode: bytecode.object };
}
