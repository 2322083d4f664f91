// The judge on kinds 2 and 5: ready, the timed commitment, openings of memory, presence; each thing that can be wrong with an answer,
// with the reason of section 10, in its order. What a node sends comes from the fixtures of test/support.
import { describe, expect, test } from 'vitest';
import { ZERO32, concat, toHex, type Hex } from '../../../protocol/bytes.ts';
import { KIND_GEMM, KIND_PRESENCE, KIND_VRAM } from '../../../protocol/challenge.ts';
import { presenceCommitment } from '../../../protocol/challenges/presence.ts';
import { startOf } from '../../../protocol/challenges/vram/start.ts';
import { expandCache } from '../../../protocol/challenges/vram/data.ts';
import { dueCase } from '../../../protocol/due.ts';
import { sha256 } from '../../../protocol/hash.ts';
import { drawFor, judgeCommitment, judgeOpening, judgeRate, judgeReady } from '../../../protocol/judge.ts';
import { encodeReadyMessage } from '../../../protocol/messages.ts';
import { publicCheck, vramOpenings } from '../../../protocol/openings-check.ts';
import type { Reason } from '../../../protocol/verdict.ts';
import { busyBytes, commitmentBytes, openingBytes } from '../../support/answers.ts';
import type { Stage } from '../../support/behaviour-names.ts';
import { mixedWorld, stageOf, worldDue } from '../../support/epoch.ts';
import { prove, type Proof } from '../../support/provers.ts';
import { flipped, word } from './support.ts';

const world = mixedWorld();
const due = worldDue(world);
const OTHER = word('another');

function stageOfKind(kind: number): Stage {
  const item = due.find(({ draw }) => draw.kind === kind);
  if (item === undefined) throw new Error('no draw of that kind');
  return stageOf(world, item);
}

const vram = stageOfKind(KIND_VRAM);
const present = stageOfKind(KIND_PRESENCE);

describe('a due draw’s case', () => {
  test.each([
    [KIND_GEMM, 1000],
    [KIND_VRAM, 1500],
    [KIND_PRESENCE, 800],
  ])('of kind %i is what its auditor sends', (kind, deadlineMs) => {
    const item = due.find(({ draw }) => draw.kind === kind);
    if (item === undefined) throw new Error('no draw of that kind');
    const { audit, seed } = stageOf(world, item);
    const { domain, task, challenge, startedAt } = audit;
    const made = dueCase({
      ...{ domain, validator: world.validator, plan: { epoch: world.epoch, seed }, due: item, task, startedAt },
      randomness: OTHER,
    });
    expect(made).toMatchObject({ domain, task, startedAt, publicKey: audit.publicKey });
    expect(made.challenge).toMatchObject({ ...challenge, nonce: made.challenge.nonce });
    expect(made.challenge.nonce).not.toBe(challenge.nonce); // another freshness round
    expect(made.start).toBe(kind === KIND_VRAM ? startOf(seed, made.challengeHash) : ZERO32);
    expect(made.challenge.deadline - startedAt).toBe(deadlineMs);
  });
});

describe('ready', () => {
  const { audit } = vram;
  const ready = encodeReadyMessage(audit);
  const cases: [string, Uint8Array, Reason][] = [
    ['as it must be', ready, 'none'],
    ['nothing', new Uint8Array(), 'no_commitment'],
    ['a byte too many', concat(ready, Uint8Array.of(0)), 'no_commitment'],
    ['a byte too few', ready.subarray(0, -1), 'no_commitment'],
    ['a commitment', commitmentBytes(vram, 'honest', prove(vram, 'honest')), 'no_commitment'],
    ['another challenge’s', encodeReadyMessage({ challengeHash: OTHER }), 'stale'],
  ];
  test.each(cases)('%s', (_, bytes, reason) => {
    expect(judgeReady(audit, bytes)).toBe(reason);
  });
});

describe('the commitment of passes', () => {
  const { audit } = vram;
  const honest = prove(vram, 'honest');
  const answer = (change: Partial<Proof>): Uint8Array => commitmentBytes(vram, 'honest', { ...honest, ...change });
  const restarted = prove({ ...vram, audit: { ...audit, start: OTHER } }, 'honest');
  const cases: [string, Uint8Array, Reason][] = [
    ['nothing', new Uint8Array(), 'no_commitment'],
    ['ready once more', encodeReadyMessage(audit), 'no_commitment'],
    ['busy, when it is too late', busyBytes(vram), 'no_commitment'],
    ['another node’s', commitmentBytes(vram, 'imposter', honest), 'identity_mismatch'],
    ['to another challenge', commitmentBytes(vram, 'stale', honest), 'stale'],
    ['signed over something else', commitmentBytes(vram, 'unsigned', honest), 'bad_receipt'],
    ['not the hash of its roots', commitmentBytes(vram, 'rootless', honest), 'no_commitment'],
    ['of another start', answer(restarted), 'no_commitment'],
    ['a root too few', answer({ roots: honest.roots.slice(1) }), 'no_commitment'],
    ['roots in another order', answer({ roots: honest.roots.toReversed() }), 'no_commitment'],
    ['a hash of the nonce alone', answer({ roots: [], commitment: presenceCommitment(audit.challenge.nonce) }), 'no_commitment'],
  ];
  test.each(cases)('%s', (_, bytes, reason) => {
    expect(judgeCommitment(audit, bytes)).toBe(reason);
  });

  test('is accepted when it is right, and never with any one bit changed', () => {
    const bytes = answer({});
    expect(judgeCommitment(audit, bytes)).toEqual({ commitment: honest.commitment, roots: honest.roots });
    for (let at = 0; at < bytes.length; at++)
      expect(typeof judgeCommitment(audit, flipped(bytes, at, 1 << (at % 8)))).toBe('string');
  });
});

