// What validators sign, against viem and the vectors that Solidity reads too.
import fc from 'fast-check';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { hashStruct, hashTypedData } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { describe, expect, test } from 'vitest';
import { concat, fromHex, toHex, type Hex } from '../../../protocol/bytes.ts';
import { CHALLENGE_TYPE, challengeHash, type Challenge } from '../../../protocol/challenge.ts';
import { startDigest } from '../../../protocol/challenges/vram/start.ts';
import { domainSeparator } from '../../../protocol/domain.ts';
import { drawDigest } from '../../../protocol/receipts.ts';
import { AUDIT_RECORD_TYPE, recordHash, type AuditRecord } from '../../../protocol/record.ts';
import { EPOCH_REPORT_TYPE, reportDigest, reportHash, type EpochReport } from '../../../protocol/report.ts';
import { recoverSigner, signDigest, signerAddress } from '../../../protocol/signer.ts';
import { OUTCOME, REASON, outcomeOf, reasonOf, type Outcome, type Reason } from '../../../protocol/verdict.ts';
import { address, bytes32, domain, hexOf, safe, u32s, vectors } from './support.ts';

type Signed<M> = { typeString: string; message: M; structHash: Hex; digest: Hex; signature: Hex };
type Draw = { challengeHash: Hex; commitment: Hex; drawHash: Hex };
type Start = { challengeHash: Hex; start: Hex };
type Golden = {
  domain: { chainId: number; registry: Hex };
  domainSeparator: Hex;
  signer: { privateKey: Hex; address: Hex };
  challenge: Signed<Challenge>;
  draw: Signed<Draw>;
  start: Signed<Start>;
  report: Signed<EpochReport>;
};
const golden = vectors<Golden>('eip712.json');
type GoldenRecord = Omit<AuditRecord, 'outcome' | 'reason' | 'measure'> & {
  outcome: number;
  reason: number;
  measure: string;
  recordHash: Hex;
};
const goldenRecords = vectors<{ typeString: string; count: number; records: GoldenRecord[] }>('record.json');

/** viem's view of a type string. */
function viemTypes(type: string) {
  const [name = '', list = ''] = type.slice(0, -1).split('(');
  const fields = list.split(',').map((field) => {
    const [kind = '', label = ''] = field.split(' ');
    return { name: label, type: kind };
  });
  return { primaryType: name, types: { [name]: fields } };
}
const viemDomain = { name: 'Assay', version: '1', chainId: domain.chainId, verifyingContract: domain.registry };
const viemStruct = (type: string, data: object): Hex => hashStruct({ ...viemTypes(type), data } as never);
const viemDigest = (type: string, message: object): Hex =>
  hashTypedData({ ...viemTypes(type), domain: viemDomain, message } as never);

const key = fc.uint8Array({ minLength: 32, maxLength: 32 }).filter((bytes) => secp256k1.utils.isValidSecretKey(bytes));
const challenges: fc.Arbitrary<Challenge> = fc.record({
  ...{ epoch: safe, slot: u32s, draw: u32s, validator: hexOf(20), nodeId: hexOf(32), kind: fc.nat(255) },
  ...{ paramsHash: hexOf(32), nonce: hexOf(32), deadline: safe },
});
const reports: fc.Arbitrary<EpochReport> = fc.record({
  ...{ epoch: safe, validator: hexOf(20), auditRoot: hexOf(32), summaryRoot: hexOf(32), due: u32s, done: u32s, seed: hexOf(32) },
  ...{ beaconRound: safe, nodeCount: u32s, policyHash: hexOf(32), previous: hexOf(32), archiveHash: hexOf(32) },
});
const records: fc.Arbitrary<AuditRecord> = fc.record({
  ...{
    epoch: safe,
    slot: u32s,
    draw: u32s,
    validator: hexOf(20),
    nodeId: hexOf(32),
    kind: fc.nat(255),
    challengeHash: hexOf(32),
  },
  ...{ commitment: hexOf(32), openingHash: hexOf(32), outcome: fc.constantFrom(...(Object.keys(OUTCOME) as Outcome[])) },
  ...{ reason: fc.constantFrom(...(Object.keys(REASON) as Reason[])), elapsedMs: u32s, measure: safe, freshnessRound: safe },
  ...{ startedAt: safe, transcriptHash: hexOf(32) },
});

describe('golden vectors', () => {
  const own = { chainId: golden.domain.chainId, registry: golden.domain.registry };

  test('the domain', () => {
    expect(toHex(domainSeparator(own))).toBe(golden.domainSeparator);
  });

  test('Challenge, Start, Draw and EpochReport: digest and signature, bit for bit', () => {
    expect([golden.challenge.typeString, golden.report.typeString]).toEqual([CHALLENGE_TYPE, EPOCH_REPORT_TYPE]);
    expect(reportHash(golden.report.message)).toBe(golden.report.structHash);
    const digests = [
      challengeHash(own, golden.challenge.message),
      drawDigest(own, golden.draw.message),
      startDigest(own, golden.start.message),
      reportDigest(own, golden.report.message),
    ];
    const expected = [golden.challenge, golden.draw, golden.start, golden.report];
    expect(digests).toEqual(expected.map(({ digest }) => digest));
    const secret = fromHex(golden.signer.privateKey, 32);
    expect(signerAddress(secret)).toBe(golden.signer.address);
    expect(digests.map((digest) => signDigest(digest, secret))).toEqual(expected.map(({ signature }) => signature));
    expect(expected.map(({ digest, signature }) => recoverSigner(digest, signature))).toEqual(
      expected.map(() => golden.signer.address),
    );
  });

  test('AuditRecord', () => {
    expect(goldenRecords.typeString).toBe(AUDIT_RECORD_TYPE);
    expect(goldenRecords.records.length).toBe(goldenRecords.count);
    for (const { recordHash: expected, ...record } of goldenRecords.records) {
      const [outcome, reason] = [outcomeOf(record.outcome), reasonOf(record.reason)];
      if (outcome === undefined || reason === undefined) throw new Error('a code without a name');
      expect(recordHash({ ...record, outcome, reason, measure: Number(record.measure) })).toBe(expected);
    }
  });
});

