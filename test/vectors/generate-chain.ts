// Writes the golden vectors of the chain's side: `node test/vectors/generate-chain.ts`, or with `--check` compares.
//
// Independent of protocol/ on purpose: EIP-712 and signatures by viem, trees by OpenZeppelin's library, P-256 by noble and
// checked by WebCrypto. TypeScript and Solidity tests read the same files. Everything is deterministic.
import { p256 } from '@noble/curves/nist.js';
import { StandardMerkleTree } from '@openzeppelin/merkle-tree';
import { createHash, webcrypto } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { bytesToHex, concatHex, domainSeparator, hashStruct, hashTypedData, hexToBytes, keccak256, stringToHex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';

type Hex = `0x${string}`;
type Field = { readonly name: string; readonly type: string };
type Values = Record<string, string | number | bigint>;

const ZERO32: Hex = `0x${'00'.repeat(32)}`;
const registry: Hex = '0x5fbdb2315678afecb367f032d93f642f64180aa3'; // the first contract of anvil's first account
const domain = { name: 'Assay', version: '1', chainId: 31337, verifyingContract: registry } as const;
const EIP712Domain: Field[] = [
  { name: 'name', type: 'string' },
  { name: 'version', type: 'string' },
  { name: 'chainId', type: 'uint256' },
  { name: 'verifyingContract', type: 'address' },
];
const word = (label: string): Hex => keccak256(stringToHex(`assay vector ${label}`));
const signerKey = word('signer');
const signer = privateKeyToAccount(signerKey);
const operator = privateKeyToAccount(word('operator')).address.toLowerCase() as Hex;

// ── types ────────────────────────────────────────────────────────────────────────────────────────────────────────────────
const TYPES = {
  Challenge:
    'uint64 epoch,uint32 slot,uint32 draw,address validator,bytes32 nodeId,uint8 kind,bytes32 paramsHash,bytes32 nonce,uint64 deadline',
  Draw: 'bytes32 challengeHash,bytes32 commitment,bytes32 drawHash',
  EpochReport:
    'uint64 epoch,address validator,bytes32 auditRoot,bytes32 summaryRoot,uint32 due,uint32 done,bytes32 seed,uint64 beaconRound,uint32 nodeCount,bytes32 policyHash,bytes32 previous,bytes32 archiveHash',
  Commitment: 'bytes32 nodeId,bytes32 challengeHash,bytes32 commitment',
  Opening: 'bytes32 challengeHash,bytes32 commitment,bytes32 drawHash,bytes32 openingHash',
  NodeKey: 'address operator,bytes32 nodeId',
  AuditRecord:
    'uint64 epoch,uint32 slot,uint32 draw,address validator,bytes32 nodeId,uint8 kind,bytes32 challengeHash,bytes32 commitment,bytes32 openingHash,uint8 outcome,uint8 reason,uint32 elapsedMs,uint64 measure,uint64 freshnessRound,uint64 startedAt,bytes32 transcriptHash',
};
type TypeName = keyof typeof TYPES;

const fieldsOf = (type: TypeName): Field[] =>
  TYPES[type].split(',').map((pair) => {
    const [kind = '', name = ''] = pair.split(' ');
    return { name, type: kind };
  });
const typed = (type: TypeName, message: Values) => ({
  domain,
  types: { EIP712Domain, [type]: fieldsOf(type) },
  primaryType: type,
  message,
});

function structHash(type: TypeName, data: Values): Hex {
  return hashStruct({ data, types: { [type]: fieldsOf(type) }, primaryType: type });
}

/** A vector signed by the validator's signer. */
async function signed(type: TypeName, message: Values) {
  const data = typed(type, message);
  const digest = hashTypedData(data as never);
  const signature = await signer.signTypedData(data as never);
  return { typeString: `${type}(${TYPES[type]})`, message, structHash: structHash(type, message), digest, signature };
}

// ── the node's key ───────────────────────────────────────────────────────────────────────────────────────────────────────
const nodeSecret = hexToBytes(word('node key'));
const nodePoint = p256.getPublicKey(nodeSecret, false);
const x = bytesToHex(nodePoint.subarray(1, 33));
const y = bytesToHex(nodePoint.subarray(33));
const nodeId = keccak256(concatHex([x, y]));
const separator = domainSeparator({ domain });

/** A vector signed by the node: SHA-256 over the EIP-712 payload. */
async function receipt(type: TypeName, message: Values) {
  const hash = structHash(type, message);
  const payload = hexToBytes(concatHex(['0x1901', separator, hash]));
  const signature = p256.sign(payload, nodeSecret, { lowS: true, prehash: true });
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const key = await webcrypto.subtle.importKey('raw', nodePoint, algorithm, false, ['verify']);
  const good = await webcrypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, signature, payload);
  if (!good) throw new Error(`WebCrypto refuses the ${type} receipt`);
  const digest = bytesToHex(createHash('sha256').update(payload).digest());
  const typeString = `${type}(${TYPES[type]})`;
  return { typeString, message, structHash: hash, payload: bytesToHex(payload), digest, signature: bytesToHex(signature) };
}

async function eip712() {
  const [challengeHash, commitment, drawHash, openingHash] = ['challenge', 'commitment', 'draw', 'opening'].map(word) as [
    Hex,
    Hex,
    Hex,
    Hex,
  ];
  const place = { epoch: 7, slot: 3, draw: 1, validator: operator, nodeId, kind: 1 };
  const roots = { auditRoot: word('audit root'), summaryRoot: word('summary root') };
  const report = { epoch: 7, validator: operator, ...roots, due: 120, done: 118, seed: word('seed'), beaconRound: 12_345_678 };
  const links = { nodeCount: 9, policyHash: word('policy'), previous: ZERO32, archiveHash: word('archive') };
  return {
    domain: { name: 'Assay', version: '1', chainId: domain.chainId, registry },
    domainSeparator: separator,
    signer: { privateKey: signerKey, address: signer.address.toLowerCase() },
    node: { privateKey: bytesToHex(nodeSecret), x, y, nodeId },
    challenge: await signed('Challenge', {
      ...place,
      paramsHash: word('params'),
      nonce: word('nonce'),
      deadline: 1_760_000_012_345,
    }),
    draw: await signed('Draw', { challengeHash, commitment, drawHash }),
    report: await signed('EpochReport', { ...report, ...links }),
    commitment: await receipt('Commitment', { nodeId, challengeHash, commitment }),
    opening: await receipt('Opening', { challengeHash, commitment, drawHash, openingHash }),
    nodeKey: await receipt('NodeKey', { operator, nodeId }),
  };
}

/** What `registerNode` must accept, and the three nearest things that it must not. */
async function possession() {
  const { digest, signature } = await receipt('NodeKey', { operator, nodeId });
  const r: Hex = `0x${signature.slice(2, 66)}`;
  const s: Hex = `0x${signature.slice(66)}`;
  const highS: Hex = `0x${(p256.Point.Fn.ORDER - BigInt(s)).toString(16).padStart(64, '0')}`;
  return { chainId: domain.chainId, registry, operator, x, y, nodeId, digest, r, s, highS };
}

// ── records, trees, seeds ────────────────────────────────────────────────────────────────────────────────────────────────
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
    'record.json': records(),
    'merkle.json': merkle(),
    'seed.json': seed(),
    'contract-possession.json': await possession(),
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
