// What is found while mirroring and proves a fault is kept with all that proves it; what proves nothing is not.
import { describe, expect, it } from 'vitest';
import { concat, toHex, type Hex } from '../../../../protocol/bytes.ts';
import { challengeHash } from '../../../../protocol/challenge.ts';
import { faultKey } from '../../../../protocol/faults.ts';
import { sha256 } from '../../../../protocol/hash.ts';
import {
  decodeChallengeMessage,
  decodeCommitmentMessage,
  encodeChallengeMessage,
  encodeOpeningMessage,
} from '../../../../protocol/messages.ts';
import { commitmentPayload, drawHash, openingPayload, verifyReceipt } from '../../../../protocol/receipts.ts';
import { decodeDrawMessage } from '../../../../protocol/messages.ts';
import type { AuditRow } from '../../../../protocol/record.ts';
import { reportDigest, reportHash } from '../../../../protocol/report.ts';
import { MEMBER_STEP } from '../../../../protocol/schedule.ts';
import { recoverSigner, signDigest } from '../../../../protocol/signer.ts';
import { decodeTranscript, encodeTranscript } from '../../../../protocol/transcript.ts';
import type { Fault, FaultProof } from '../../../../workers/services/network/ports.ts';
import { mirrorDue } from '../../../../workers/services/network/mirror.ts';
import { sealEpoch, type EpochFixture } from '../../../support/epoch.ts';
import { testNodeKey } from '../../../support/node-key.ts';
import { rowWith } from '../../../support/replay.ts';
import {
  EPOCH,
  REVEALED_MS,
  honest,
  honestPeers,
  jsonBytes,
  observerOf,
  operatorOf,
  peersWith,
  versed,
  type Observer,
} from './rig.ts';

const OTHER: Hex = `0x${'77'.repeat(32)}`;
const PATIENT = { timeout: 30_000 };
const PATH = `/v1/epochs/${EPOCH}/report`;

async function faultsOf(observer: Observer): Promise<Fault[]> {
  await mirrorDue(versed(observer).context, REVEALED_MS);
  return [...observer.stored.faults.values()];
}

function proofOf<K extends FaultProof['kind']>(faults: readonly Fault[], kind: K): Extract<FaultProof, { kind: K }> {
  const [fault] = faults;
  if (faults.length !== 1 || fault?.proof.kind !== kind) throw new Error(`expected one fault of kind ${kind}`);
  return fault.proof as Extract<FaultProof, { kind: K }>;
}

describe('a second report', PATIENT, () => {
  const { facts, world } = honest(1);
  const other = { ...facts.report, done: facts.report.done - 1 };
  const signed = (report: typeof other, key = world.signerKey) => ({
    report,
    signature: signDigest(reportDigest(facts.domain, report), key),
  });

  it('that a validator signed and serves is evidence, and no reason to refuse its archive', async () => {
    const observer = observerOf(honestPeers());
    observer.served[1]?.set(PATH, jsonBytes(signed(other)));
    const faults = await faultsOf(observer);
    const proof = proofOf(faults, 'two-reports');
    expect(faults[0]).toMatchObject({ offender: operatorOf(1), epoch: EPOCH, state: 'found' });
    expect(faults[0]?.faultKey).toBe(faultKey({ kind: 'reports', validator: operatorOf(1), epoch: EPOCH }));
    expect(reportHash(proof.a.report)).not.toBe(reportHash(proof.b.report));
    for (const { report, signature } of [proof.a, proof.b]) {
      expect(recoverSigner(reportDigest(facts.domain, report), signature)).toBe(facts.signer);
    }
    expect(observer.stateOf(1)?.state).toBe('verified');
  });

  it.each([
    ['the one on chain', signed(facts.report)],
    ['signed by another key', signed(other, new Uint8Array(32).fill(9))],
    ['of another epoch', signed({ ...other, epoch: EPOCH + 1 })],
    ['of another validator', signed({ ...other, validator: operatorOf(2) })],
    ['no report', { report: 'none' }],
  ])('proves nothing if it is %s', async (_, told) => {
    const observer = observerOf(honestPeers());
    observer.served[1]?.set(PATH, jsonBytes(told));
    expect(await faultsOf(observer)).toEqual([]);
  });
});

