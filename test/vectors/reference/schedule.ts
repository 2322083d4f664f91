// Epochs, beacon rounds and draws a second time, from docs/protocol.md, sections 2, 4 and 6, in exact integers.
import { HMAC, T, uint } from './bytes.ts';

export type Setting = {
  readonly genesis: number;
  readonly slotSeconds: number;
  readonly slotsPerEpoch: number;
  readonly beacon: { readonly genesis: number; readonly periodSeconds: number; readonly leadSeconds: number };
  readonly auditsPerNodePerDay: number;
  readonly jitterMs: number;
  /** Without a cohort a draw is of one node. */
  readonly kinds: readonly { readonly kind: number; readonly weight: number; readonly cohort?: number }[];
  /** Number of regions; 1 if it does not say. */
  readonly regions?: number;
  /** Who runs each node, and the kinds that its class has a job of: none for a retired node. */
  readonly nodes?: readonly { readonly operator: string; readonly kinds: readonly number[] }[];
  readonly nodeCount: number;
  readonly validatorCount: number;
};

/** Integer division rounding down, also below zero. */
const floorDiv = (a: bigint, b: bigint): bigint => (a - (((a % b) + b) % b)) / b;

export const start = (s: Setting, e: number): number => s.genesis + e * s.slotsPerEpoch * s.slotSeconds;

export function roundAt(beacon: Setting['beacon'], timeMs: number): number {
  return Number(floorDiv(BigInt(timeMs) - 1000n * BigInt(beacon.genesis), 1000n * BigInt(beacon.periodSeconds)) + 1n);
}

export const beaconRound = (s: Setting, e: number): number => roundAt(s.beacon, 1000 * (start(s, e) - s.beacon.leadSeconds));

export function drawCount(s: Setting): number {
  const seconds = BigInt(s.slotsPerEpoch) * BigInt(s.slotSeconds);
  const numerator = BigInt(s.nodeCount) * BigInt(s.auditsPerNodePerDay) * seconds;
  return Number(-floorDiv(-numerator, 86_400n * BigInt(s.validatorCount)));
}

export function slotCount(s: Setting, slot: number): number {
  const D = BigInt(drawCount(s));
  const S = BigInt(s.slotsPerEpoch);
  return Number(floorDiv(D * BigInt(slot + 1), S) - floorDiv(D * BigInt(slot), S));
}

export function draws(s: Setting, e: number, seed: Buffer, beacon: Buffer, slot: number) {
  const key = HMAC(seed, T('assay/draws'), beacon);
  const count = slotCount(s, slot);
  const width = Math.max(1, Math.floor(s.jitterMs / count));
  const weights = s.kinds.reduce((sum, { weight }) => sum + weight, 0);
  return Array.from({ length: count }, (_, i) => {
    const x = HMAC(key, uint(4, slot), uint(4, i));
    const jitterMs = width * i + (x.readUInt32BE(8) % width);
    const pick = x.readUInt32BE(12) % weights;
    let cumulative = 0;
    const entry = s.kinds.find(({ weight }) => (cumulative += weight) > pick);
    if (entry === undefined) throw new Error('a remainder is below the sum');
    const { kind, cohort = 1 } = entry;
    const region = kind === 5 ? x.readUInt32BE(16) % (s.regions ?? 1) : 0;
    const scheduledMs = 1000 * (start(s, e) + slot * s.slotSeconds) + jitterMs;
    const nodeIndex = Number(x.readBigUInt64BE(0) % BigInt(s.nodeCount));
    return { slot, draw: i, nodeIndex, kind, cohort, region, scheduledMs, freshnessRound: roundAt(s.beacon, scheduledMs) };
  });
}

/** The due draws of a slot with the members of their cohorts, by number: what a validator sends, and to whom. */
export function due(s: Setting, e: number, seed: Buffer, beacon: Buffer, slot: number) {
  const nodes = s.nodes ?? [];
  const can = (index: number, kind: number): boolean => nodes[index]?.kinds.includes(kind) === true;
  const all = draws(s, e, seed, beacon, slot)
    .filter(({ nodeIndex, kind }) => can(nodeIndex, kind))
    .flatMap((draw) => {
      const indices = nodes.map((_, index) => index);
      const isOther = (index: number): boolean =>
        index !== draw.nodeIndex && nodes[index]?.operator === nodes[draw.nodeIndex]?.operator && can(index, draw.kind);
      let L = indices.filter(isOther);
      const cohort = [draw];
      for (let m = 1; m < draw.cohort && L.length > 0; m++) {
        const y = HMAC(HMAC(seed, T('assay/draws'), beacon), uint(4, slot), uint(4, draw.draw), uint(4, m));
        const nodeIndex = L[Number(y.readBigUInt64BE(0) % BigInt(L.length))] ?? -1;
        L = L.filter((index) => index !== nodeIndex);
        cohort.push({ ...draw, draw: draw.draw + m * 2 ** 20, nodeIndex });
      }
      return cohort;
    });
  return all.sort((a, b) => a.draw - b.draw);
}
