// The signed half of the chain's golden vectors: EIP-712 structs by viem, node receipts by noble, checked by WebCrypto.
import { p256 } from '@noble/curves/nist.js';
import { createHash, webcrypto } from 'node:crypto';
import { bytesToHex, concatHex, domainSeparator, hashStruct, hashTypedData, hexToBytes, keccak256, stringToHex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';

export type Hex = `0x${string}`;
type Field = { readonly name: string; readonly type: string };
type Values = Record<string, string | number | bigint>;

export const ZERO32: Hex = `0x${'00'.repeat(32)}`;
const registry: Hex = '0x5fbdb2315678afecb367f032d93f642f64180aa3'; // the first contract of anvil's first account
const domain = { name: 'Assay', version: '1', chainId: 31337, verifyingContract: registry } as const;
const EIP712Domain: Field[] = [
  { name: 'name', type: 'string' },
  { name: 'version', type: 'string' },
  { name: 'chainId', type: 'uint256' },
  { name: 'verifyingContract', type: 'address' },
];
export const word = (label: string): Hex => keccak256(stringToHex(`assay vector ${label}`));
const signerKey = word('signer');
const signer = privateKeyToAccount(signerKey);
export const operator = privateKeyToAccount(word('operator')).address.toLowerCase() as Hex;

// ── types ────────────────────────────────────────────────────────────────────────────────────────────────────────────────
export const TYPES = {
  Challenge:
    'uint64 epoch,uint32 slot,uint32 draw,address validator,bytes32 nodeId,uint8 kind,bytes32 paramsHash,bytes32 nonce,uint64 deadline',
  Start: 'bytes32 challengeHash,bytes32 start',
  Draw: 'bytes32 challengeHash,bytes32 commitment,bytes32 drawHash',
  EpochReport:
    'uint64 epoch,address validator,bytes32 auditRoot,bytes32 summaryRoot,uint32 due,uint32 done,bytes32 seed,uint64 beaconRound,uint32 nodeCount,bytes32 policyHash,bytes32 previous,bytes32 archiveHash',
  Commitment: 'bytes32 nodeId,bytes32 challengeHash,bytes32 commitment',
  Opening: 'bytes32 challengeHash,bytes32 commitment,bytes32 drawHash,bytes32 openingHash',
  Busy: 'bytes32 nodeId,bytes32 challengeHash,bytes32 rivalHash',
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

export function structHash(type: TypeName, data: Values): Hex {
  return hashStruct({ data, types: { [type]: fieldsOf(type) }, primaryType: type });
}

/** A vector signed by the validator's signer. */
async function signed(type: TypeName, message: Values) {
  const data = typed(type, message);
  const digest = hashTypedData(data as never);
  const signature = await signer.signTypedData(data);
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

export async function eip712() {
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
    start: await signed('Start', { challengeHash, start: word('start') }),
    draw: await signed('Draw', { challengeHash, commitment, drawHash }),
    report: await signed('EpochReport', { ...report, ...links }),
    commitment: await receipt('Commitment', { nodeId, challengeHash, commitment }),
    opening: await receipt('Opening', { challengeHash, commitment, drawHash, openingHash }),
    busy: await receipt('Busy', { nodeId, challengeHash, rivalHash: word('rival') }),
    nodeKey: await receipt('NodeKey', { operator, nodeId }),
  };
}

/** The domain of audits on demand: the same structs, hashed and signed for nothing else. */
export async function spot() {
  const own = { ...domain, name: 'Assay Spot' } as const;
  const spotSeparator = domainSeparator({ domain: own });
  const underSpot = async (type: TypeName, message: Values) => {
    const data = { ...typed(type, message), domain: own };
    const digest = hashTypedData(data as never);
    return { typeString: `${type}(${TYPES[type]})`, message, digest, signature: await signer.signTypedData(data) };
  };
  const seed = word('spot seed');
  const nonce: Hex = `0x${createHash('sha256')
    .update(Buffer.concat([Buffer.from([10]), Buffer.from('assay/spot'), hexToBytes(seed)]))
    .digest('hex')}`;
  const hashes = { challengeHash: word('challenge'), commitment: word('commitment') };
  const payload = hexToBytes(concatHex(['0x1901', spotSeparator, structHash('Commitment', { nodeId, ...hashes })]));
  const place = { epoch: 7, slot: 0, draw: 3_000_000_001, validator: operator, nodeId, kind: 1 };
  const ended = { outcome: 1, reason: 0, elapsedMs: 812, measure: '403000000', freshnessRound: 0, startedAt: 1_760_000_000_345 };
  const record = { ...place, ...hashes, openingHash: word('opening'), ...ended, transcriptHash: word('transcript') };
  return {
    domain: { name: own.name, version: '1', chainId: own.chainId, registry },
    domainSeparator: spotSeparator,
    seed,
    nonce,
    challenge: await underSpot('Challenge', { ...place, paramsHash: word('params'), nonce, deadline: 1_760_000_012_345 }),
    draw: await underSpot('Draw', { ...hashes, drawHash: word('draw') }),
    record: await underSpot('AuditRecord', record),
    commitment: {
      message: { nodeId, ...hashes },
      payload: bytesToHex(payload),
      signature: bytesToHex(p256.sign(payload, nodeSecret, { lowS: true, prehash: true })),
    },
  };
}

/** What `registerNode` must accept, and the three nearest things that it must not. */
export async function possession() {
  const { digest, signature } = await receipt('NodeKey', { operator, nodeId });
  const r: Hex = `0x${signature.slice(2, 66)}`;
  const s: Hex = `0x${signature.slice(66)}`;
  const highS: Hex = `0x${(p256.Point.Fn.ORDER - BigInt(s)).toString(16).padStart(64, '0')}`;
  return { chainId: domain.chainId, registry, operator, x, y, nodeId, digest, r, s, highS };
}