describe('the openings of memory', () => {
  const { audit, seed } = vram;
  if (audit.task.kind !== KIND_VRAM) throw new Error('not of kind 2');
  const { task } = audit;

  function verdict(behaviour: Parameters<typeof openingBytes>[1], change: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes) {
    const proof = prove(vram, behaviour);
    const drawn = drawFor(audit, seed, proof.commitment);
    const bytes = change(openingBytes(vram, behaviour, proof, drawn));
    const checks = [publicCheck(task), vramOpenings(task, expandCache(task.params))];
    const [judged, again] = checks.map((check) => judgeOpening(audit, proof, drawn, bytes, check));
    expect(again).toEqual(judged);
    return { ...judged, hash: toHex(sha256(bytes.subarray(130))), positions: drawn.positions };
  }

  test('pass, and are k pages, as many in every pass', () => {
    const { reason, openingHash, hash, positions } = verdict('honest');
    expect([reason, openingHash]).toEqual(['none', hash]);
    const { openings, passes } = task.params;
    expect(positions).toHaveLength(openings);
    for (let pass = 0; pass < passes; pass++) {
      const pages = positions.filter(({ round }) => round === pass).map(({ leaf }) => leaf);
      expect(new Set(pages).size).toBe(openings / passes);
      expect(Math.max(...pages)).toBeLessThan(task.params.pages);
    }
  });

  test.each([
    ['wrong', 'wrong_result', true],
    ['misplaced', 'bad_opening', true],
    ['unsignedOpening', 'bad_receipt', false],
    ['equivocator', 'equivocation', false],
  ] as const)('%s: %s', (behaviour, reason, hasReceipt) => {
    const judged = verdict(behaviour);
    expect(judged.reason).toBe(reason);
    expect(judged.openingHash).toBe(hasReceipt ? judged.hash : ZERO32);
  });

  test('cut short, of another challenge, or followed by a byte', () => {
    expect(verdict('honest', (bytes) => bytes.subarray(0, 100))).toMatchObject({ reason: 'bad_opening', openingHash: ZERO32 });
    expect(verdict('honest', (bytes) => flipped(bytes, 5))).toMatchObject({ reason: 'bad_opening', openingHash: ZERO32 });
    expect(verdict('honest', (bytes) => concat(bytes, Uint8Array.of(0))).reason).toBe('bad_receipt');
  });

  test('are fast enough or below the claim by bytes a second', () => {
    const bytes = BigInt(1024 * 70 * 2);
    const measure = Number((bytes * 930_572n) / (1000n * 17n));
    const at = (floorBytesPerSecond: number) => judgeRate({ task: { ...task, job: { ...task.job, floorBytesPerSecond } } }, 17);
    expect(at(measure)).toEqual({ measure, reason: 'none' });
    expect(at(measure + 1)).toEqual({ measure, reason: 'below_claim' });
  });
});

describe('presence', () => {
  const { audit } = present;
  const answer = (change: Partial<Proof> = {}): Uint8Array =>
    commitmentBytes(present, 'honest', { ...prove(present, 'honest'), ...change });
  const with1: Hex = toHex(sha256(new Uint8Array(32)));
  const cases: [string, Uint8Array, Reason][] = [
    ['nothing', new Uint8Array(), 'no_commitment'],
    ['ready', encodeReadyMessage(audit), 'no_commitment'],
    ['busy', busyBytes(present), 'no_commitment'],
    ['another node’s', commitmentBytes(present, 'imposter', prove(present, 'honest')), 'identity_mismatch'],
    ['to another challenge', commitmentBytes(present, 'stale', prove(present, 'honest')), 'stale'],
    ['badly signed', commitmentBytes(present, 'unsigned', prove(present, 'honest')), 'bad_receipt'],
    ['of another nonce', answer({ commitment: presenceCommitment(OTHER) }), 'no_commitment'],
    ['of no nonce', answer({ commitment: with1 }), 'no_commitment'],
    ['with a root', answer({ roots: [new Uint8Array(32)] }), 'no_commitment'],
  ];
  test.each(cases)('%s', (_, bytes, reason) => {
    expect(judgeCommitment(audit, bytes)).toBe(reason);
  });

  test('is the hash of the nonce, signed; it has neither positions nor openings nor a measure', () => {
    const commitment = presenceCommitment(audit.challenge.nonce);
    expect(judgeCommitment(audit, answer())).toEqual({ commitment, roots: [] });
    expect(drawFor(audit, present.seed, commitment).positions).toEqual([]);
    expect(
      publicCheck(audit.task)({ nodeId: OTHER, nonce: OTHER, start: ZERO32, roots: [], positions: [] }, new Uint8Array()),
    ).toBe('bad_opening');
    expect(judgeRate(audit, 1)).toEqual({ measure: 0, reason: 'none' });
  });
});
