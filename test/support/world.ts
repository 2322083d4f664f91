// The world of a test's epoch before anything happens in it: chain, policy, beacon, validator and nodes, the same at every run.
import { BEACON_SCHEME } from '../../protocol/beacon.ts';
import { ZERO32, type Hex } from '../../protocol/bytes.ts';
import { KIND_GEMM, KIND_PRESENCE, KIND_VRAM } from '../../protocol/challenge.ts';
import type { Domain } from '../../protocol/domain.ts';
import type { GpuClass, Policy } from '../../protocol/policy.ts';
import { nodeIdOf } from '../../protocol/receipts.ts';
import type { EpochClock, EpochNode } from '../../protocol/schedule.ts';
import { testBeacon } from './beacon.ts';
import { castOf, type Behaviour } from './behaviour-names.ts';
import type { Rival } from './behaviour-names.ts';
import { testNodeKey } from './node-key.ts';

export const beacon = testBeacon(7);

/** Small enough for proofs of a few milliseconds, with a floor that 10 ms reach and 900 ms miss. */
export const smallClass: GpuClass = {
  name: 'tiny',
  gemm: {
    ...{ rows: 4, columns: 256, depth: 64, rounds: 2, openings: 4, proofPpm: 930_572 },
    ...{ floorOpsPerSecond: 1_000_000, commitDeadlineMs: 1000, openDeadlineMs: 1000 },
  },
  vram: {
    ...{ pages: 70, cacheRows: 256, parents: 4, passes: 2, openings: 4, proofPpm: 930_572 },
    ...{ floorBytesPerSecond: 1_000_000, fillDeadlineMs: 1500, passDeadlineMs: 1100, openDeadlineMs: 1000 },
  },
};

/** About 40 draws of kind 1 in an epoch of 12 nodes. */
export const smallPolicy: Policy = {
  version: 2,
  name: 'test',
  beacon: {
    ...{ scheme: BEACON_SCHEME, publicKey: beacon.publicKey, genesis: 1_700_000_000 },
    ...{ periodSeconds: 1, leadSeconds: 2, freshnessRounds: 3 },
  },
  schedule: { auditsPerNodePerDay: 48_000, jitterMs: 1500, settleSeconds: 1, revealSeconds: 1 },
  kinds: [{ kind: KIND_GEMM, weight: 1, cohort: 1 }],
  regions: ['here', 'there', 'beyond'],
  presence: { deadlineMs: 800 },
  classes: [smallClass],
  consensus: {
    ...{
      windowEpochs: 10,
      clipTolerancePpm: 5_000,
      busyPpm: 100_000,
      samplesMin: 3,
      accuracyEpochs: 4,
      agreementTolerancePpm: 50_000,
    },
    ...{ notDoneMaxPpm: 250_000, mirrorSeconds: 3, roundSeconds: 3, postStaggerSeconds: 1, replayTranscripts: 5 },
    tiers: [{ name: 'A', scorePpm: 500_000 }],
  },
  rewards: { validatorsPerEpoch: 40_000_000, nodesPerEpoch: 60_000_000, penaltyPerEpoch: 5_000_000, penaltyBelowPpm: 800_000 },
};

/** All kinds, kind 2 in cohorts of three, and a class that is not asked for its memory. */
export const mixedPolicy: Policy = {
  ...smallPolicy,
  name: 'test of all kinds',
  schedule: { ...smallPolicy.schedule, auditsPerNodePerDay: 120_000 },
  kinds: [
    { kind: KIND_GEMM, weight: 5, cohort: 1 },
    { kind: KIND_VRAM, weight: 3, cohort: 3 },
    { kind: KIND_PRESENCE, weight: 3, cohort: 1 },
  ],
  classes: [smallClass, { ...smallClass, name: 'plain', vram: null }],
};

/** Node `index` with a key of its own. */
export function testNode(index: number, change: Partial<EpochNode> = {}): EpochNode {
  const { publicKey } = testNodeKey(index);
  return {
    ...{ index, nodeId: nodeIdOf(publicKey), operator: `0x${'0d'.repeat(20)}` as const, publicKey },
    ...{ url: `https://node-${String(index)}.example`, gpuClass: 'tiny', vramMiB: 1024, retired: false, ...change },
  };
}

/** Twelve nodes, one retired and one of a class that no policy has. */
function testNodes(): EpochNode[] {
  const changes: Partial<Record<number, Partial<EpochNode>>> = { 4: { retired: true }, 9: { gpuClass: 'unheard-of' } };
  return Array.from({ length: 12 }, (_, index) => testNode(index, changes[index]));
}

/** The same of three operators: one with six, one with five, one with a single node; two nodes have no memory to ask for. */
function mixedNodes(): EpochNode[] {
  const operators = ['0a', '0b', '0c'] as const;
  return testNodes().map((node) => ({
    ...node,
    operator: `0x${(operators[Math.floor(node.index / 6)] ?? '0a').repeat(20)}` as const,
    ...(node.index === 11 ? { operator: `0x${'0c'.repeat(20)}` as const } : {}),
    ...(node.index === 2 || node.index === 7 ? { gpuClass: 'plain' } : {}),
  }));
}

export type World = {
  readonly domain: Domain;
  readonly clock: EpochClock;
  readonly epoch: number;
  readonly policy: Policy;
  readonly validator: Hex;
  readonly signerKey: Uint8Array;
  readonly rival: Rival;
  readonly seedSecret: Hex;
  readonly seedLength: number;
  /** First epoch of the seed chain. */
  readonly seedEpoch: number;
  readonly nodes: readonly EpochNode[];
  readonly validatorCount: number;
  readonly previous: Hex;
  /** What happens at the n-th due draw, which is the m-th of its kind. */
  readonly behaviour: (index: number, kind: number, ofKind: number) => Behaviour;
};

/** They need a rival with a seat, which not every network of a test has. */
const BUSY: readonly Behaviour[] = ['busy', 'busyUnsigned', 'busyAlone'];

/** The cast of each kind, one after the other. */
function inTurn(isWanted: (behaviour: Behaviour) => boolean = () => true): World['behaviour'] {
  return (_, kind, ofKind) => {
    const cast = castOf(kind).filter(isWanted);
    return cast[ofKind % cast.length] ?? 'honest';
  };
}

export function testWorld(change: Partial<World> = {}): World {
  return {
    domain: { chainId: 31337, registry: `0x${'5f'.repeat(20)}` },
    clock: { genesis: 1_760_000_000, slotSeconds: 3, slotsPerEpoch: 4 },
    ...{ epoch: 6, policy: smallPolicy, validator: `0x${'a1'.repeat(20)}`, signerKey: new Uint8Array(32).fill(3) },
    rival: { operator: `0x${'c7'.repeat(20)}`, signerKey: new Uint8Array(32).fill(77) },
    ...{ seedSecret: `0x${'5e'.repeat(32)}`, seedLength: 64, seedEpoch: 2, nodes: testNodes(), validatorCount: 2 },
    previous: ZERO32,
    behaviour: inTurn((behaviour) => !BUSY.includes(behaviour)),
    ...change,
  };
}

/** A world in which every kind is asked, in cohorts too, and every way to fail happens. */
export function mixedWorld(change: Partial<World> = {}): World {
  return testWorld({ policy: mixedPolicy, nodes: mixedNodes(), behaviour: inTurn(), ...change });
}
