// The seed chain: one commitment at registration, one preimage an epoch, its position fixed by the epoch's number, so that
// a validator can neither choose nor re-use the randomness of its draws.
import { fromHex, toHex, type Hex } from './bytes.ts';
import { ProtocolError } from './errors.ts';
import { keccak } from './hash.ts';

/** Longest gap between two revealed epochs that the registry accepts. */
export const SEED_GAP_MAX = 4096;

function advance(seed: Hex, times: number): Hex {
  let value = fromHex(seed, 32);
  for (let i = 0; i < times; i++) value = keccak(value);
  return toHex(value);
}

/** The tip of a chain of `length` epochs; what a validator registers. */
export function seedTip(secret: Hex, length: number): Hex {
  return advance(secret, length);
}

/**
 * The seed of `epoch`, for a chain whose registration took effect at `effective`: the definition (docs/protocol.md, section 5), to
 * which the vectors and `seedFromBase` are held.
 * @throws ProtocolError out_of_range before the chain begins or after it is used up
 */
export function seedOf(secret: Hex, length: number, effective: number, epoch: number): Hex {
  const position = length - (epoch - effective + 1);
  if (epoch < effective || position < 0) {
    throw new ProtocolError(
      'out_of_range',
      `epoch ${String(epoch)} is outside of the seed chain of epochs ${String(effective)} to ${String(effective + length - 1)}`,
    );
  }
  return advance(secret, position);
}

/** Whether `seed` is the seed of `epoch`, given an earlier known one of the same chain. */
export function verifySeed(seed: Hex, epoch: number, base: { epoch: number; seed: Hex }): boolean {
  const gap = epoch - base.epoch;
  return gap > 0 && gap <= SEED_GAP_MAX && advance(seed, gap) === base.seed;
}

/**
 * The seed of `epoch` when the registry's last known seed is `base`: finds the base in the secret's own chain, so that
 * neither the chain's first epoch nor a rotation need be remembered.
 * @returns the seed, or null when the base is not of this chain or lies less than the gap from its beginning
 */
export function seedFromBase(secret: Hex, length: number, base: { epoch: number; seed: Hex }, epoch: number): Hex | null {
  const gap = epoch - base.epoch;
  if (gap <= 0) return null;
  const recent: Hex[] = []; // the last `gap` values before the current one
  let value = fromHex(secret, 32);
  for (let position = 0; position <= length; position++) {
    const seed = toHex(value);
    if (seed === base.seed) return recent.length === gap ? (recent[0] ?? null) : null;
    recent.push(seed);
    if (recent.length > gap) recent.shift();
    value = keccak(value);
  }
  return null;
}
