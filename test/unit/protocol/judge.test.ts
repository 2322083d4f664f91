// A real audit from challenge to verdict, node and validator with their own keys; then each thing that can be wrong with the
// two answers, with the reason that section 10 of docs/protocol.md gives it, in its order.
import { p256 } from '@noble/curves/nist.js';
import { describe, expect, test } from 'vitest';
import { ZERO32, concat, fromHex, toHex, type Hex } from '../../../protocol/bytes.ts';
import { KIND_GEMM, challengeHash as hashChallenge, deriveNonce, type Challenge } from '../../../protocol/challenge.ts';
import { fullCheck, secretCheck } from '../../../protocol/challenges/gemm/check.ts';
import { expandMatrixB } from '../../../protocol/challenges/gemm/matrix.ts';
import { gemmOps } from '../../../protocol/challenges/gemm/params.ts';
import { commitGemm, gemmCommitment, multiplyRound, type GemmProof } from '../../../protocol/challenges/gemm/prove.ts';
import { gemmSecrets } from '../../../protocol/challenges/gemm/secrets.ts';
import { sha256 } from '../../../protocol/hash.ts';
import { drawFor, judgeCommitment, judgeOpening, judgeRate, type AuditCase, type Committed } from '../../../protocol/judge.ts';
import {
  decodeChallengeMessage,
  encodeChallengeMessage,
  encodeCommitmentMessage,
  encodeOpeningMessage,
} from '../../../protocol/messages.ts';
import { gemmOpenings } from '../../../protocol/openings-check.ts';
import { commitmentPayload, nodeIdOf, openingPayload, verifyReceipt, type PublicKey } from '../../../protocol/receipts.ts';
import { recoverSigner, signDigest, signerAddress } from '../../../protocol/signer.ts';
import { taskOf } from '../../../protocol/task.ts';
import type { Reason } from '../../../protocol/verdict.ts';
import { address, bytes32, domain, flipped, policy, word } from './support.ts';

const [demo] = policy.classes;
if (demo === undefined) throw new Error('the policy has a class');
const beacon = word('beacon');
const seed = word('seed');
const task = taskOf({ policy, gpuClass: demo, kind: KIND_GEMM, region: 0, beacon });
if (task.kind !== KIND_GEMM) throw new Error('a task of kind 1');
const { params, job, bytes: paramsBytes, paramsHash } = task;
const secretKey = bytes32('node');
const point = p256.getPublicKey(secretKey, false);
const publicKey: PublicKey = { x: toHex(point.subarray(1, 33)), y: toHex(point.subarray(33)) };
const nodeId = nodeIdOf(publicKey);

const place = {
  epoch: 7,
  slot: 3,
  draw: 1,
  validator: address('validator'),
  nodeId,
  kind: KIND_GEMM,
  paramsHash,
};
const nonce = deriveNonce(domain, seed, word('round'), place);
const challenge: Challenge = { ...place, nonce, deadline: 1_760_000_004_000 };
const audit: AuditCase = {
  ...{ domain, challenge, challengeHash: hashChallenge(domain, challenge), task, start: ZERO32 },
  ...{ startedAt: 1_760_000_000_000, publicKey },
};
const b = expandMatrixB(params);
const honest = commitGemm(params, nonce, (_, current) => multiplyRound(params, b, current));

const sign = (payload: Uint8Array, key = secretKey): Hex => toHex(p256.sign(payload, key, { lowS: true, prehash: true }));

type First = { nodeId: Hex; challengeHash: Hex; commitment: Hex; roots: readonly Uint8Array[]; key: Uint8Array };
/** The node's first answer; whatever is claimed is also what is signed. */
function first(change: Partial<First> = {}, proof: GemmProof = honest): Uint8Array {
  const claim = {
    nodeId,
    challengeHash: audit.challengeHash,
    commitment: proof.commitment,
    roots: proof.roots,
    key: secretKey,
    ...change,
  };
  const signature = sign(commitmentPayload(domain, claim.nodeId, claim.challengeHash, claim.commitment), claim.key);
  return encodeCommitmentMessage({ ...claim, signature });
}

function committed(proof: GemmProof = honest): Committed {
  const verdict = judgeCommitment(audit, first({}, proof));
  if (typeof verdict === 'string') throw new Error(verdict);
  return verdict;
}