/** The epoch with one record's challenge sent to another node, as a member or in the drawn one's place; transcript and record fit. */
function misdirected(signerKey: Uint8Array, place = 0): { fixture: EpochFixture; row: AuditRow } {
  const base = honest(1);
  const row = rowWith(base, 'none');
  const victim = base.world.nodes.find(({ index, retired }) => index !== row.nodeIndex && !retired);
  if (victim === undefined) throw new Error('no other node');
  const before = decodeTranscript(base.transcripts.get(row.transcriptHash) ?? new Uint8Array());
  const { domain, challenge, params } = decodeChallengeMessage(before.challenge);
  const draw = row.draw + place * MEMBER_STEP;
  const wrong = { ...challenge, draw, nodeId: victim.nodeId };
  const hash = challengeHash(domain, wrong);
  const message = encodeChallengeMessage({ domain, challenge: wrong, params, signature: signDigest(hash, signerKey) });
  const transcript = encodeTranscript({ ...before, challenge: message });
  const transcriptHash = toHex(sha256(transcript));
  const changed = { ...row, draw, nodeIndex: victim.index, nodeId: victim.nodeId, challengeHash: hash, transcriptHash };
  const mixed = base.rows.map((candidate) => (candidate === row ? changed : candidate));
  const rows = mixed.toSorted((a, b) => a.slot - b.slot || a.draw - b.draw);
  const fixture = sealEpoch(base.world, rows, new Map([...base.transcripts, [transcriptHash, transcript]]));
  return { fixture, row: changed };
}

describe('a challenge that was not drawn', PATIENT, () => {
  it('is found by the check of the draws, and its transcript is the proof', async () => {
    const { fixture, row } = misdirected(honest(1).world.signerKey);
    const observer = observerOf(peersWith(fixture));
    const faults = await faultsOf(observer);
    expect(observer.stateOf(1)).toMatchObject({ state: 'failed', check: 'due draws' });
    const proof = proofOf(faults, 'undrawn');
    expect(faults[0]?.faultKey).toBe(faultKey({ kind: 'undrawn', validator: operatorOf(1), epoch: EPOCH }));
    expect(proof.challenge).toMatchObject({ slot: row.slot, draw: row.draw, nodeId: row.nodeId });
    expect(proof.report).toEqual(fixture.facts.report);
    expect(proof.beacon).toEqual(fixture.manifest.beacon);
    const { domain, signer } = fixture.facts;
    expect(recoverSigner(challengeHash(domain, proof.challenge), proof.signature)).toBe(signer);
  });

  it('is one under a member’s number that no cohort has', async () => {
    const { fixture, row } = misdirected(honest(1).world.signerKey, 6);
    const observer = observerOf(peersWith(fixture));
    const proof = proofOf(await faultsOf(observer), 'undrawn');
    expect(proof.challenge).toMatchObject({ slot: row.slot, draw: row.draw, nodeId: row.nodeId });
  });

  it('is no fault to the chain where it goes to another node of the operator as a member: the archive fails all the same', async () => {
    const { fixture } = misdirected(honest(1).world.signerKey, 1);
    const observer = observerOf(peersWith(fixture));
    expect(await faultsOf(observer)).toEqual([]);
    expect(observer.stateOf(1)).toMatchObject({ state: 'failed', check: 'due draws' });
  });

  it('proves nothing without the validator’s own signature', async () => {
    const { fixture } = misdirected(new Uint8Array(32).fill(99));
    const observer = observerOf(peersWith(fixture));
    expect(await faultsOf(observer)).toEqual([]);
    expect(observer.stateOf(1)).toMatchObject({ state: 'failed', check: 'due draws' });
  });

  it('whose transcript nobody serves is an archive that fails, and no fault', async () => {
    const { fixture, row } = misdirected(honest(1).world.signerKey);
    const observer = observerOf(peersWith(fixture));
    observer.served[1]?.delete(`/v1/audits/${EPOCH}-${row.slot}-${row.draw}/transcript`);
    expect(await faultsOf(observer)).toEqual([]);
    expect(observer.stateOf(1)?.state).toBe('failed');
  });
});

