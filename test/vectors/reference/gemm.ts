// Challenge kind 1 a second time, from docs/protocol.md, section 9: whole matrices, BigInt sums, no thought of speed.
import { HMAC, SHA, T, cat, uint } from './bytes.ts';
import { block } from './chacha.ts';
import { auditPath, treeHash } from './rfc6962.ts';

export type Shape = { readonly M: number; readonly N: number; readonly K: number; readonly R: number; readonly k: number };
export type Place = { readonly round: number; readonly leaf: number };

const MASK = 0xffff_ffffn;
const P1 = 0x9e3779b1n;
const P2 = 0x85ebca77n;

export const matrixKey = (beacon: Buffer): Buffer => SHA(T('assay/k1/b'), beacon);

export function paramsBytes({ M, N, K, R, k }: Shape, key: Buffer): Buffer {
  return cat(T('assay/k1/params'), ...[M, N, K, R, k].map((value) => uint(4, value)), key);
}

/** One row of signed bytes from a key: matrix 1 is A, matrix 2 is B. */
export function row(key: Buffer, matrix: number, index: number, width: number): Int8Array {
  const bytes = cat(...Array.from({ length: width / 64 }, (_, b) => block(key, 4, [b, index, matrix, 0])));
  return Int8Array.from(bytes, (byte) => byte - 256 * Number(byte > 127));
}

function product(a: Int8Array, b: readonly Int8Array[], width: number): bigint[] {
  const factors = Array.from(a, BigInt);
  return Array.from({ length: width }, (_, c) => factors.reduce((sum, x, kappa) => sum + x * BigInt(b[kappa]?.[c] ?? 0), 0n));
}

/** The digest of one leaf. */
export function digest(nonce: Buffer, i: number, J: number, values: readonly bigint[]): Buffer {
  const lanes = Array.from({ length: 8 }, (_, l) => {
    let lane = (P1 * BigInt(l + 1)) & MASK;
    for (let c = l; c < 256; c += 8) {
      const mixed = lane ^ (((values[c] ?? 0n) * P2) & MASK);
      lane = ((((mixed << 13n) | (mixed >> 19n)) & MASK) * P1) & MASK;
    }
    return uint(4, lane);
  });
  return SHA(T('assay/k1/leaf'), nonce, uint(4, i), uint(4, J), ...lanes).subarray(0, 16);
}

/** 256-column segments of C_t, leaf by leaf. */
function segments(shape: Shape, nonce: Buffer, b: readonly Int8Array[]): bigint[][] {
  const rows = Array.from({ length: shape.M }, (_, i) => product(row(nonce, 1, i, shape.K), b, shape.N));
  return rows.flatMap((values) => Array.from({ length: shape.N / 256 }, (_, J) => values.slice(256 * J, 256 * J + 256)));
}

export type Job = {
  readonly nonces: readonly Buffer[];
  readonly roots: readonly Buffer[];
  readonly commitment: Buffer;
  readonly values: readonly (readonly bigint[][])[];
  readonly digests: readonly (readonly Buffer[])[];
};

/** All rounds of one job. */
export function prove(shape: Shape, key: Buffer, nonce0: Buffer): Job {
  const b = Array.from({ length: shape.K }, (_, kappa) => row(key, 2, kappa, shape.N));
  const nonces = [nonce0];
  const [roots, values, digests]: [Buffer[], bigint[][][], Buffer[][]] = [[], [], []];
  for (let t = 0; t < shape.R; t++) {
    const nonce = nonces[t] ?? nonce0;
    const leaves = segments(shape, nonce, b);
    const hashes = leaves.map((segment, l) => digest(nonce, Math.floor(l / (shape.N / 256)), l % (shape.N / 256), segment));
    const root = treeHash(hashes);
    roots.push(root);
    values.push(leaves);
    digests.push(hashes);
    nonces.push(SHA(T('assay/k1'), nonce0, uint(4, t + 1), root));
  }
  const commitment = SHA(T('assay/k1/commitment'), nonce0, uint(4, shape.R), ...roots);
  return { nonces: nonces.slice(0, shape.R), roots, commitment, values, digests };
}

export function* words(key: Buffer): Generator<number> {
  for (let counter = 0; ; counter++) {
    const bytes = HMAC(key, uint(4, counter));
    for (let at = 0; at < 32; at += 4) yield bytes.readUInt32BE(at);
  }
}

/** Section 9.4. */
export function positions(shape: Shape, seed: Buffer, challengeHash: Buffer, commitment: Buffer): Place[] {
  const stream = words(HMAC(seed, T('assay/open'), challengeHash, commitment));
  const uniform = (n: number): number => {
    for (;;) {
      const word = stream.next().value as number;
      if (word < Math.floor(2 ** 32 / n) * n) return word % n;
    }
  };
  const L = (shape.M * shape.N) / 256;
  const found: Place[] = [];
  const fresh = (round: number): Place => {
    for (;;) {
      const leaf = uniform(L);
      if (!found.some((place) => place.round === round && place.leaf === leaf)) return { round, leaf };
    }
  };
  for (let t = 0; t < shape.R; t++) for (let j = 0; j < shape.k / shape.R; j++) found.push(fresh(t));
  return [...found, fresh(uniform(shape.R))];
}

/** Section 9.5. */
export function openings(job: Job, places: readonly Place[]): Buffer {
  const parts = places.map(({ round, leaf }) => {
    const values = job.values[round]?.[leaf] ?? [];
    const width = values.every((v) => v >= -(2n ** 23n) && v < 2n ** 23n) ? 3 : 4;
    const ints = values.map((v) => uint(width, BigInt.asUintN(8 * width, v)));
    const path = auditPath(leaf, job.digests[round] ?? []);
    return cat(uint(2, round), uint(4, leaf), uint(1, width), ...ints, uint(1, path.length), ...path);
  });
  return cat(uint(2, places.length), ...parts);
}