type Second = { challengeHash: Hex; commitment: Hex; openings: Uint8Array; signed: Uint8Array; drawn: Hex; key: Uint8Array };
const draw = drawFor(audit, seed, honest.commitment);
/** The node's second answer to the honest draw. */
function second(change: Partial<Second> = {}, proof: GemmProof = honest): Uint8Array {
  const drawn = drawFor(audit, seed, proof.commitment);
  const openings = change.openings ?? proof.open(drawn.positions);
  const claim = {
    challengeHash: audit.challengeHash,
    commitment: proof.commitment,
    drawn: drawn.hash,
    key: secretKey,
    signed: openings,
    ...change,
  };
  const payload = openingPayload(domain, claim.challengeHash, claim.commitment, claim.drawn, toHex(sha256(claim.signed)));
  return encodeOpeningMessage({ ...claim, openings, signature: sign(payload, claim.key) });
}

const checks = [fullCheck(params), secretCheck(params, gemmSecrets(seed, params))].map((check) => gemmOpenings(task, check));
/** The reason that both checks give, and the opening hash. */
function verdict(bytes: Uint8Array, proof: GemmProof = honest): { reason: Reason; openingHash: Hex } {
  const own = drawFor(audit, seed, proof.commitment);
  const [full, secret] = checks.map((check) => judgeOpening(audit, committed(proof), own, bytes, check));
  if (full === undefined || secret === undefined) throw new Error('two checks');
  expect(secret).toEqual(full);
  return full;
}

describe('an honest audit', () => {
  test('passes, and both receipts and the opening hash are kept', () => {
    expect(judgeCommitment(audit, first())).toEqual({ commitment: honest.commitment, roots: honest.roots });
    expect(draw.positions.length).toBe(job.openings + 1);
    expect(verdict(second())).toEqual({ reason: 'none', openingHash: toHex(sha256(honest.open(draw.positions))) });
  });

  test('starts with a challenge that the validator’s signer signed', () => {
    const signer = bytes32('signer');
    const signature = signDigest(audit.challengeHash, signer);
    expect(recoverSigner(audit.challengeHash, signature)).toBe(signerAddress(signer));
    const sent = encodeChallengeMessage({ domain, challenge, params: paramsBytes, signature });
    expect(decodeChallengeMessage(sent)).toEqual({ domain, challenge, params: paramsBytes, signature });
  });
});

describe('the first answer', () => {
  const bad = honest.roots.map((root) => flipped(root, 0));
  const cases: [string, Uint8Array, Reason][] = [
    ['nothing', new Uint8Array(), 'no_commitment'],
    ['a byte too many', concat(first(), Uint8Array.of(0)), 'no_commitment'],
    ['cut short', first().subarray(0, -1), 'no_commitment'],
    ['an opening message', second(), 'no_commitment'],
    ['another node’s', first({ nodeId: word('another node') }), 'identity_mismatch'],
    [
      'another node’s, to another challenge',
      first({ nodeId: word('another node'), challengeHash: word('older') }),
      'identity_mismatch',
    ],
    ['to another challenge', first({ challengeHash: word('older challenge') }), 'stale'],
    [
      'to another challenge, badly signed',
      first({ challengeHash: word('older challenge'), key: bytes32('another key') }),
      'stale',
    ],
    ['signed with another key', first({ key: bytes32('another key') }), 'bad_receipt'],
    ['badly signed and of the wrong length', first({ key: bytes32('another key'), roots: [] }), 'bad_receipt'],
    ['without roots', first({ roots: [] }), 'no_commitment'],
    [
      'a root too few',
      first({ roots: honest.roots.slice(1), commitment: gemmCommitment(nonce, honest.roots.slice(1)) }),
      'no_commitment',
    ],
    ['a root too many', first({ roots: [...honest.roots, bytes32('root')] }), 'no_commitment'],
    ['roots that the commitment is not of', first({ roots: bad }), 'no_commitment'],
    ['roots in another order', first({ roots: honest.roots.toReversed() }), 'no_commitment'],
    ['a commitment for another nonce', first({ commitment: gemmCommitment(word('nonce'), honest.roots) }), 'no_commitment'],
  ];

  test.each(cases)('%s', (_, bytes, reason) => {
    expect(judgeCommitment(audit, bytes)).toBe(reason);
  });

  test('with the high-s twin of its signature is a bad receipt', () => {
    const bytes = first();
    const s = p256.Point.Fn.ORDER - BigInt(toHex(bytes.subarray(130, 162)));
    const twin = concat(bytes.subarray(0, 130), fromHex(`0x${s.toString(16).padStart(64, '0')}`), bytes.subarray(162));
    expect(judgeCommitment(audit, twin)).toBe('bad_receipt');
  });

  test('with any one bit changed never passes', () => {
    const bytes = first();
    for (let at = 0; at < bytes.length; at++)
      expect(typeof judgeCommitment(audit, flipped(bytes, at, 1 << (at % 8)))).toBe('string');
  });
});

