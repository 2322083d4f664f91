// One lie at a time inside a transcript, sealed with a matching hash, so that only looking into it can find the lie.
import { describe, expect, it } from 'vitest';
import { ZERO32, concat, fromHex, type Hex } from '../../../protocol/bytes.ts';
import { KIND_GEMM } from '../../../protocol/challenge.ts';
import { gemmSecrets, passesSecrets } from '../../../protocol/challenges/gemm/secrets.ts';
import { secretCheck } from '../../../protocol/challenges/gemm/check.ts';
import { drawFor, judgeCommitment, judgeOpening } from '../../../protocol/judge.ts';
import { gemmOpenings, type OpeningsCheck } from '../../../protocol/openings-check.ts';
import { decodeTranscript, encodeTranscript } from '../../../protocol/transcript.ts';
import type { Reason } from '../../../protocol/verdict.ts';
import { flipped, playAudit } from '../../support/behaviours.ts';
import { buildEpoch, stageOf, testWorld, worldDue } from '../../support/epoch.ts';
import { secretKernel } from '../../support/forge.ts';
import { challengeBytes } from '../../support/requests.ts';
import { firstFailure, retold, rowWith, transcriptFailure, withRow, failureWithBytes } from '../../support/replay.ts';
import { COMMITMENT_LIES } from './commitment-lies.ts';

const epoch = buildEpoch();
const NOTHING = new Uint8Array(0);
const honest = rowWith(epoch, 'none');
const name = `slot ${String(honest.slot)} draw ${String(honest.draw)}`;
const honestBytes = epoch.transcripts.get(honest.transcriptHash) ?? NOTHING;

describe('a transcript that is not the one recorded', () => {
  it('is found by its hash', () => {
    const transcripts = new Map([[honest.transcriptHash, flipped(honestBytes, 50)]]);
    expect(transcriptFailure({ ...epoch, transcripts }, honest)).toMatch(new RegExp(`^${name} transcriptHash: expected 0x`));
  });

  it.each([
    ['another form', flipped(honestBytes, 0), 'not a transcript of version 2'],
    ['a byte too many', concat(honestBytes, Uint8Array.of(0)), '1 bytes too many'],
    ['a byte too few', honestBytes.subarray(0, -1), 'message ends after'],
    ['nothing', NOTHING, 'message ends after 0 bytes'],
  ])('is found by its form: %s', (_, bytes, failure) => {
    expect(failureWithBytes(epoch, honest, bytes)).toContain(`${name}: ${failure}`);
  });
});

describe('any byte of a passed transcript', () => {
  it('matters', () => {
    const places = Array.from({ length: Math.ceil(honestBytes.length / 101) }, (_, i) => 101 * i);
    const unfound = places.filter((at) => failureWithBytes(epoch, honest, flipped(honestBytes, at)) === null);
    expect(unfound).toEqual([]);
  });
});

describe('the challenge sent', () => {
  const fields: [string, number][] = [
    ...([
      ['chainId', 9],
      ['registry', 29],
      ['epoch', 37],
      ['slot', 41],
      ['draw', 45],
    ] as [string, number][]),
    ...([
      ['validator', 65],
      ['nodeId', 97],
      ['kind', 98],
      ['nonce', 130],
      ['deadline', 138],
    ] as [string, number][]),
  ];
  it.each(fields)('with a wrong %s', (field, place) => {
    expect(retold(epoch, honest, ({ challenge }) => ({ challenge: flipped(challenge, place) }))).toMatch(
      new RegExp(`^${name} challenge ${field}: expected .*, found`),
    );
  });

  it('with other parameters', () => {
    expect(retold(epoch, honest, ({ challenge }) => ({ challenge: flipped(challenge, -1) }))).toMatch(/challenge paramsHash/);
  });

  it('with a signature that another key made', () => {
    const due = worldDue(epoch.world).find(({ draw }) => draw.slot === honest.slot && draw.draw === honest.draw);
    if (due === undefined) throw new Error('not due');
    const stage = { ...stageOf(epoch.world, due), signerKey: new Uint8Array(32).fill(4) };
    expect(retold(epoch, honest, () => ({ challenge: challengeBytes(stage) }))).toMatch(/signer of the challenge: expected 0x/);
  });

  it('with a broken signature', () => {
    expect(retold(epoch, honest, ({ challenge }) => ({ challenge: flipped(challenge, 203) }))).toMatch(
      /signer of the challenge: expected .* found null/,
    );
  });
});

