// A whole epoch of all kinds, in cohorts and with busy nodes, replays green; what each verdict stands on, by kind.
import { describe, expect, it } from 'vitest';
import { KIND_GEMM, KIND_PRESENCE, KIND_VRAM } from '../../../protocol/challenge.ts';
import { openReplay } from '../../../protocol/replay/replay.ts';
import { sampleRows, withTranscript } from '../../../protocol/replay/sample.ts';
import { archiveSteps, originSteps, runSteps, sealSteps } from '../../../protocol/replay/steps.ts';
import { checkTranscript } from '../../../protocol/replay/transcripts.ts';
import { MEMBER_STEP } from '../../../protocol/schedule.ts';
import { summarize } from '../../../protocol/summary.ts';
import { castOf, BEHAVIOURS } from '../../support/behaviour-names.ts';
import { buildEpoch, mixedWorld } from '../../support/epoch.ts';

const epoch = buildEpoch(mixedWorld());
const replay = openReplay(epoch);
const KINDS = [KIND_GEMM, KIND_VRAM, KIND_PRESENCE];
const members = epoch.rows.filter(({ draw }) => draw >= MEMBER_STEP);

describe('an honest validator’s epoch of all kinds', () => {
  it.each(KINDS)('has everything in it that can happen to kind %i', (kind) => {
    const reasons = new Set(epoch.rows.filter((row) => row.kind === kind).map(({ reason }) => reason));
    expect(reasons).toEqual(new Set(castOf(kind).map((behaviour) => BEHAVIOURS[behaviour])));
  });

  it('passes every check', () => {
    const checks = [...runSteps([...originSteps(epoch), ...archiveSteps(replay), ...sealSteps(replay)])];
    expect(checks.filter(({ failure }) => failure !== null)).toEqual([]);
    expect(checks.find(({ name }) => name === 'due draws')?.count).toBe(epoch.rows.length);
  });

  it.each([
    [KIND_GEMM, { none: 'timed', below_claim: 'timed', busy: 'derived', wrong_result: 'derived', bad_opening: 'derived' }],
    [KIND_VRAM, { none: 'timed', below_claim: 'timed', busy: 'derived', wrong_result: 'derived', bad_opening: 'derived' }],
    [KIND_PRESENCE, { none: 'derived' }],
  ])('derives each verdict of kind %i again; all others are on the auditor’s word', (kind, derived) => {
    const bases = new Map<string, string>();
    for (const row of withTranscript(epoch.rows).filter((one) => one.kind === kind)) {
      const { basis, failure } = checkTranscript(replay, row, epoch.transcripts.get(row.transcriptHash) ?? new Uint8Array());
      expect(failure).toBeNull();
      bases.set(row.reason, basis);
    }
    expect(Object.fromEntries([...bases].filter(([, basis]) => basis !== 'attested'))).toEqual(derived);
  });

  it('has members of cohorts, of the same operator and at the same time as their draw', () => {
    expect(members.length).toBeGreaterThan(10);
    for (const row of members) {
      const [member, first] = [row, { ...row, draw: row.draw % MEMBER_STEP }].map((place) => replay.dueAt(place));
      expect(member?.node.operator).toBe(first?.node.operator);
      expect(member?.node.index).not.toBe(first?.node.index);
      expect([member?.draw.kind, member?.draw.scheduledMs, member?.draw.freshnessRound]).toEqual([
        ...[KIND_VRAM, first?.draw.scheduledMs, first?.draw.freshnessRound],
      ]);
    }
  });

  it('sums up each node by kind: bytes a second apart from operations, presence without a measure', () => {
    const summaries = summarize(epoch.rows);
    expect(summaries.map(({ nodeIndex, kind }) => `${String(nodeIndex)}/${String(kind)}`)).toEqual(
      [...new Set(epoch.rows.map(({ nodeIndex, kind }) => 256 * nodeIndex + kind))]
        .sort((a, b) => a - b)
        .map((key) => `${String(Math.floor(key / 256))}/${String(key % 256)}`),
    );
    const counted = summaries.reduce((sum, { pass, fail, void: none }) => sum + pass + fail + none, 0);
    expect(counted).toBe(epoch.rows.length);
    const passed = (kind: number) => summaries.filter((one) => one.kind === kind && one.pass > 0);
    expect(new Set(passed(KIND_PRESENCE).map(({ medianMeasure }) => medianMeasure))).toEqual(new Set([0]));
    // 70 pages, two passes, 10 ms; 4·256·64 products in two rounds
    expect(new Set(passed(KIND_VRAM).map(({ medianMeasure }) => medianMeasure))).toEqual(new Set([13_340_680]));
    expect(new Set(passed(KIND_GEMM).map(({ medianMeasure }) => medianMeasure))).toEqual(new Set([24_394_386]));
  });

  it('makes one task for each class, kind and region', () => {
    const due = replay.due();
    const tasks = new Set(due.map((item) => replay.task(item)));
    const keys = due.map(({ gpuClass, draw }) => [gpuClass.name, draw.kind, draw.region].join('/'));
    expect(tasks.size).toBe(new Set(keys).size);
    expect(keys).toContain('plain/1/0');
    expect(keys).not.toContain('plain/2/0');
    expect(new Set(due.map(({ draw }) => draw.region))).toEqual(new Set([0, 1, 2]));
  });
});

describe('the sample', () => {
  const seed = `0x${'12'.repeat(32)}` as const;
  const pool = withTranscript(epoch.rows);
  const isPresence = ({ kind }: { kind: number }): boolean => kind === KIND_PRESENCE;

  it('takes as many of presence as of the timed kinds, in draw order', () => {
    const sample = sampleRows(epoch.rows, 6, seed);
    expect(sample.filter(isPresence)).toHaveLength(6);
    expect(sample).toHaveLength(12);
    expect(sample).toEqual(pool.filter((row) => sample.includes(row)));
  });

  it('of one group does not depend on the other', () => {
    const timed = epoch.rows.filter((row) => !isPresence(row));
    expect(sampleRows(timed, 6, seed)).toEqual(sampleRows(epoch.rows, 6, seed).filter((row) => !isPresence(row)));
    expect(sampleRows(timed, 6, seed)).toHaveLength(6);
  });

  it('is all of a group that has no more', () => {
    const many = Math.max(pool.filter(isPresence).length, pool.filter((row) => !isPresence(row)).length);
    expect(sampleRows(epoch.rows, many, seed)).toEqual(pool);
    expect(sampleRows(epoch.rows, 0, seed)).toEqual([]);
  });
});
