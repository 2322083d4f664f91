// What a replay starts from (facts of the chain, and an archive that nobody has to be believed about) and what follows from it.
// One epoch of one validator. The same for an outsider at a terminal and for validators that replay one another.
import { randomnessOf, type BeaconRound } from '../beacon.ts';
import type { ArchiveLine, Manifest } from '../archive.ts';
import type { Hex } from '../bytes.ts';
import type { Domain } from '../domain.ts';
import { expandCache } from '../challenges/vram/data.ts';
import { dueOf, type DueDraw } from '../due.ts';
import { ProtocolError } from '../errors.ts';
import { publicCheck, type OpeningsCheck } from '../openings-check.ts';
import type { Policy } from '../policy.ts';
import type { AuditRow } from '../record.ts';
import type { EpochReport } from '../report.ts';
import { drawsPerEpoch, slotDraws, type EpochClock, type EpochNode, type EpochPlan } from '../schedule.ts';
import { taskKey, taskOf, type Task, type VramTask } from '../task.ts';

/** Most draws that one replay handles, the members of cohorts included; about 1 GiB of memory. */
export const REPLAY_DRAWS_MAX = 1_000_000;

/** What the registry itself stores of a report; its hash fixes all the rest. */
export type StoredFacts = {
  /** Struct hash of the whole report. */
  readonly reportHash: Hex;
  readonly due: number;
  readonly done: number;
};

/** What the chain says about one validator's epoch. The only thing in a replay that is taken as true. */
export type EpochFacts = {
  readonly domain: Domain;
  readonly clock: EpochClock;
  readonly epoch: number;
  /** Operator address. */
  readonly validator: Hex;
  /** The validator's signer at this epoch. */
  readonly signer: Hex;
  /** The registry's, for this epoch. */
  readonly policyHash: Hex;
  /** The posted report and its signature, from the event, … */
  readonly report: EpochReport;
  readonly signature: Hex;
  /** … and what the registry stores of it. */
  readonly stored: StoredFacts;
  /** Struct hash of this validator's report before this one; zero32 for its first. */
  readonly previous: Hex;
  /** Where the seed must chain from. */
  readonly seedBase: { readonly epoch: number; readonly seed: Hex };
  /** All nodes of the epoch by index, retired ones included. */
  readonly nodes: readonly EpochNode[];
  readonly validatorCount: number;
  /** The signer of each seat of the epoch, by operator: who may have sent the rival challenge of a busy answer. */
  readonly signers: ReadonlyMap<Hex, Hex>;
};

/** A chunk's bytes and the records that they hold. */
export type ArchiveChunk = { readonly bytes: Uint8Array; readonly lines: readonly ArchiveLine[] };

export type ReplayInput = {
  readonly facts: EpochFacts;
  readonly policy: Policy;
  readonly manifest: Manifest;
  readonly manifestBytes: Uint8Array;
  /** In the manifest's order. */
  readonly chunks: readonly ArchiveChunk[];
  /** Whether this very signature of this round was found to be the beacon's before: spares its BLS, 20 ms each. */
  readonly known?: (beacon: BeaconRound) => boolean;
};

export type Replay = ReplayInput & {
  readonly rows: readonly AuditRow[];
  /** Signatures of the freshness rounds, by round. */
  readonly rounds: ReadonlyMap<number, Hex>;
  /** The due draws, by slot then draw. @throws ProtocolError when there are more than a replay handles */
  readonly due: () => readonly DueDraw[];
  /** The due draw of a place, if it is due. */
  readonly dueAt: (place: { readonly slot: number; readonly draw: number }) => DueDraw | undefined;
  /** What a due draw asks; made once for each class, kind and region. @throws ProtocolError for parameters out of bounds */
  readonly task: (due: DueDraw) => Task;
  /** How openings of a task are checked from public data; the cache of kind 2 is made once. */
  readonly openings: (task: Task) => OpeningsCheck;
};

