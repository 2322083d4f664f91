// The domain of audits on demand: its golden vector, and that nothing signed under it is worth anything where audits are counted.
import { describe, expect, test } from 'vitest';
import { fromHex, toHex, type Hex } from '../../../protocol/bytes.ts';
import { judgeBusy } from '../../../protocol/busy.ts';
import { challengeHash, type Challenge } from '../../../protocol/challenge.ts';
import { domainSeparator } from '../../../protocol/domain.ts';
import { judgeCommitment, type AuditCase } from '../../../protocol/judge.ts';
import { encodeBusyMessage, encodeChallengeMessage, encodeCommitmentMessage } from '../../../protocol/messages.ts';
import { commitmentPayload, drawDigest, verifyReceipt } from '../../../protocol/receipts.ts';
import { presenceCommitment } from '../../../protocol/challenges/presence.ts';
import { recordHash, type AuditRecord } from '../../../protocol/record.ts';
import { recoverSigner, signDigest, signerAddress } from '../../../protocol/signer.ts';
import { spotCase, spotDomain, spotDraw, spotNonce, spotRecordDigest } from '../../../protocol/spot.ts';
import { taskOf } from '../../../protocol/task.ts';
import { outcomeOf, reasonOf } from '../../../protocol/verdict.ts';
import { freshSigner } from '../../../gpu-runners/identity.ts';
import { busyPayload } from '../../../protocol/busy.ts';
import { bytes32, policy, vectors, word } from './support.ts';

type Signed<M> = { readonly message: M; readonly digest: Hex; readonly signature: Hex };
type Receipt = { readonly nodeId: Hex; readonly challengeHash: Hex; readonly commitment: Hex };
type Golden = {
  readonly domain: { readonly chainId: number; readonly registry: Hex };
  readonly domainSeparator: Hex;
  readonly seed: Hex;
  readonly nonce: Hex;
  readonly challenge: Signed<Challenge>;
  readonly draw: Signed<{ challengeHash: Hex; commitment: Hex; drawHash: Hex }>;
  readonly record: Signed<
    Omit<AuditRecord, 'outcome' | 'reason' | 'measure'> & { outcome: number; reason: number; measure: string }
  >;
  readonly commitment: { readonly message: Receipt; readonly payload: Hex; readonly signature: Hex };
};
const golden = vectors<Golden>('spot.json');
const scheduled = vectors<{ signer: { privateKey: Hex; address: Hex }; node: { x: Hex; y: Hex }; domainSeparator: Hex }>(
  'eip712.json',
);
const network = { chainId: golden.domain.chainId, registry: golden.domain.registry };

const gpuClass = policy.classes[0];
if (gpuClass === undefined) throw new Error('the policy has no class');
const node = freshSigner();
const secret = bytes32('a signer');

function caseOf(kind: number): AuditCase {
  const task = taskOf({ policy, gpuClass, kind, region: 0, beacon: word('beacon') } as Parameters<typeof taskOf>[0]);
  const asked = { epoch: 7, seed: word('seed'), node: { nodeId: node.nodeId, publicKey: node.publicKey }, task };
  return spotCase({ domain: network, validator: `0x${'0a'.repeat(20)}`, startedAt: 1_760_000_000_000, ...asked });
}

describe('golden vectors of the spot domain', () => {
  test('its separator, and another one than the schedule’s', () => {
    expect(toHex(domainSeparator(spotDomain(network)))).toBe(golden.domainSeparator);
    expect(toHex(domainSeparator(network))).toBe(scheduled.domainSeparator);
    expect(golden.domainSeparator).not.toBe(scheduled.domainSeparator);
  });

  test('nonce, Challenge, Draw, record and receipt: digest and signature, bit for bit', () => {
    expect(spotNonce(golden.seed)).toBe(golden.nonce);
    const { outcome, reason, measure, ...rest } = golden.record.message;
    const [named, why] = [outcomeOf(outcome), reasonOf(reason)];
    if (named === undefined || why === undefined) throw new Error('a code without a name');
    const record: AuditRecord = { ...rest, outcome: named, reason: why, measure: Number(measure) };
    const digests = [
      challengeHash(spotDomain(network), golden.challenge.message),
      drawDigest(spotDomain(network), golden.draw.message),
      spotRecordDigest(network, record),
    ];
    const expected = [golden.challenge, golden.draw, golden.record];
    expect(digests).toEqual(expected.map(({ digest }) => digest));
    const key = fromHex(scheduled.signer.privateKey, 32);
    expect(digests.map((digest) => signDigest(digest, key))).toEqual(expected.map(({ signature }) => signature));
    const { message, payload, signature } = golden.commitment;
    const own = commitmentPayload(spotDomain(network), message.nodeId, message.challengeHash, message.commitment);
    expect(toHex(own)).toBe(payload);
    expect(verifyReceipt(scheduled.node, own, signature)).toBe(true);
    const other = commitmentPayload(network, message.nodeId, message.challengeHash, message.commitment);
    expect(verifyReceipt(scheduled.node, other, signature)).toBe(false);
  });

  test('the draw’s number and the nonce follow from the seed, each seed’s are others', () => {
    const seeds = Array.from({ length: 50 }, (_, i) => word(`seed ${String(i)}`));
    expect(new Set(seeds.map(spotNonce)).size).toBe(50);
    expect(new Set(seeds.map(spotDraw)).size).toBe(50);
    expect(seeds.map(spotDraw).every((draw) => Number.isInteger(draw) && draw >= 0 && draw < 2 ** 32)).toBe(true);
  });
});

