// When things are due: epochs and slots from the registry's clock, and the draws of a slot from the epoch's seed and
// beacon. All of it can be recomputed by anybody after the reveal, and by nobody but the validator before.
import { fromHex, u32, type Hex } from './bytes.ts';
import { roundAt, roundTime } from './beacon.ts';
import { hmac, tag } from './hash.ts';
import { KIND_PRESENCE, KIND_VRAM } from './challenge.ts';
import { findClass, type GpuClass, type KindEntry, type Policy } from './policy.ts';
import type { PublicKey } from './receipts.ts';

const DAY_SECONDS = 86_400;
/** The most nodes that one draw challenges together. */
export const COHORT_MAX = 6;
/** A member's number is its draw's plus so much for each place. */
export const MEMBER_STEP = 2 ** 20;

/** The registry's immutable clock. */
export type EpochClock = { readonly genesis: number; readonly slotSeconds: number; readonly slotsPerEpoch: number };

/** A node as it stands in one epoch's frozen set. */
export type EpochNode = {
  readonly index: number;
  readonly nodeId: Hex;
  readonly operator: Hex;
  readonly publicKey: PublicKey;
  readonly url: string;
  /** Class name, or null where the chain's bytes are no name. */
  readonly gpuClass: string | null;
  readonly vramMiB: number;
  readonly retired: boolean;
};

/** Everything that the draws of one validator's epoch follow from. */
export type EpochPlan = {
  readonly epoch: number;
  readonly clock: EpochClock;
  readonly policy: Policy;
  readonly seed: Hex;
  /** Randomness of the epoch's beacon round. */
  readonly beacon: Hex;
  readonly nodeCount: number;
  readonly validatorCount: number;
};

export type Draw = {
  readonly slot: number;
  readonly draw: number;
  readonly nodeIndex: number;
  readonly kind: number;
  /** The most nodes of the drawn node's operator that start together; 1 for it alone. Of a cohort's members, that of their draw. */
  readonly cohort: number;
  /** Place in the policy's regions; 0 for kinds other than presence. */
  readonly region: number;
  /** Scheduled start, Unix milliseconds. */
  readonly scheduledMs: number;
  readonly freshnessRound: number;
};

/** Unix seconds. */
export function epochStart(clock: EpochClock, epoch: number): number {
  return clock.genesis + epoch * clock.slotsPerEpoch * clock.slotSeconds;
}

/** The epoch and slot at a Unix time in milliseconds; null before genesis. */
export function slotAt(clock: EpochClock, timeMs: number): { epoch: number; slot: number } | null {
  const elapsed = Math.floor(timeMs / 1000) - clock.genesis;
  if (elapsed < 0) return null;
  const slots = Math.floor(elapsed / clock.slotSeconds);
  return { epoch: Math.floor(slots / clock.slotsPerEpoch), slot: slots % clock.slotsPerEpoch };
}

/** The round whose randomness is the epoch's beacon. */
export function epochBeaconRound(clock: EpochClock, policy: Policy, epoch: number): number {
  return roundAt(policy.beacon, 1000 * (epochStart(clock, epoch) - policy.beacon.leadSeconds));
}

/** Unix milliseconds from which a probe with this freshness round is too late. */
export function freshnessEnd({ beacon }: Policy, round: number): number {
  return 1000 * (roundTime(beacon, round) + beacon.freshnessRounds * beacon.periodSeconds);
}

/** Draws of one validator in one epoch: its share of the target rate over all nodes. */
export function drawsPerEpoch(plan: Omit<EpochPlan, 'seed' | 'beacon'>): number {
  const { clock, policy, nodeCount, validatorCount } = plan;
  if (nodeCount === 0 || validatorCount === 0) return 0;
  const wanted =
    BigInt(nodeCount) * BigInt(policy.schedule.auditsPerNodePerDay) * BigInt(clock.slotsPerEpoch * clock.slotSeconds);
  const share = BigInt(DAY_SECONDS) * BigInt(validatorCount);
  return Number((wanted + share - 1n) / share);
}

/** How many of the epoch's draws fall into a slot. */
export function drawsInSlot(plan: Omit<EpochPlan, 'seed' | 'beacon'>, slot: number): number {
  const total = BigInt(drawsPerEpoch(plan));
  const slots = BigInt(plan.clock.slotsPerEpoch);
  return Number((total * BigInt(slot + 1)) / slots - (total * BigInt(slot)) / slots);
}

const ALONE: KindEntry = { kind: 0, weight: 0, cohort: 1 };

function pickEntry(policy: Policy, word: number): KindEntry {
  const total = policy.kinds.reduce((sum, entry) => sum + entry.weight, 0);
  let rest = word % total;
  for (const entry of policy.kinds) {
    if (rest < entry.weight) return entry;
    rest -= entry.weight;
  }
  return ALONE; // unreachable: the remainder is below the sum of the weights
}

/** The key of an epoch's draws. */
export function drawKey({ seed, beacon }: Pick<EpochPlan, 'seed' | 'beacon'>): Uint8Array {
  return hmac(fromHex(seed, 32), tag('assay/draws'), fromHex(beacon, 32));
}

/** The draws of a slot, idle ones included, in draw order, which is also the order of their times. */
export function slotDraws(plan: EpochPlan, slot: number): Draw[] {
  const { clock, policy, epoch } = plan;
  const count = drawsInSlot(plan, slot);
  const slotMs = 1000 * (epochStart(clock, epoch) + slot * clock.slotSeconds);
  const width = Math.max(1, Math.floor(policy.schedule.jitterMs / Math.max(1, count)));
  const key = drawKey(plan);
  return Array.from({ length: count }, (_, draw) => {
    const x = hmac(key, u32(slot), u32(draw));
    const view = new DataView(x.buffer, x.byteOffset);
    const scheduledMs = slotMs + width * draw + (view.getUint32(8) % width);
    const { kind, cohort } = pickEntry(policy, view.getUint32(12));
    return {
      slot,
      draw,
      nodeIndex: Number(view.getBigUint64(0) % BigInt(plan.nodeCount)),
      kind,
      cohort,
      region: kind === KIND_PRESENCE ? view.getUint32(16) % policy.regions.length : 0,
      scheduledMs,
      freshnessRound: roundAt(policy.beacon, scheduledMs),
    };
  });
}

/** All draws of the epoch, by slot then draw, without the members of cohorts. */
export function epochDraws(plan: EpochPlan): Draw[] {
  return Array.from({ length: plan.clock.slotsPerEpoch }, (_, slot) => slotDraws(plan, slot)).flat();
}

/** The class to audit a node by; null makes the draw idle. */
export function auditClass(policy: Policy, node: Pick<EpochNode, 'retired' | 'gpuClass'>, kind: number): GpuClass | null {
  const found = node.retired ? undefined : findClass(policy, node.gpuClass);
  if (found === undefined) return null;
  return kind === KIND_VRAM && found.vram === null ? null : found;
}
