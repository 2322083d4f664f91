// Challenge kind 2 a second time, from docs/protocol.md, section 19: item by item over BigInt, rows of the cache as they are asked
// for, no thought of speed.
import { HMAC, SHA, T, cat, uint } from './bytes.ts';
import { block } from './chacha.ts';
import { words, type Place } from './gemm.ts';
import { auditPath, treeHash } from './rfc6962.ts';

/** Names as in section 19.1. */
export type VramShape = {
  readonly pages: number;
  readonly cacheRows: number;
  readonly parents: number;
  readonly R: number;
  readonly k: number;
};

const MASK = 0xffff_ffffn;
const P1 = 0x9e3779b1n;
const P2 = 0x85ebca77n;
const rotl13 = (word: bigint): bigint => ((word << 13n) | (word >> 19n)) & MASK;
const stir = (word: bigint, by: bigint): bigint => (rotl13(word ^ by) * P1) & MASK;
const le = (bytes: Buffer): bigint[] => Array.from({ length: bytes.length / 4 }, (_, i) => BigInt(bytes.readUInt32LE(4 * i)));

export const fillKey = (beacon: Buffer): Buffer => SHA(T('assay/k2/fill'), beacon);
export const start = (seed: Buffer, challengeHash: Buffer): Buffer => HMAC(seed, T('assay/k2/start'), challengeHash);

export function paramsBytes({ pages, cacheRows, parents, R, k }: VramShape, key: Buffer): Buffer {
  const sizes = [uint(4, pages), uint(4, cacheRows), uint(2, parents), uint(2, R), uint(2, k)];
  return cat(T('assay/k2/params'), ...sizes, key);
}

/** Section 19.2: what makes pages for one node. */
export class Memory {
  readonly #shape: VramShape;
  readonly #cacheKey: Buffer;
  readonly #dataKey: Buffer;
  readonly #rows = new Map<number, bigint[]>();

  constructor(shape: VramShape, fill: Buffer, nodeId: Buffer) {
    this.#shape = shape;
    this.#cacheKey = SHA(T('assay/k2/cache'), fill);
    this.#dataKey = SHA(T('assay/k2/data'), fill, nodeId);
  }

  row(r: number): bigint[] {
    const found = this.#rows.get(r) ?? le(block(this.#cacheKey, 4, [r, 0, 5, 0]));
    this.#rows.set(r, found);
    return found;
  }

  item(n: number): bigint[] {
    let mix = le(block(this.#dataKey, 4, [n, 0, 4, 0]));
    for (let j = 0; j < this.#shape.parents; j++) {
      const spread = ((BigInt(n) ^ BigInt(j)) * 0x01000193n) & MASK;
      const p = (spread ^ (mix[j % 16] ?? 0n)) % BigInt(this.#shape.cacheRows);
      const row = this.row(Number(p));
      mix = mix.map((word, w) => stir(word, row[w] ?? 0n));
    }
    return mix;
  }

  page(g: number): bigint[] {
    return Array.from({ length: 16 }, (_, i) => this.item(16 * g + i)).flat();
  }
}

/** Section 19.4: the fold of page g with the words d under a pass's key. */
export function fold(key: Buffer, g: number, d: readonly bigint[]): Buffer {
  const lanes = le(key).map((kappa, l) => {
    const own = d.filter((_, w) => w % 8 === l);
    return own.reduce((lane, word) => stir(lane, (word * P2) & MASK), (kappa + BigInt(g) * P1) & MASK);
  });
  const gather = (from: bigint, some: readonly bigint[]): bigint =>
    some.reduce((sum, lane) => stir(sum, (lane * P2) & MASK), from);
  return cat(uint(4, gather(P1, lanes.slice(0, 4))), uint(4, gather(P2, lanes.slice(4))));
}

export type VramJob = {
  readonly keys: readonly Buffer[];
  readonly roots: readonly Buffer[];
  readonly commitment: Buffer;
  /** Of each pass: the folds of each group, and each group's digest. */
  readonly groups: readonly (readonly Buffer[])[];
  readonly digests: readonly (readonly Buffer[])[];
};

/** All passes of one job over these pages. */
export function provePasses(shape: VramShape, begin: Buffer, nonce: Buffer, pages: readonly (readonly bigint[])[]): VramJob {
  const [keys, roots, groups, digests]: [Buffer[], Buffer[], Buffer[][], Buffer[][]] = [[], [], [], []];
  let root: Buffer = Buffer.alloc(32);
  for (let t = 0; t < shape.R; t++) {
    const key = SHA(T('assay/k2/pass'), begin, nonce, uint(4, t), root);
    const folds = pages.map((d, g) => fold(key, g, d));
    const count = Math.ceil(folds.length / 32);
    const inGroups = Array.from({ length: count }, (_, G) => cat(...folds.slice(32 * G, 32 * G + 32)));
    const leaves = inGroups.map((bytes, G) => SHA(T('assay/k2/leaf'), key, uint(4, G), bytes).subarray(0, 16));
    root = treeHash(leaves);
    keys.push(key);
    roots.push(root);
    groups.push(inGroups);
    digests.push(leaves);
  }
  return { keys, roots, groups, digests, commitment: SHA(T('assay/k2/commitment'), begin, uint(4, shape.R), ...roots) };
}

/** Section 19.5. */
export function drawPages(shape: VramShape, seed: Buffer, challengeHash: Buffer, commitment: Buffer): Place[] {
  const stream = words(HMAC(seed, T('assay/open'), challengeHash, commitment));
  const found: Place[] = [];
  for (let t = 0; t < shape.R; t++) {
    while (found.length < ((t + 1) * shape.k) / shape.R) {
      const word = stream.next().value as number;
      if (word >= Math.floor(2 ** 32 / shape.pages) * shape.pages) continue;
      const leaf = word % shape.pages;
      if (!found.some((place) => place.round === t && place.leaf === leaf)) found.push({ round: t, leaf });
    }
  }
  return found;
}

export function pageOpenings(job: VramJob, places: readonly Place[]): Buffer {
  const parts = places.map(({ round, leaf }) => {
    const G = Math.floor(leaf / 32);
    const path = auditPath(G, job.digests[round] ?? []);
    return cat(uint(2, round), uint(4, leaf), job.groups[round]?.[G] ?? Buffer.alloc(0), uint(1, path.length), ...path);
  });
  return cat(uint(2, places.length), ...parts);
}
