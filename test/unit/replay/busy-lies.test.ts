// Busy, told wrongly: every condition of section 21 broken in a record of its own, and what each replay says then.
import { describe, expect, it } from 'vitest';
import { ZERO32, concat, toHex, type Hex } from '../../../protocol/bytes.ts';
import { KIND_GEMM, KIND_PRESENCE, KIND_VRAM } from '../../../protocol/challenge.ts';
import { sha256 } from '../../../protocol/hash.ts';
import { encodeTranscript } from '../../../protocol/transcript.ts';
import type { Reason } from '../../../protocol/verdict.ts';
import { busyBytes, ownRival, type RivalOptions } from '../../support/answers.ts';
import { flipped } from '../../support/behaviours.ts';
import { buildEpoch, mixedWorld, sealEpoch, type EpochFixture } from '../../support/epoch.ts';
import { firstFailure, retold, rowWith, sectionsOf, stageOfRow, transcriptFailure } from '../../support/replay.ts';

const epoch = buildEpoch(mixedWorld());
const NOTHING = new Uint8Array(0);
const OTHER: Hex = `0x${'99'.repeat(32)}`;

describe.each([
  [KIND_GEMM, 'commitment'],
  [KIND_VRAM, 'ready'],
] as const)('busy of kind %i', (kind, section) => {
  const row = rowWith(epoch, 'busy', kind);
  const stage = stageOfRow(epoch, row);
  const { challenge, startedAt, domain } = stage.audit;
  const name = `slot ${String(row.slot)} draw ${String(row.draw)}`;
  const withBusy = (bytes: Uint8Array): string | null => retold(epoch, row, () => ({ [section]: bytes }));

  it('holds, with a rival of whichever validator', () => {
    expect(withBusy(busyBytes(stage))).toBeNull();
    expect(withBusy(busyBytes(stage, ownRival(stage, { draw: challenge.draw + 1 })))).toBeNull();
  });

  const broken: [string, RivalOptions & { signedHash?: Hex }, Reason][] = [
    ['the challenge itself for a rival', ownRival(stage), 'no_commitment'],
    ['a rival that expired long before', { change: { deadline: startedAt - 60_001 } }, 'no_commitment'],
    ['a rival far in the future', { change: { deadline: startedAt + 120_001 } }, 'no_commitment'],
    ['a rival to another node', { change: { nodeId: OTHER } }, 'no_commitment'],
    ['a rival of the epoch before', { change: { epoch: challenge.epoch - 1 } }, 'no_commitment'],
    ['a rival of presence', { change: { kind: KIND_PRESENCE } }, 'no_commitment'],
    ['a rival on another chain', { domain: { ...domain, chainId: 1 } }, 'no_commitment'],
    ['a rival at another registry', { domain: { ...domain, registry: `0x${'11'.repeat(20)}` } }, 'no_commitment'],
    ['a rival of somebody without a seat', { change: { validator: `0x${'ee'.repeat(20)}` } }, 'no_commitment'],
    ['a rival that its validator did not sign', { signerKey: new Uint8Array(32).fill(9) }, 'no_commitment'],
    ['a receipt over another rival', { signedHash: OTHER }, 'bad_receipt'],
  ];
  it.each(broken)('does not hold with %s', (_, options, reason) => {
    expect(withBusy(busyBytes(stage, options))).toBe(
      `${name} reason, derived from its transcript: expected ${reason}, found busy`,
    );
  });

  it.each([
    ['nodeId', 3, 'no_commitment'],
    ['challengeHash', 40, 'no_commitment'],
    ['signature', 70, 'bad_receipt'],
    ['rival’s deadline', 130 + 135, 'no_commitment'],
    ['rival’s signature', 130 + 150, 'no_commitment'],
  ])('does not hold with a wrong %s', (_, at, reason) => {
    expect(withBusy(flipped(busyBytes(stage), at))).toBe(
      `${name} reason, derived from its transcript: expected ${reason}, found busy`,
    );
  });

  it('does not hold with a byte too many, and may not be larger than can be received', () => {
    expect(withBusy(concat(busyBytes(stage), Uint8Array.of(0)))).toMatch(/expected no_commitment, found busy/);
    const limit = kind === KIND_VRAM ? 1154 : Math.max(1154, 164 + 64);
    expect(withBusy(concat(busyBytes(stage), new Uint8Array(limit)))).toMatch(/bytes, at most 1154 can be received/);
  });

  it('ends the audit', () => {
    expect(retold(epoch, row, () => ({ draw: Uint8Array.of(3) }))).toBe(
      `${name}: the transcript goes on (draw) after what ended the audit (${section})`,
    );
  });

  it('must be in the transcript', () => {
    expect(withBusy(NOTHING)).toBe(`${name} reason: busy, but the transcript holds no answer that shows it`);
  });

  it('of another audit is none', () => {
    const others = epoch.rows.filter((one) => one.reason === 'busy' && one !== row);
    expect(others.length).toBeGreaterThan(0);
    for (const other of others) {
      const { ready, commitment } = sectionsOf(epoch, other);
      expect(withBusy(concat(ready, commitment))).toMatch(/expected no_commitment, found busy/);
    }
  });
});

describe('the signers of the seats', () => {
  const row = rowWith(epoch, 'busy');
  const withSigners = (signers: ReadonlyMap<Hex, Hex>): EpochFixture => ({ ...epoch, facts: { ...epoch.facts, signers } });

  it('decide whether a rival is one', () => {
    expect(transcriptFailure(epoch, row)).toBeNull();
    expect(transcriptFailure(withSigners(new Map()), row)).toMatch(/expected no_commitment, found busy/);
    const { rival } = epoch.world;
    const rotated = new Map([...epoch.facts.signers, [rival.operator, epoch.facts.signer] as const]);
    expect(transcriptFailure(withSigners(rotated), row)).toMatch(/expected no_commitment, found busy/);
  });
});

it('a fault of the node cannot be told as busy with a rival made up for it', () => {
  const row = rowWith(epoch, 'timeout', KIND_GEMM);
  const stage = stageOfRow(epoch, row);
  const bytes = encodeTranscript({
    ...sectionsOf(epoch, row),
    // the validator knows its own key, and neither the rival's nor the node's
    ...{
      commitment: busyBytes({ ...stage, rival: { ...stage.rival, signerKey: stage.signerKey } }),
      draw: NOTHING,
      opening: NOTHING,
    },
  });
  const lie = {
    ...row,
    reason: 'busy',
    outcome: 'void',
    commitment: ZERO32,
    elapsedMs: 0,
    transcriptHash: toHex(sha256(bytes)),
  } as const;
  const rows = epoch.rows.map((one) => (one === row ? lie : one));
  const lied = sealEpoch(epoch.world, rows, new Map([...epoch.transcripts, [lie.transcriptHash, bytes]]));
  expect(firstFailure(lied)).toMatch(/reason, derived from its transcript: expected no_commitment, found busy/);
});
