// One sealing in a process of its own, so that time and memory are of this work alone: `sealing-child.ts ours|library <records>`.
// Writes one line of JSON. Proofs are counted and dropped one after the other, on both sides alike.
import { StandardMerkleTree } from '@openzeppelin/merkle-tree';
import process from 'node:process';
import { ZERO32, fromHex, toHex, u32, type Hex } from '../protocol/bytes.ts';
import { sha256, tag } from '../protocol/hash.ts';
import { auditLeaf, recordHash, type AuditRecord } from '../protocol/record.ts';
import { buildStandardTree, standardProof, standardRoot } from '../protocol/trees/standard.ts';
import { watchPeak } from './measure.ts';

export type Sealed = {
  readonly root: string;
  /** Steps in all proofs together. */
  readonly steps: number;
  /** Record hashing alone; 0 for the library, which has no records. */
  readonly recordsMs: number;
  /** Leaf values → leaf hashes → tree → root → a proof for each leaf. */
  readonly treeMs: number;
  readonly growthMiB: number;
  readonly beforeMiB: number;
};

const WARM_RECORDS = 2_000;
const LEAF_TYPES = ['uint64', 'address', 'uint32', 'uint32', 'bytes32'];

/** Processor time of this process, all threads: other processes' load is not in it. */
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const pseudo = (name: string, i: number): Hex => toHex(sha256(tag(name), u32(i)));

function recordOf(i: number): AuditRecord {
  return {
    ...{
      epoch: 7,
      slot: Math.floor(i / 200),
      draw: i % 200,
      validator: `0x${'a1'.repeat(20)}`,
      nodeId: pseudo('node', i % 1000),
    },
    ...{ kind: 1, challengeHash: pseudo('challenge', i), commitment: pseudo('commitment', i), openingHash: pseudo('opening', i) },
    ...{ outcome: 'pass', reason: 'none', elapsedMs: 2000 + (i % 500), measure: 5e14 + i, freshnessRound: 9_000_000 + i },
    ...{ startedAt: 1_790_000_000_000 + 10 * i, transcriptHash: i % 50 === 0 ? ZERO32 : pseudo('transcript', i) },
  };
}

type Outcome = Pick<Sealed, 'root' | 'steps' | 'recordsMs' | 'treeMs'>;

function sealOurs(records: readonly AuditRecord[]): Outcome {
  const started = cpuMs();
  const hashes = records.map(recordHash);
  const hashed = cpuMs();
  const tree = buildStandardTree(records.map((record, i) => auditLeaf(record, hashes[i] ?? ZERO32)));
  const root = standardRoot(tree);
  let steps = 0;
  for (const place of tree.places) steps += standardProof(tree.nodes, place).length;
  return { root, steps, recordsMs: hashed - started, treeMs: cpuMs() - hashed };
}

type Values = [number, Hex, number, number, Hex];

function sealLibrary(values: Values[]): Outcome {
  const started = cpuMs();
  const tree = StandardMerkleTree.of(values, LEAF_TYPES);
  const root = tree.root;
  let steps = 0;
  for (let i = 0; i < values.length; i++) steps += tree.getProof(i).length;
  return { root, steps, recordsMs: 0, treeMs: cpuMs() - started };
}

const valuesOf = (record: AuditRecord): Values => [record.epoch, record.validator, record.slot, record.draw, recordHash(record)];

function run(side: string, count: number): Outcome & Pick<Sealed, 'growthMiB' | 'beforeMiB'> {
  const records = Array.from({ length: count }, (_, i) => recordOf(i));
  const values = side === 'library' ? records.map(valuesOf) : [];
  if (side === 'library') records.length = 0;
  globalThis.gc?.();
  const peak = watchPeak();
  const outcome = side === 'library' ? sealLibrary(values) : sealOurs(records);
  return { ...outcome, growthMiB: peak.growth(), beforeMiB: peak.before };
}

const [side = '', count = ''] = process.argv.slice(2);
run(side, Math.min(WARM_RECORDS, Number(count))); // compiled before it counts
const sealed: Sealed = run(side, Number(count));
if (fromHex(sealed.root, 32).every((byte) => byte === 0)) throw new Error('nothing was sealed');
process.stdout.write(`${JSON.stringify(sealed)}\n`);