describe('the second answer', () => {
  const openings = honest.open(draw.positions);
  const cases: [string, Uint8Array, Reason][] = [
    ['nothing', new Uint8Array(), 'bad_opening'],
    ['a commitment message', first(), 'bad_opening'],
    ['to another challenge', second({ challengeHash: word('older challenge') }), 'bad_opening'],
    ['to another challenge and commitment', second({ challengeHash: word('older'), commitment: word('other') }), 'bad_opening'],
    ['for another commitment', second({ commitment: word('other') }), 'equivocation'],
    ['for another commitment, badly signed', second({ commitment: word('other'), key: bytes32('another key') }), 'equivocation'],
    ['signed with another key', second({ key: bytes32('another key') }), 'bad_receipt'],
    ['signed over another draw', second({ drawn: word('another draw') }), 'bad_receipt'],
    ['signed over other openings', second({ signed: flipped(openings, 40) }), 'bad_receipt'],
    ['badly signed and malformed', second({ key: bytes32('another key'), openings: new Uint8Array() }), 'bad_receipt'],
    ['no openings', second({ openings: Uint8Array.of(0, 0) }), 'bad_opening'],
    ['an empty body', second({ openings: new Uint8Array() }), 'bad_opening'],
    ['a changed value', second({ openings: flipped(openings, 40) }), 'bad_opening'],
    ['openings in another order', second({ openings: honest.open(draw.positions.toReversed()) }), 'bad_opening'],
    ['one opening less', second({ openings: honest.open(draw.positions.slice(1)) }), 'bad_opening'],
    ['a byte too many', second({ openings: concat(openings, Uint8Array.of(0)) }), 'bad_opening'],
  ];

  test.each(cases)('%s', (_, bytes, reason) => {
    const judged = verdict(bytes);
    expect(judged.reason).toBe(reason);
    const message = bytes.length > 130 ? bytes.subarray(130) : new Uint8Array();
    const receipt = verifyReceipt(
      publicKey,
      openingPayload(domain, audit.challengeHash, honest.commitment, draw.hash, toHex(sha256(message))),
      toHex(bytes.subarray(66, 130)),
    );
    // The opening hash is recorded if, and only if, the node answers for it.
    expect(judged.openingHash).toBe(receipt && bytes[0] === 4 ? toHex(sha256(message)) : ZERO32);
  });

  test('of wrong work is a wrong result, whichever round it is in', () => {
    for (const wrong of [0, 1]) {
      const proof = commitGemm(params, nonce, (round, current) => {
        const truth = multiplyRound(params, b, current);
        return round === wrong ? truth.map((value) => value + 1) : truth;
      });
      expect(verdict(second({}, proof), proof).reason).toBe('wrong_result');
    }
  });

  test('of right work in wrong data — another node’s nonce — is a wrong result', () => {
    const other = word('another nonce');
    const proof = commitGemm(params, other, (_, current) => multiplyRound(params, b, current));
    const commitment = gemmCommitment(nonce, proof.roots);
    expect(verdict(second({}, { ...proof, commitment }), { ...proof, commitment }).reason).toBe('bad_opening'); // digests hold the nonce
    const values = commitGemm(params, nonce, () => multiplyRound(params, b, other));
    expect(verdict(second({}, values), values).reason).toBe('wrong_result');
  });
});

describe('the rate', () => {
  const ops = gemmOps(params);

  test('is measured as documented, and judged against the class’s floor', () => {
    const elapsed = 1234;
    const measure = Number((ops * BigInt(job.proofPpm)) / (1000n * BigInt(elapsed)));
    const at = (floorOpsPerSecond: number) => judgeRate({ task: { ...task, job: { ...job, floorOpsPerSecond } } }, elapsed);
    expect(at(measure)).toEqual({ measure, reason: 'none' });
    expect(at(measure + 1)).toEqual({ measure, reason: 'below_claim' });
  });

  test('saturates at 2^53 − 1', () => {
    const large = { ...params, rows: 2 ** 24 - 1, columns: 65_536, depth: 16_384, rounds: 256 };
    const huge = { task: { ...task, params: large } };
    expect(judgeRate(huge, 1)).toEqual({ measure: Number.MAX_SAFE_INTEGER, reason: 'none' });
  });
});