export function placeKey(place: { readonly slot: number; readonly draw: number }): string {
  return `${String(place.slot)}/${String(place.draw)}`;
}

function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** All that the epoch's draws follow from. The seed is the chain's, the beacon the archive's (its round and BLS are checked). */
export function planOf(input: ReplayInput): EpochPlan {
  const { facts, policy } = input;
  return {
    ...{ epoch: facts.epoch, clock: facts.clock, policy, seed: facts.report.seed },
    ...{ beacon: randomnessOf(input.manifest.beacon.signature), nodeCount: facts.nodes.length },
    validatorCount: facts.validatorCount,
  };
}

/** All nodes of each operator, ascending by index: what the members of cohorts are taken from. */
function nodesByOperator(nodes: readonly EpochNode[]): ReadonlyMap<Hex, readonly EpochNode[]> {
  return Map.groupBy(nodes, ({ operator }) => operator);
}

/** A slot's due draws and their members, by number. */
function slotDue(plan: EpochPlan, slot: number, nodes: readonly EpochNode[], siblings: ReturnType<typeof nodesByOperator>) {
  const due = slotDraws(plan, slot).flatMap((draw) => {
    const node = nodes[draw.nodeIndex];
    return node === undefined ? [] : dueOf(plan, draw, node, siblings.get(node.operator) ?? []);
  });
  return due.sort((a, b) => a.draw.draw - b.draw.draw);
}

function dueDraws(input: ReplayInput): DueDraw[] {
  const plan = planOf(input);
  const limit = (count: number): void => {
    if (count <= REPLAY_DRAWS_MAX) return;
    const message = `the epoch has at least ${String(count)} draws; a replay handles ${String(REPLAY_DRAWS_MAX)}`;
    throw new ProtocolError('out_of_range', message);
  };
  limit(drawsPerEpoch(plan));
  const { nodes } = input.facts;
  const siblings = nodesByOperator(nodes);
  const due: DueDraw[] = [];
  for (let slot = 0; slot < plan.clock.slotsPerEpoch; slot++) {
    for (const item of slotDue(plan, slot, nodes, siblings)) due.push(item);
    limit(due.length);
  }
  return due;
}

/** Tasks of one epoch, each made when first asked for. */
function taskMaker(input: ReplayInput): Replay['task'] {
  const tasks = new Map<string, Task>();
  const { beacon } = planOf(input);
  return ({ draw: { kind, region }, gpuClass }) => {
    const key = taskKey({ gpuClass, kind, region });
    const known = tasks.get(key);
    if (known !== undefined) return known;
    const made = taskOf({ policy: input.policy, gpuClass, kind, region, beacon });
    tasks.set(key, made);
    return made;
  };
}

/** Caches of kind 2 by what they follow from: one an epoch, unless classes differ in its size. */
function cacheMaker(): (task: VramTask) => Uint32Array {
  const caches = new Map<string, Uint32Array>();
  return ({ params }) => {
    const key = `${params.fillKey}/${String(params.cacheRows)}`;
    const known = caches.get(key);
    if (known !== undefined) return known;
    const made = expandCache(params);
    caches.set(key, made);
    return made;
  };
}

/** Prepares a replay; nothing is checked or computed before it is asked for. */
export function openReplay(input: ReplayInput): Replay {
  const { epoch, validator } = input.facts;
  const due = lazy(() => dueDraws(input));
  const byPlace = lazy(() => new Map(due().map((item) => [placeKey(item.draw), item])));
  const task = lazy(() => taskMaker(input));
  const cacheOf = cacheMaker();
  return {
    ...input,
    rows: input.chunks.flatMap((chunk) => chunk.lines.map((line) => ({ ...line, epoch, validator }))),
    rounds: new Map(input.manifest.rounds.map(({ round, signature }) => [round, signature])),
    due,
    dueAt: (place) => byPlace().get(placeKey(place)),
    task: (item) => task()(item),
    openings: (asked) => publicCheck(asked, cacheOf),
  };
}
