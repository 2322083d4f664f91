// Writes the golden vectors of the chain's side: `node test/vectors/generate-chain.ts`, or with `--check` compares.
//
// Independent of protocol/ on purpose: EIP-712 and signatures by viem, trees by OpenZeppelin's library, P-256 by noble and
// checked by WebCrypto. TypeScript and Solidity tests read the same files. Everything is deterministic.
import { StandardMerkleTree } from '@openzeppelin/merkle-tree';
import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { keccak256 } from 'viem';
import { TYPES, ZERO32, eip712, operator, possession, spot, structHash, word, type Hex } from './signed.ts';
import { weights } from './weights.ts';

const EPOCH = 7;

function record(index: number) {
  const outcome = (index % 3) + 1;
  const sent = outcome !== 3;
  const reason = [0, 1 + (index % 14), 64][outcome - 1] ?? 0;
  return {
    epoch: EPOCH,
    slot: Math.floor(index / 2),
    draw: index % 2,
    validator: operator,
    nodeId: word(`node ${String(index % 4)}`),
    kind: 1,
    challengeHash: sent ? word(`challenge ${String(index)}`) : ZERO32,
    commitment: outcome === 1 ? word(`commitment ${String(index)}`) : ZERO32,
    openingHash: outcome === 1 ? word(`opening ${String(index)}`) : ZERO32,
    outcome,
    reason,
    elapsedMs: outcome === 1 ? 1000 + 37 * index : 0,
    measure: outcome === 1 ? String(index === 3 ? Number.MAX_SAFE_INTEGER : 250_000_000 + 1_000_003 * index) : '0',
    freshnessRound: 12_345_678 + 20 * index,
    startedAt: sent ? 1_760_000_000_123 + 60_000 * index : 0,
    transcriptHash: sent ? word(`transcript ${String(index)}`) : ZERO32,
  };
}

function records() {
  const list = Array.from({ length: 9 }, (_, i) => record(i));
  const withHashes = list.map((entry) => ({
    ...entry,
    recordHash: structHash('AuditRecord', { ...entry, measure: BigInt(entry.measure) }),
  }));
  return { typeString: `AuditRecord(${TYPES.AuditRecord})`, count: list.length, records: withHashes };
}

const AUDIT_LEAF = ['uint64', 'address', 'uint32', 'uint32', 'bytes32'];
const SUMMARY_LEAF = ['uint64', 'address', 'uint32', 'uint8', 'uint32', 'uint32', 'uint32', 'uint64', 'uint32'];

/** One tree, with a proof for each leaf; `fields` names the values after epoch and validator. */
function tree(types: string[], fields: readonly string[], rows: readonly (string | number)[][]) {
  const values = rows.map((row) => [EPOCH, operator, ...row]);
  const built = values.length === 0 ? null : StandardMerkleTree.of(values, types);
  const leaves = rows.map((row, i) => ({
    ...Object.fromEntries(fields.map((name, at) => [name, row[at]])),
    leafHash: built?.leafHash(values[i] ?? []),
    proof: built?.getProof(i) ?? [],
  }));
  return { epoch: EPOCH, validator: operator, root: built?.root ?? ZERO32, count: rows.length, leaves };
}

function merkle() {
  const sizes = [0, 1, 2, 3, 5, 9];
  const auditRows = records().records.map((entry) => [entry.slot, entry.draw, entry.recordHash]);
  const summaryFields = ['nodeIndex', 'kind', 'pass', 'fail', 'void', 'medianMeasure', 'medianElapsedMs'];
  const summaryRows = Array.from({ length: 9 }, (_, i) => [
    i,
    1,
    3 * i,
    i % 4,
    i % 2,
    String(i === 4 ? Number.MAX_SAFE_INTEGER : 251_000_000 * i),
    1040 * i,
  ]);
  return {
    trees: sizes.length,
    audit: sizes.map((size) => tree(AUDIT_LEAF, ['slot', 'draw', 'recordHash'], auditRows.slice(0, size))),
    summary: sizes.map((size) => tree(SUMMARY_LEAF, summaryFields, summaryRows.slice(0, size))),
  };
}

function seed() {
  const [secret, length, effective] = [word('seed secret'), 5000, 2];
  const chain: Hex[] = [secret];
  for (let i = 0; i < length; i++) chain.push(keccak256(chain[i] ?? '0x'));
  const epochs = [2, 3, 4, 7, 107, 4203, 5001].map((epoch) => ({ epoch, seed: chain[length - (epoch - effective + 1)] }));
  return { secret, length, effective, tip: chain[length], count: epochs.length, epochs };
}

// ── files ────────────────────────────────────────────────────────────────────────────────────────────────────────────────
/** Every file's name and text. */
export async function renderVectors(): Promise<Record<string, string>> {
  const files = {
    'eip712.json': await eip712(),
    'spot.json': await spot(),
    'record.json': records(),
    'merkle.json': merkle(),
    'seed.json': seed(),
    'contract-possession.json': await possession(),
    'weights.json': weights(),
  };
  return Object.fromEntries(Object.entries(files).map(([name, value]) => [name, `${JSON.stringify(value, null, 2)}\n`]));
}

export const vectorPath = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

if (argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, text] of Object.entries(await renderVectors())) {
    if (!argv.includes('--check')) writeFileSync(vectorPath(name), text);
    else if (readFileSync(vectorPath(name), 'utf8') !== text) throw new Error(`${name} is out of date: run this without --check`);
  }
}
