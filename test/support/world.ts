// The world of a test's epoch before anything happens in it: chain, policy, beacon, validator and nodes, the same at every run.
import { BEACON_SCHEME } from '../../protocol/beacon.ts';
import { ZERO32, type Hex } from '../../protocol/bytes.ts';
import { KIND_GEMM } from '../../protocol/challenge.ts';
import type { Domain } from '../../protocol/domain.ts';
import type { GpuClass, Policy } from '../../protocol/policy.ts';
import { nodeIdOf } from '../../protocol/receipts.ts';
import type { EpochClock, EpochNode } from '../../protocol/schedule.ts';
import { testBeacon } from './beacon.ts';
import { BEHAVIOURS, type Behaviour } from './behaviours.ts';
import { testNodeKey } from './node-key.ts';

export const beacon = testBeacon(7);

const smallClass: GpuClass = {
  ...{ name: 'tiny', rows: 4, columns: 256, depth: 64, rounds: 2, openings: 4 },
  ...{ floorOpsPerSecond: 1_000_000, commitDeadlineMs: 1000, openDeadlineMs: 1000 },
};

/** About 40 draws in an epoch of 12 nodes. */
export const smallPolicy: Policy = {
  version: 1,
  name: 'test',
  beacon: {
    ...{ scheme: BEACON_SCHEME, publicKey: beacon.publicKey, genesis: 1_700_000_000 },
    ...{ periodSeconds: 1, leadSeconds: 2, freshnessRounds: 3 },
  },
  schedule: { auditsPerNodePerDay: 48_000, jitterMs: 1500, settleSeconds: 1, revealSeconds: 1 },
  proofPpm: 930_572,
  kinds: [{ kind: KIND_GEMM, weight: 1 }],
  classes: [smallClass],
  consensus: {
    ...{ windowEpochs: 10, clipTolerancePpm: 5_000, samplesMin: 3, accuracyEpochs: 4, agreementTolerancePpm: 50_000 },
    ...{ notDoneMaxPpm: 250_000, mirrorSeconds: 3, roundSeconds: 3, postStaggerSeconds: 1, replayTranscripts: 5 },
    tiers: [{ name: 'A', scorePpm: 500_000 }],
  },
  rewards: { validatorsPerEpoch: 40_000_000, nodesPerEpoch: 60_000_000, penaltyPerEpoch: 5_000_000, penaltyBelowPpm: 800_000 },
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

export type World = {
  readonly domain: Domain;
  readonly clock: EpochClock;
  readonly epoch: number;
  readonly policy: Policy;
  readonly validator: Hex;
  readonly signerKey: Uint8Array;
  readonly seedSecret: Hex;
  readonly seedLength: number;
  /** First epoch of the seed chain. */
  readonly seedEpoch: number;
  readonly nodes: readonly EpochNode[];
  readonly validatorCount: number;
  readonly previous: Hex;
  /** What happens at the n-th due draw. */
  readonly behaviour: (index: number) => Behaviour;
};

const CAST = (Object.keys(BEHAVIOURS) as Behaviour[]).filter((behaviour) => behaviour !== 'forged');

export function testWorld(change: Partial<World> = {}): World {
  return {
    domain: { chainId: 31337, registry: `0x${'5f'.repeat(20)}` },
    clock: { genesis: 1_760_000_000, slotSeconds: 3, slotsPerEpoch: 4 },
    ...{ epoch: 6, policy: smallPolicy, validator: `0x${'a1'.repeat(20)}`, signerKey: new Uint8Array(32).fill(3) },
    ...{ seedSecret: `0x${'5e'.repeat(32)}`, seedLength: 64, seedEpoch: 2, nodes: testNodes(), validatorCount: 2 },
    previous: ZERO32,
    behaviour: (index) => CAST[index % CAST.length] ?? 'honest',
    ...change,
  };
}