describe('what is signed for a spot is nothing in the schedule', () => {
  test('the challenge recovers to nobody’s signer, either way round', () => {
    const { challenge, challengeHash: hash } = caseOf(1);
    const signature = signDigest(hash, secret);
    expect(recoverSigner(challengeHash(spotDomain(network), challenge), signature)).toBe(signerAddress(secret));
    expect(recoverSigner(challengeHash(network, challenge), signature)).not.toBe(signerAddress(secret));
    const counted = signDigest(challengeHash(network, challenge), secret);
    expect(recoverSigner(hash, counted)).not.toBe(signerAddress(secret));
  });

  test('a receipt for a spot is a bad one for the scheduled challenge of the same content', () => {
    const spot = caseOf(5);
    const commitment = presenceCommitment(spot.challenge.nonce);
    const answer = (audit: AuditCase, signedAs: AuditCase) => {
      const { nodeId } = audit.challenge;
      const payload = commitmentPayload(signedAs.domain, nodeId, audit.challengeHash, commitment);
      const signature = toHex(node.sign(payload));
      return encodeCommitmentMessage({ nodeId, challengeHash: audit.challengeHash, commitment, signature, roots: [] });
    };
    const counted: AuditCase = { ...spot, domain: network, challengeHash: challengeHash(network, spot.challenge) };
    expect(judgeCommitment(spot, answer(spot, spot))).toEqual({ commitment, roots: [] });
    expect(judgeCommitment(counted, answer(spot, spot))).toBe('stale');
    expect(judgeCommitment(counted, answer(counted, spot))).toBe('bad_receipt');
    expect(judgeCommitment(spot, answer(spot, counted))).toBe('bad_receipt');
  });

  test('a spot is no rival that excuses a node from a scheduled job', () => {
    const spot = caseOf(1);
    const asked: AuditCase = {
      ...spot,
      domain: network,
      challenge: { ...spot.challenge, draw: 1 },
      challengeHash: challengeHash(network, { ...spot.challenge, draw: 1 }),
    };
    const excuse = (domain: typeof network) => {
      const rivalHash = challengeHash(domain, spot.challenge);
      const rival = encodeChallengeMessage({
        ...{ domain, challenge: spot.challenge, params: spot.task.bytes, signature: signDigest(rivalHash, secret) },
      });
      const counted = challengeHash(network, spot.challenge);
      const { nodeId } = spot.challenge;
      const payload = busyPayload(network, { nodeId, challengeHash: asked.challengeHash, rivalHash: counted });
      const signature = toHex(node.sign(payload));
      return encodeBusyMessage({ nodeId, challengeHash: asked.challengeHash, signature, rival });
    };
    const signerOf = () => signerAddress(secret);
    expect(judgeBusy(asked, excuse(network), signerOf)).toBe('busy'); // the same challenge, were it scheduled
    expect(judgeBusy(asked, excuse(spotDomain(network)), signerOf)).toBe('no_commitment');
  });

  test('a record’s signature is for its own domain alone', () => {
    const { outcome, reason, measure, ...rest } = golden.record.message;
    const named = { outcome: outcomeOf(outcome) ?? 'void', reason: reasonOf(reason) ?? 'none' } as const;
    const record: AuditRecord = { ...rest, ...named, measure: Number(measure) };
    expect(recoverSigner(spotRecordDigest(network, record), golden.record.signature)).toBe(scheduled.signer.address);
    expect(recoverSigner(recordHash(record), golden.record.signature)).not.toBe(scheduled.signer.address);
    const longer: AuditRecord = { ...record, elapsedMs: record.elapsedMs + 1 };
    expect(recoverSigner(spotRecordDigest(network, longer), golden.record.signature)).not.toBe(scheduled.signer.address);
  });
});