/** Our own epoch with the equivocator's second answer signed over its other commitment. */
function doubled(over: 'sent' | 'other'): { fixture: EpochFixture; row: AuditRow; other: Hex } {
  const base = honest(0);
  const row = rowWith(base, 'equivocation');
  const other = OTHER;
  const before = decodeTranscript(base.transcripts.get(row.transcriptHash) ?? new Uint8Array());
  const first = decodeCommitmentMessage(before.commitment);
  const { positions } = decodeDrawMessage(before.draw);
  const openings = new Uint8Array([0, 0]);
  const drawn = drawHash(row.challengeHash, over === 'sent' ? first.commitment : other, positions);
  const payload = openingPayload(base.world.domain, row.challengeHash, other, drawn, toHex(sha256(openings)));
  const signature = testNodeKey(row.nodeIndex).sign(payload);
  const opening = encodeOpeningMessage({ challengeHash: row.challengeHash, commitment: other, signature, openings });
  const transcript = encodeTranscript({ ...before, opening });
  const transcriptHash = toHex(sha256(transcript));
  const rows = base.rows.map((candidate) => (candidate === row ? { ...row, transcriptHash } : candidate));
  const fixture = sealEpoch(base.world, rows, new Map([...base.transcripts, [transcriptHash, transcript]]));
  return { fixture, row, other };
}

describe('a node that signs two commitments for one challenge', PATIENT, () => {
  it.each(['sent', 'other'] as const)('is proven by its two receipts in our own archive (over the draw %s)', async (over) => {
    const { fixture, row, other } = doubled(over);
    const faults = await faultsOf(observerOf([fixture, honest(1), honest(2), honest(3)]));
    const { a, b, ...proof } = proofOf(faults, 'two-receipts');
    expect(proof).toEqual({ kind: 'two-receipts', nodeId: row.nodeId, challengeHash: row.challengeHash });
    expect(faults[0]).toMatchObject({ offender: row.nodeId, epoch: EPOCH });
    expect(faults[0]?.faultKey).toBe(faultKey({ kind: 'receipts', nodeId: row.nodeId, challengeHash: row.challengeHash }));
    const { publicKey } = testNodeKey(row.nodeIndex);
    const { domain } = fixture.facts;
    if (a.type !== 'commitment' || b.type !== 'opening') throw new Error('other receipts than expected');
    expect([a.commitment, b.commitment]).toEqual([row.commitment, other]);
    expect(verifyReceipt(publicKey, commitmentPayload(domain, row.nodeId, row.challengeHash, a.commitment), a.signature)).toBe(
      true,
    );
    const payload = openingPayload(domain, row.challengeHash, b.commitment, b.drawHash, b.openingHash);
    expect(verifyReceipt(publicKey, payload, b.signature)).toBe(true);
  });

  it('is not proven by words that it did not sign', async () => {
    const observer = observerOf(honestPeers()); // its cast has an equivocator whose receipt is for its first commitment
    expect(honest(0).rows.some(({ reason }) => reason === 'equivocation')).toBe(true);
    expect(await faultsOf(observer)).toEqual([]);
  });

  it('is not proven by bytes that are no transcript', async () => {
    const base = honest(1);
    const row = rowWith(base, 'none');
    const bytes = concat(new Uint8Array([5, 1, 9, 9]));
    const transcriptHash = toHex(sha256(bytes));
    const rows = base.rows.map((candidate) => (candidate === row ? { ...row, nodeId: OTHER, transcriptHash } : candidate));
    const fixture = sealEpoch(base.world, rows, new Map([...base.transcripts, [transcriptHash, bytes]]));
    const observer = observerOf(peersWith(fixture));
    expect(await faultsOf(observer)).toEqual([]);
    expect(observer.stateOf(1)?.state).toBe('failed');
  });
});
