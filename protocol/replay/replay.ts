// What a replay starts from (facts of the chain, and an archive that nobody has to be believed about) and what follows from it.
// One epoch of one validator. The same for an outsider at a terminal and for validators that replay one another.
import { randomnessOf, type BeaconRound } from '../beacon.ts';
import type { ArchiveLine, Manifest } from '../archive.ts';
import type { Hex } from '../bytes.ts';
import type { Domain } from '../domain.ts';
import { jobOf, type DueDraw, type Job } from '../due.ts';
import { ProtocolError } from '../errors.ts';
import type { GpuClass, Policy } from '../policy.ts';
import type { AuditRow } from '../record.ts';
import type { EpochReport } from '../report.ts';
import { auditClass, drawsPerEpoch, epochDraws, type EpochClock, type EpochNode, type EpochPlan } from '../schedule.ts';

/** Most draws that one replay handles; about 1 GiB of memory. */
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
  /** The job of a class; the same for the whole epoch. @throws ProtocolError for parameters out of bounds */
  readonly job: (gpuClass: GpuClass) => Job;
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

function dueDraws(input: ReplayInput): DueDraw[] {
  const plan = planOf(input);
  const count = drawsPerEpoch(plan);
  if (count > REPLAY_DRAWS_MAX) {
    throw new ProtocolError('out_of_range', `the epoch has ${String(count)} draws; a replay handles ${String(REPLAY_DRAWS_MAX)}`);
  }
  return epochDraws(plan).flatMap((draw) => {
    const node = input.facts.nodes[draw.nodeIndex];
    const gpuClass = node === undefined ? null : auditClass(input.policy, node);
    return node === undefined || gpuClass === null ? [] : [{ draw, node, gpuClass }];
  });
}

/** Prepares a replay; nothing is checked or computed before it is asked for. */
export function openReplay(input: ReplayInput): Replay {
  const { epoch, validator } = input.facts;
  const due = lazy(() => dueDraws(input));
  const byPlace = lazy(() => new Map(due().map((item) => [placeKey(item.draw), item])));
  const jobs = new Map<string, Job>();
  const job = (gpuClass: GpuClass): Job => {
    const known = jobs.get(gpuClass.name);
    if (known !== undefined) return known;
    const made = jobOf(gpuClass, planOf(input).beacon);
    jobs.set(gpuClass.name, made);
    return made;
  };
  return {
    ...input,
    rows: input.chunks.flatMap((chunk) => chunk.lines.map((line) => ({ ...line, epoch, validator }))),
    rounds: new Map(input.manifest.rounds.map(({ round, signature }) => [round, signature])),
    due,
    dueAt: (place) => byPlace().get(placeKey(place)),
    job,
  };
}
