// The compiled contracts, for whoever deploys them locally: built first when there is no build, or it is not of these sources.
// Several processes may ask at once; one builds, the others wait. `node contracts/artifact.mjs` only builds. Plain JavaScript,
// like forge.mjs.
import { createHash } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process, { argv, exit, stderr } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { runForge } from './forge.mjs';

const folder = dirname(fileURLToPath(import.meta.url));
const root = dirname(folder);
/** The contracts of a deployment, in the order in which one deployer creates them, from nonce 0. */
export const deployedContracts = /** @type {const} */ ([
  'AuditRegistry',
  'TestToken',
  'StakeManager',
  'FaultProver',
  'RewardDistributor',
]);
/** @typedef {(typeof deployedContracts)[number]} ContractName */
/** @typedef {`0x${string}`} Hex */
/** @typedef {{ abi: unknown[], bytecode: Hex, runtime: Hex }} Artifact `bytecode` creates what lies there as `runtime` */

/** @param {ContractName} contract */
const artifactPath = (contract) => `contracts/out/${contract}.sol/${contract}.json`;
/** @param {ContractName} contract */
const artifactFile = (contract) => join(root, artifactPath(contract));
const isBuilt = () => deployedContracts.every((contract) => existsSync(artifactFile(contract)));
const stampFile = join(folder, 'cache/contracts.stamp');
/** A file with the pid of the process that builds. */
const lock = join(folder, 'cache/build.lock');
const sources = ['contracts/src', 'contracts/solc.mjs', 'foundry.toml', 'package-lock.json'];
/** A cold build takes about half a minute; who holds the lock longer has ended, and another process has its pid. */
const LOCK_AGE_MS_MAX = 300_000;

/** @param {unknown} error @returns {string} */
const codeOf = (error) => (error instanceof Error && 'code' in error ? String(error.code) : '');

/** @param {string} path @returns {string[]} */
function filesUnder(path) {
  if (!statSync(path).isDirectory()) return [path];
  const entries = readdirSync(path).sort();
  return entries.flatMap((entry) => filesUnder(join(path, entry)));
}

/**
 * A hash over the names and contents of files and of all files in folders.
 * @param {readonly string[]} paths from the repository's root
 */
export function contentHash(paths) {
  const hash = createHash('sha256');
  for (const file of paths.flatMap((path) => filesUnder(join(root, path)))) {
    hash.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

/** Of the sources and of what became of them: forge run by hand may have built others meanwhile. */
const stampNow = () => contentHash([...sources, ...deployedContracts.map(artifactPath)]);

function isFresh() {
  return isBuilt() && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stampNow();
}

/** Whether the process that took the lock still runs. */
function lockIsHeld() {
  try {
    if (Date.now() - statSync(lock).mtimeMs > LOCK_AGE_MS_MAX) return false;
    process.kill(Number(readFileSync(lock, 'utf8')), 0);
    return true;
  } catch (error) {
    // Another user's process lives too; a lock that is gone was just released, and a look at it does no harm.
    return ['EPERM', 'ENOENT'].includes(codeOf(error));
  }
}

async function takeLock() {
  const mine = `${lock}.${String(process.pid)}`;
  mkdirSync(dirname(lock), { recursive: true });
  writeFileSync(mine, String(process.pid));
  try {
    for (;;) {
      try {
        linkSync(mine, lock); // in one step, with its pid
        return;
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
      }
      if (lockIsHeld()) await sleep(100);
      else rmSync(lock, { force: true });
    }
  } finally {
    rmSync(mine);
  }
}

/** Compiles contracts/src unless contracts/out holds the build of these very sources. */
export async function buildContracts() {
  if (isFresh()) return;
  await takeLock();
  try {
    if (isFresh()) return; // somebody else built while we waited
    const { code, stdout } = await runForge(['build', 'contracts/src'], { capture: true });
    if (code !== 0 || !isBuilt()) {
      throw new Error(`The contracts do not compile. Mend: node contracts/forge.mjs build\n${stdout}`);
    }
    writeFileSync(stampFile, stampNow());
  } finally {
    rmSync(lock, { force: true });
  }
}

/** @param {ContractName} contract @returns {Artifact} */
function readArtifact(contract) {
  /** @type {{ abi: unknown[], bytecode: { object: Hex }, deployedBytecode: { object: Hex } }} */
  const { abi, bytecode, deployedBytecode } = JSON.parse(readFileSync(artifactFile(contract), 'utf8'));
  return { abi, bytecode: bytecode.object, runtime: deployedBytecode.object };
}

/**
 * @template T
 * @param {(artifact: Artifact) => T} pick
 * @returns {Promise<Record<ContractName, T>>}
 */
async function ofEach(pick) {
  await buildContracts();
  const entries = deployedContracts.map((contract) => [contract, pick(readArtifact(contract))]);
  return /** @type {Record<ContractName, T>} */ (Object.fromEntries(entries));
}

/** ABI and creation bytecode of each contract of a deployment, by its name. */
export const contractArtifacts = () => ofEach((artifact) => artifact);

/** The creation bytecode of each contract of a deployment, by its name. */
export const deploymentArtifacts = () => ofEach(({ bytecode }) => bytecode);

/** ABI and creation bytecode of AuditRegistry alone. */
export async function registryArtifact() {
  return (await contractArtifacts()).AuditRegistry;
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await buildContracts();
  } catch (error) {
    stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    exit(1);
  }
}