describe('against viem, for any values', () => {
  test('Challenge', () => {
    fc.assert(fc.property(challenges, (message) => challengeHash(domain, message) === viemDigest(CHALLENGE_TYPE, message)));
  });

  test('Draw', () => {
    const type = 'Draw(bytes32 challengeHash,bytes32 commitment,bytes32 drawHash)';
    const draws = fc.record({ challengeHash: hexOf(32), commitment: hexOf(32), drawHash: hexOf(32) });
    fc.assert(fc.property(draws, (message) => drawDigest(domain, message) === viemDigest(type, message)));
  });

  test('Start', () => {
    const starts = fc.record({ challengeHash: hexOf(32), start: hexOf(32) });
    fc.assert(fc.property(starts, (message) => startDigest(domain, message) === viemDigest(golden.start.typeString, message)));
  });

  test('EpochReport: struct hash and digest', () => {
    fc.assert(
      fc.property(reports, (message) => {
        expect(reportHash(message)).toBe(viemStruct(EPOCH_REPORT_TYPE, message));
        expect(reportDigest(domain, message)).toBe(viemDigest(EPOCH_REPORT_TYPE, message));
      }),
    );
  });

  test('AuditRecord, names hashed as their codes', () => {
    fc.assert(
      fc.property(records, (record) => {
        const coded = { ...record, outcome: OUTCOME[record.outcome], reason: REASON[record.reason] };
        expect(recordHash(record)).toBe(viemStruct(AUDIT_RECORD_TYPE, coded));
      }),
    );
  });

  test('another chain or registry is another digest', () => {
    const { message } = golden.challenge;
    const others = [{ ...domain, chainId: 1 }, { ...domain, registry: address('other') }, domain];
    expect(new Set(others.map((other) => challengeHash(other, message))).size).toBe(3);
  });
});

describe('signatures', { timeout: 60_000 }, () => {
  const secret = bytes32('signer');
  const digest = toHex(bytes32('digest'));
  const good = signDigest(digest, secret);
  const withByte = (at: number, value: number): Hex => toHex(fromHex(good).with(at, value));

  test('any key and digest: the account and bytes that viem has', async () => {
    await fc.assert(
      fc.asyncProperty(key, hexOf(32), async (bytes, hash) => {
        const account = privateKeyToAccount(toHex(bytes));
        const signature = signDigest(hash, bytes);
        expect(signature).toBe(await account.sign({ hash }));
        expect([signerAddress(bytes), recoverSigner(hash, signature)]).toEqual([
          account.address.toLowerCase(),
          account.address.toLowerCase(),
        ]);
      }),
      { numRuns: 20 },
    );
  });

  test('another digest recovers another address or none', () => {
    expect(recoverSigner(digest, good)).toBe(signerAddress(secret));
    expect(recoverSigner(toHex(bytes32('other')), good)).not.toBe(signerAddress(secret));
  });

  test('the high-s twin of a signature is refused', () => {
    const s = secp256k1.Point.Fn.ORDER - BigInt(toHex(fromHex(good).subarray(32, 64)));
    const v = fromHex(good)[64] === 27 ? 28 : 27;
    const twin = concat(fromHex(good).subarray(0, 32), fromHex(`0x${s.toString(16).padStart(64, '0')}`), Uint8Array.of(v));
    const parsed = secp256k1.Signature.fromBytes(concat(Uint8Array.of(v - 27), twin.subarray(0, 64)), 'recovered');
    const point = parsed.recoverPublicKey(fromHex(digest)).toBytes(false);
    expect(toHex(point)).toBe(toHex(secp256k1.getPublicKey(secret, false))); // it would recover, were it allowed
    expect(recoverSigner(digest, toHex(twin))).toBeNull();
  });

  const order = `0x${secp256k1.Point.Fn.ORDER.toString(16)}` as const;
  test.each<[string, Hex]>([
    ['empty', '0x'],
    ['a byte short', good.slice(0, -2) as Hex],
    ['a byte long', `${good}00`],
    ['v 0', withByte(64, 0)],
    ['v 1', withByte(64, 1)],
    ['v 29', withByte(64, 29)],
    ['r zero', `0x${'00'.repeat(32)}${good.slice(66)}`],
    ['s zero', `0x${good.slice(2, 66)}${'00'.repeat(32)}1b`],
    ['r the group order', `${order}${good.slice(66)}`],
    ['r above the order', `0x${'ff'.repeat(32)}${good.slice(66)}`],
    ['all zero', `0x${'00'.repeat(65)}`],
    ['no hex', '0xzz'],
  ])('malformed gives null: %s', (_, signature) => {
    expect(recoverSigner(digest, signature)).toBeNull();
  });

  test('any 65 bytes never throw', () => {
    fc.assert(fc.property(hexOf(65), (signature) => recoverSigner(digest, signature) !== signerAddress(secret)));
  });
});
