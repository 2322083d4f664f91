// Epochs, beacon rounds and draws a second time, from docs/protocol.md, sections 2, 4 and 6, in exact integers.
import { HMAC, T, uint } from './bytes.ts';

export type Setting = {
  readonly genesis: number;
  readonly slotSeconds: number;
  readonly slotsPerEpoch: number;
  readonly beacon: { readonly genesis: number; readonly periodSeconds: number; readonly leadSeconds: number };
  readonly auditsPerNodePerDay: number;
  readonly jitterMs: number;
  readonly kinds: readonly { readonly kind: number; readonly weight: number }[];
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
    const kind = s.kinds.find(({ weight }) => (cumulative += weight) > pick)?.kind;
    const scheduledMs = 1000 * (start(s, e) + slot * s.slotSeconds) + jitterMs;
    const nodeIndex = Number(x.readBigUInt64BE(0) % BigInt(s.nodeCount));
    return { slot, draw: i, nodeIndex, kind, scheduledMs, freshnessRound: roundAt(s.beacon, scheduledMs) };
  });
}
