// "Verify this": is what a service says of a node really a leaf under the root that stands on chain? For the reader's browser and the
// command line alike, so it needs no library: plain JSON from the service, which is not believed, and plain JSON-RPC from whatever
// node of the chain the reader chose, which is all that is believed.
import { ascii, toHex, type Hex } from '../protocol/bytes.ts';
import { scoreLeaf, serviceLeaf } from '../protocol/consensus/leaves.ts';
import type { NodeScore, NodeService } from '../protocol/consensus/types.ts';
import { keccak } from '../protocol/hash.ts';
import { standardProofRoot } from '../protocol/trees/standard.ts';

/** A tree of 2^64 leaves would have so many levels. */
export const PROOF_STEPS_MAX = 64;

export type LeafPorts = {
  /** JSON of a path of the service. @throws Error with a sentence */
  readonly api: (path: string) => Promise<unknown>;
  /** The result of a JSON-RPC call. @throws Error with a sentence */
  readonly rpc: (method: string, params: readonly unknown[]) => Promise<unknown>;
};

export type LeafTask = {
  readonly epoch: number;
  readonly nodeIndex: number;
  /** The node that the leaf must name; null takes the one that the leaf names. */
  readonly nodeId: Hex | null;
  readonly registry: Hex;
  /** Null takes any chain. */
  readonly chainId: number | null;
  /** Numbers that were shown to the reader and must be the leaf's, by field. */
  readonly shown: Readonly<Record<string, number>>;
};

/** One thing that was done, in plain words; `ok` is false where something differs, and nothing follows after it. */
export type LeafStep = { readonly ok: boolean; readonly title: string; readonly detail: string };

export type LeafOutcome = 'verified' | 'differs' | 'unchecked';

class Refused extends Error {}
const refuse = (detail: string): never => {
  throw new Refused(detail);
};

type Json = Readonly<Record<string, unknown>>;
type Told<T> = { readonly leaf: T; readonly leafHash: Hex; readonly root: Hex; readonly proof: readonly Hex[] };

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

function word(value: unknown, what: string): Hex {
  if (typeof value !== 'string' || !/^0x[0-9a-f]{64}$/.test(value))
    return refuse(`${what} is not 32 bytes of hexadecimal digits.`);
  return value as Hex;
}

function integer(leaf: Json, field: string): number {
  const value = leaf[field];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    return refuse(`The leaf’s ${field} is no whole number.`);
  return value;
}

function told<T>(value: unknown, parse: (leaf: Json) => T): Told<T> {
  if (!isObject(value) || !isObject(value['leaf'])) return refuse('The service’s answer is not a leaf with a proof.');
  const { leaf, leafHash, root, proof } = value;
  if (!Array.isArray(proof) || proof.length > PROOF_STEPS_MAX) return refuse('The service’s proof is not a list of hashes.');
  return {
    leaf: parse(leaf),
    leafHash: word(leafHash, 'The leaf hash'),
    root: word(root, 'The root that the service names'),
    proof: proof.map((step) => word(step, 'A step of the proof')),
  };
}

function scoreOf(leaf: Json): NodeScore {
  const at = (field: string): number => integer(leaf, field);
  return {
    ...{ epoch: at('epoch'), nodeIndex: at('nodeIndex'), nodeId: word(leaf['nodeId'], 'The leaf’s node id') },
    ...{ scorePpm: at('scorePpm'), ratePpm: at('ratePpm'), correctPpm: at('correctPpm'), samples: at('samples') },
    ...{ effectiveSamples: at('effectiveSamples'), measure: at('measure'), elapsedMs: at('elapsedMs'), tier: at('tier') },
  };
}

function serviceOf(leaf: Json): NodeService {
  const at = (field: string): number => integer(leaf, field);
  return {
    ...{ epoch: at('epoch'), nodeIndex: at('nodeIndex'), nodeId: word(leaf['nodeId'], 'The leaf’s node id') },
    ...{ uptimePpm: at('uptimePpm'), uptimeLowPpm: at('uptimeLowPpm'), uptimeSamples: at('uptimeSamples') },
    ...{ latencyMs: at('latencyMs'), latencyHighMs: at('latencyHighMs'), bandwidth: at('bandwidth') },
  };
}

const ROOT_OF = toHex(keccak(ascii('rootOf(uint64)')).subarray(0, 4));
/** Words of the registry's RootView: posted, rootHash, scoreRoot, seven more. */
const ROOT_VIEW_WORDS = 10;

