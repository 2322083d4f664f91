// A whole epoch replays green; the counts say how much was looked at.
import { describe, expect, it } from 'vitest';
import type { Hex } from '../../../protocol/bytes.ts';
import type { Check } from '../../../protocol/replay/check.ts';
import { openReplay } from '../../../protocol/replay/replay.ts';
import { sampleRows, withTranscript } from '../../../protocol/replay/sample.ts';
import { archiveSteps, originSteps, runSteps, sealSteps } from '../../../protocol/replay/steps.ts';
import { checkTranscript } from '../../../protocol/replay/transcripts.ts';
import { REASON } from '../../../protocol/verdict.ts';
import { buildEpoch, testWorld } from '../../support/epoch.ts';

const epoch = buildEpoch();
const flippedHex = (hex: Hex): Hex => `${hex.slice(0, -1)}${hex.endsWith('0') ? '1' : '0'}` as Hex;
const replay = openReplay(epoch);

describe('an honest validator’s epoch', () => {
  it('has every reason of version 1 in it', () => {
    const reasons = new Set(epoch.rows.map((row) => row.reason));
    // the others are network reasons like `unreachable`, and two that version 1 does not give
    const alike = ['tls', 'refused', 'redirect', 'oversize', 'maintenance', 'busy'];
    expect(Object.keys(REASON).filter((reason) => !reasons.has(reason as never))).toEqual(alike);
  });

  it('passes every check, each with a count', () => {
    const checks: Check[] = [...runSteps([...originSteps(epoch), ...archiveSteps(replay), ...sealSteps(replay)])];
    expect(checks.filter(({ failure }) => failure !== null)).toEqual([]);
    expect(checks.map(({ name, count }) => [name, count > 0])).toEqual(checks.map(({ name }) => [name, true]));
    expect(checks.find(({ name }) => name === 'records')?.count).toBe(epoch.rows.length);
  });

  it('derives each verdict again, or says on whose word it stands', () => {
    const bases = new Map(
      withTranscript(epoch.rows).map((row) => {
        const { basis, failure } = checkTranscript(replay, row, epoch.transcripts.get(row.transcriptHash) ?? new Uint8Array());
        expect(failure).toBeNull();
        return [row.reason, basis];
      }),
    );
    expect(Object.fromEntries(bases)).toEqual({
      ...{ none: 'timed', below_claim: 'timed', unreachable: 'attested', timeout: 'attested', auditor_fault: 'attested' },
      // an answer without a receipt that holds is one that the auditor could have written itself
      ...{ no_commitment: 'attested', identity_mismatch: 'attested', stale: 'attested', bad_receipt: 'attested' },
      ...{ equivocation: 'attested', bad_opening: 'derived', wrong_result: 'derived' },
    });
  });

  it('spares only the very rounds that are known, and still names one that is not', () => {
    const [first, ...rest] = epoch.manifest.rounds;
    if (first === undefined) throw new Error('no rounds');
    const asked: number[] = [];
    const known = ({ round, signature }: typeof first): boolean => {
      asked.push(round);
      return signature === epoch.manifest.beacon.signature || rest.some((item) => item.signature === signature);
    };
    const forged = { ...first, signature: flippedHex(first.signature) };
    const lying = { ...epoch, manifest: { ...epoch.manifest, rounds: [forged, ...rest] }, known };
    const failures = archiveSteps(openReplay(lying)).map((step) => step.run().failure);
    expect(failures.filter((failure) => failure !== null)).toContainEqual(
      expect.stringMatching(new RegExp(`^freshness round ${String(first.round)}: 0x\\w+ is not the beacon's BLS signature$`)),
    );
    expect(new Set(asked)).toEqual(new Set([epoch.manifest.beacon.round, first.round]));
  });

  it('is told of progress, item by item', () => {
    const step = archiveSteps(replay).find(({ name }) => name === 'records');
    const seen: string[] = [];
    step?.run((done, total) => seen.push(`${String(done)}/${String(total)}`));
    expect(seen.at(-1)).toBe(`${String(epoch.rows.length)}/${String(epoch.rows.length)}`);
  });
});

describe('an epoch without nodes', () => {
  it('passes with nothing to look at', () => {
    const empty = buildEpoch(testWorld({ nodes: [] }));
    const opened = openReplay(empty);
    const failures = [...runSteps([...originSteps(empty), ...archiveSteps(opened), ...sealSteps(opened)])].filter(
      ({ failure }) => failure !== null,
    );
    expect(failures).toEqual([]);
    expect(empty.facts.report.due).toBe(0);
  });
});

describe('the sample', () => {
  const seed = `0x${'12'.repeat(32)}` as const;
  it('follows from its seed and holds no row twice', () => {
    const sample = sampleRows(epoch.rows, 8, seed);
    expect(sampleRows(epoch.rows, 8, seed)).toEqual(sample);
    expect(new Set(sample).size).toBe(8);
    expect(sampleRows(epoch.rows, 8, `0x${'13'.repeat(32)}`)).not.toEqual(sample);
  });

  it('is everything when asked for more, and never a row without a transcript', () => {
    expect(sampleRows(epoch.rows, 10_000, seed)).toEqual(withTranscript(epoch.rows));
    expect(withTranscript(epoch.rows).length).toBeLessThan(epoch.rows.length);
  });

  it('reaches each row about equally often', () => {
    const hits = new Map<string, number>();
    for (let i = 0; i < 200; i++) {
      const round = `0x${i.toString(16).padStart(64, '0')}` as const;
      for (const row of sampleRows(epoch.rows, 8, round)) {
        hits.set(row.transcriptHash, (hits.get(row.transcriptHash) ?? 0) + 1);
      }
    }
    const pool = withTranscript(epoch.rows).length;
    const mean = (200 * 8) / pool;
    expect(hits.size).toBe(pool);
    for (const count of hits.values()) expect(Math.abs(count - mean)).toBeLessThan(5 * Math.sqrt(mean));
  });
});