describe('the first answer', () => {
  it.each(COMMITMENT_LIES)('with a wrong %s', (_, at, reason) => {
    const changed = retold(epoch, honest, ({ commitment }) => ({
      ...{ commitment: flipped(commitment, at), draw: NOTHING, opening: NOTHING },
    }));
    expect(changed).toBe(`${name} reason, derived from its transcript: expected ${reason}, found none`);
  });

  it('ends the audit when it is wrong', () => {
    expect(retold(epoch, honest, ({ commitment }) => ({ commitment: flipped(commitment, 2) }))).toMatch(
      /the transcript goes on \(draw\) after what ended the audit \(commitment\)/,
    );
  });

  it('may not be larger than can be received', () => {
    const changed = retold(epoch, honest, ({ commitment }) => ({ commitment: concat(commitment, new Uint8Array(1000)) }));
    expect(changed).toMatch(/commitment response: \d+ bytes, at most \d+ can be received/);
  });

  it('must be there for a verdict on it', () => {
    const row = rowWith(epoch, 'stale');
    expect(retold(epoch, row, () => ({ commitment: NOTHING }))).toMatch(/reason: stale, but the transcript holds no answer/);
  });
});

describe('the opening request', () => {
  it('at positions that were not drawn', () => {
    expect(retold(epoch, honest, ({ draw }) => ({ draw: flipped(draw, -1) }))).toMatch(/position 4: not the one that seed/);
  });
  it('with a broken signature', () => {
    expect(retold(epoch, honest, ({ draw }) => ({ draw: flipped(draw, 70) }))).toMatch(/signer of the opening request/);
  });
  it('for another commitment', () => {
    expect(retold(epoch, honest, ({ draw }) => ({ draw: flipped(draw, 40) }))).toMatch(/opening request: its bytes/);
  });
  it('never sent', () => {
    expect(retold(epoch, honest, () => ({ draw: NOTHING }))).toMatch(/committed, but the transcript holds no opening request/);
  });
});

describe('the second answer', () => {
  it.each([
    ['challengeHash', 5, 'bad_opening'],
    ['commitment', 40, 'equivocation'],
    ['signature', 70, 'bad_receipt'],
    ['value', 150, 'bad_receipt'],
  ])('with a wrong %s', (_, at, reason) => {
    expect(retold(epoch, honest, ({ opening }) => ({ opening: flipped(opening, at) }))).toBe(
      `${name} reason, derived from its transcript: expected ${reason}, found none`,
    );
  });

  it('must be there for a PASS', () => {
    expect(retold(epoch, honest, () => ({ opening: NOTHING }))).toMatch(/reason: none, but the transcript holds no answer/);
  });

  it('may not be larger than can be received', () => {
    const changed = retold(epoch, honest, ({ opening }) => ({ opening: concat(opening, new Uint8Array(5000)) }));
    expect(changed).toMatch(/opening response: \d+ bytes, at most/);
  });
});