async function postedScoreRoot(ports: LeafPorts, { epoch, registry, chainId }: LeafTask): Promise<Hex> {
  const served = await ports.rpc('eth_chainId', []);
  if (typeof served !== 'string' || !/^0x[0-9a-fA-F]{1,13}$/.test(served)) return refuse('The RPC names no chain.');
  if (chainId !== null && Number(served) !== chainId) {
    return refuse(
      `The RPC serves chain ${String(Number(served))}, the registry is on chain ${String(chainId)}. Choose another RPC.`,
    );
  }
  const data = `${ROOT_OF}${epoch.toString(16).padStart(64, '0')}`;
  const answer = await ports.rpc('eth_call', [{ to: registry, data }, 'latest']);
  if (typeof answer !== 'string' || !/^0x[0-9a-fA-F]*$/.test(answer) || answer.length !== 2 + 64 * ROOT_VIEW_WORDS) {
    return refuse(`At ${registry} there is no registry, as far as this RPC knows.`);
  }
  const words = (at: number): string => answer.slice(2 + 64 * at, 66 + 64 * at).toLowerCase();
  if (!words(0).endsWith('1')) return refuse(`No root stands on chain for epoch ${String(epoch)}, as far as this RPC knows.`);
  return `0x${words(2)}`;
}

/** The first number that the reader was shown and the leaf has otherwise. */
function otherwise(shown: LeafTask['shown'], leaf: object): string | null {
  const fields = new Map<string, unknown>(Object.entries(leaf));
  for (const [field, value] of Object.entries(shown)) {
    if (fields.has(field) && fields.get(field) !== value) {
      return `The page says ${field} ${String(value)}, the leaf says ${String(fields.get(field))}.`;
    }
  }
  return null;
}

type Line = { readonly epoch: number; readonly nodeIndex: number; readonly nodeId: Hex };

async function checkLine<T extends Line>(
  ports: LeafPorts,
  task: LeafTask,
  kind: {
    readonly name: string;
    readonly path: string;
    readonly parse: (leaf: Json) => T;
    readonly hash: (leaf: T) => Uint8Array;
  },
  onChain: Hex,
  say: (title: string, detail: string) => void,
): Promise<void> {
  const { epoch, nodeIndex, nodeId } = task;
  const path = `/v1/consensus/${String(epoch)}/${kind.path}/${String(nodeIndex)}`;
  const { leaf, leafHash, root, proof } = told(await ports.api(path), kind.parse);
  if (leaf.epoch !== epoch || leaf.nodeIndex !== nodeIndex || (nodeId !== null && leaf.nodeId !== nodeId)) {
    refuse(`The leaf speaks of node ${String(leaf.nodeIndex)} in epoch ${String(leaf.epoch)}, which was not asked for.`);
  }
  say(`Fetched its ${kind.name}, and ${String(proof.length)} hashes beside it`, path);
  const own = kind.hash(leaf);
  if (toHex(own) !== leafHash) {
    refuse(
      `The ${kind.name} hashes to ${toHex(own)}; the service names ${leafHash}. The leaf is not the one that was agreed on.`,
    );
  }
  say(`Hashed the ${kind.name} again`, leafHash);
  const led = standardProofRoot(own, proof);
  if (led !== root) refuse(`The ${kind.name} leads to the root ${led}; the service names ${root}. Leaf or proof was changed.`);
  if (led !== onChain) refuse(`The ${kind.name} leads to the root ${led}; on chain stands ${onChain}.`);
  say('It leads to the root that stands on chain', led);
  const fields = Object.keys(task.shown).filter((field) => field in leaf);
  const differs = otherwise(task.shown, leaf);
  if (differs !== null) refuse(differs);
  if (fields.length > 0) say(`Compared with the page: ${String(fields.length)} numbers, the same`, fields.join(', '));
}

/**
 * Reads the posted root from the chain, then checks a node's score and its service (uptime, latency, memory) under it. `tell` hears each
 * step as it is done. `differs`: what the service says is not what stands on chain; `unchecked`: something could not be had.
 * @example await checkLeaves({ api, rpc }, { epoch: 41, nodeIndex: 3, nodeId: null, registry, chainId: 1, shown: {} }, console.log)
 */
export async function checkLeaves(ports: LeafPorts, task: LeafTask, tell: (step: LeafStep) => void): Promise<LeafOutcome> {
  const say = (title: string, detail: string): void => {
    tell({ ok: true, title, detail });
  };
  try {
    const onChain = await postedScoreRoot(ports, task);
    say(`Read the root of epoch ${String(task.epoch)} from the registry`, onChain);
    const score = { name: 'score', path: 'scores', parse: scoreOf, hash: scoreLeaf };
    const service = { name: 'uptime and latency', path: 'services', parse: serviceOf, hash: serviceLeaf };
    await checkLine(ports, task, score, onChain, say);
    await checkLine(ports, task, service, onChain, say);
    return 'verified';
  } catch (error) {
    const differs = error instanceof Refused;
    const detail = error instanceof Error ? error.message : 'unknown error';
    tell({ ok: false, title: differs ? 'It does not match' : 'It could not be checked', detail });
    return differs ? 'differs' : 'unchecked';
  }
}