describe('a verdict that the transcript does not bear out', () => {
  const zeroed = { commitment: ZERO32, openingHash: ZERO32, elapsedMs: 0, measure: 0 };
  const cases: [string, Reason, Partial<typeof honest>, Reason][] = [
    ['a correct answer called wrong', 'none', { reason: 'wrong_result', outcome: 'fail', measure: 0 }, 'none'],
    [
      'a correct answer called a timeout',
      'none',
      { reason: 'timeout', outcome: 'fail', openingHash: ZERO32, measure: 0 },
      'none',
    ],
    ['a correct answer made VOID', 'none', { reason: 'auditor_fault', outcome: 'void', ...zeroed }, 'none'],
    ['a wrong answer made VOID', 'wrong_result', { reason: 'auditor_fault', outcome: 'void', ...zeroed }, 'wrong_result'],
    ['a stranger’s answer called unreachable', 'identity_mismatch', { reason: 'unreachable' }, 'identity_mismatch'],
    ['a misplaced opening called equivocation', 'bad_opening', { reason: 'equivocation', openingHash: ZERO32 }, 'bad_opening'],
  ];
  it.each(cases)('%s', (_, from, change, truth) => {
    const row = rowWith(epoch, from);
    const lied = withRow(epoch, row, change);
    expect(firstFailure(lied)).toBe(
      `transcripts: slot ${String(row.slot)} draw ${String(row.draw)} reason, derived from its transcript: expected ${truth}, found ${String(change.reason)}`,
    );
  });

  it('a node that committed and went silent is no VOID', () => {
    const row = rowWith(epoch, 'timeout');
    const lied = withRow(epoch, row, { reason: 'auditor_fault', outcome: 'void', ...zeroed });
    expect(firstFailure(lied)).toMatch(/reason: auditor_fault, but the transcript holds no answer that shows it/);
  });

  it('another commitment or opening hash than the answers’', () => {
    const other: Hex = `0x${'99'.repeat(32)}`;
    expect(firstFailure(withRow(epoch, honest, { commitment: other }))).toMatch(/commitment, derived from its transcript/);
    expect(firstFailure(withRow(epoch, honest, { openingHash: other }))).toMatch(/openingHash, derived from its transcript/);
  });
});

describe('values made from the auditor’s secret vectors', () => {
  const world = testWorld({ behaviour: (index) => (index === 0 ? 'forged' : 'crashed') });
  const forged = buildEpoch(world);
  const [due] = worldDue(world);
  if (due === undefined) throw new Error('no due draw');
  const stage = stageOf(world, due);
  const { audit, seed } = stage;
  const { task } = audit;
  if (task.kind !== KIND_GEMM) throw new Error('not of kind 1');
  const secrets = gemmSecrets(seed, task.params);

  it('satisfy both vectors, and are not zero', () => {
    const kernel = secretKernel(secrets.blocks[0] ?? []);
    expect(kernel.some((value) => value !== 0)).toBe(true);
    expect(passesSecrets(secrets.blocks[0] ?? [], new Int8Array(task.params.depth), kernel)).toBe(true);
  });

  it('pass the auditor’s check but for the secretless leaf', () => {
    const { transcript } = playAudit(stage, 'forged');
    const committed = judgeCommitment(audit, transcript.commitment);
    if (typeof committed === 'string') throw new Error(committed);
    const drawn = drawFor(audit, seed, committed.commitment);
    const check = secretCheck(task.params, secrets);
    const withoutLast = gemmOpenings(task, (a, block, values, last) => last || check(a, block, values, last));
    const judged = (openings: OpeningsCheck): Reason =>
      judgeOpening(audit, committed, drawn, transcript.opening, openings).reason;
    expect(judged(withoutLast)).toBe('none');
    expect(judged(gemmOpenings(task, check))).toBe('wrong_result');
  });

  it('do not pass a replay', () => {
    expect(rowWith(forged, 'none').outcome).toBe('pass');
    expect(firstFailure(forged)).toMatch(
      /^transcripts: slot \d+ draw \d+ reason, derived from its transcript: expected wrong_result, found none/,
    );
  });
});

describe('sections', () => {
  it('come out of a transcript as they went in', () => {
    const sections = decodeTranscript(honestBytes);
    expect(encodeTranscript(sections)).toEqual(honestBytes);
    expect(fromHex(honest.transcriptHash)).toHaveLength(32);
  });
});
