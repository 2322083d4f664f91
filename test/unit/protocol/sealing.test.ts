// From rows to roots: verdicts, summaries, counts, trees and the archive's chunks.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ZERO32, concat, toHex } from '../../../protocol/bytes.ts';
import { archiveChunks, archiveHash, encodeManifest, type Manifest } from '../../../protocol/archive.ts';
import { sha256 } from '../../../protocol/hash.ts';
import { auditLeaf, recordHash, type AuditRow } from '../../../protocol/record.ts';
import { sealRows } from '../../../protocol/report.ts';
import { summarize, summaryLeaf } from '../../../protocol/summary.ts';
import { buildStandardTree, standardProof, standardRoot, verifyStandardProof } from '../../../protocol/trees/standard.ts';
import {
  OUTCOME,
  REASON,
  countsAsDone,
  isNetworkReason,
  outcomeOf,
  reasonOf,
  verdictOf,
  type Reason,
} from '../../../protocol/verdict.ts';
import { address, word } from './support.ts';

const reasons = Object.keys(REASON) as Reason[];
function row(slot: number, draw: number, nodeIndex: number, reason: Reason, change: Partial<AuditRow> = {}): AuditRow {
  const { outcome } = verdictOf(reason);
  const hashes = { challengeHash: word('c'), commitment: word('m'), openingHash: word('o'), transcriptHash: word('t') };
  const numbers = { elapsedMs: 10, measure: outcome === 'pass' ? 1000 : 0, freshnessRound: 9, startedAt: 1_760_000_000_000 };
  const ids = {
    epoch: 7,
    slot,
    draw,
    validator: address('validator'),
    nodeIndex,
    nodeId: word(`node ${String(nodeIndex)}`),
    kind: 1,
  };
  return { ...ids, ...hashes, ...numbers, outcome, reason, ...change };
}
const rows = fc
  .array(
    fc.record({
      node: fc.nat(6),
      kind: fc.integer({ min: 1, max: 3 }),
      reason: fc.constantFrom(...reasons),
      measure: fc.nat(50),
      elapsedMs: fc.nat(50),
    }),
    { maxLength: 40 },
  )
  .map((list) => list.map(({ node, reason, ...change }, i) => row(Math.floor(i / 3), i % 3, node, reason, change)));

describe('verdicts', () => {
  test('outcome, reason and code belong together as the protocol’s table says', () => {
    const codes = reasons.map((reason) => [REASON[reason], verdictOf(reason).outcome]);
    const table = [
      [0, 'pass'],
      ...Array.from({ length: 14 }, (_, i) => [i + 1, 'fail']),
      ...[64, 65, 66, 67, 68].map((code) => [code, 'void']),
    ];
    expect(codes).toEqual(table);
    expect(OUTCOME).toEqual({ pass: 1, fail: 2, void: 3 });
    for (const reason of reasons) expect(reasonOf(REASON[reason])).toBe(reason);
    expect([outcomeOf(1), outcomeOf(2), outcomeOf(3), outcomeOf(0), outcomeOf(4), reasonOf(15), reasonOf(63)]).toEqual([
      'pass',
      'fail',
      'void',
      ...[0, 0, 0, 0].map(() => undefined),
    ]);
  });

  test('network level and not done', () => {
    expect(reasons.filter(isNetworkReason)).toEqual(['unreachable', 'timeout', 'tls', 'refused', 'redirect', 'oversize']);
    expect(reasons.filter((reason) => !countsAsDone(reason))).toEqual(['auditor_fault', 'beacon_outage', 'interrupted']);
  });
});

describe('summaries', () => {
  test('one line a node and kind, in that order, with lower medians over passes alone', () => {
    const pass = (slot: number, measure: number, elapsedMs: number): AuditRow => row(slot, 0, 2, 'none', { measure, elapsedMs });
    const lines = summarize([
      row(0, 0, 10, 'timeout'),
      ...[pass(1, 40, 1), pass(2, 10, 9), pass(3, 30, 5), pass(4, 20, 7)],
      row(5, 0, 2, 'below_claim', { measure: 999_999, elapsedMs: 999_999 }),
      row(6, 0, 2, 'maintenance'),
      row(7, 0, 2, 'none', { kind: 2, measure: 5, elapsedMs: 6 }),
      row(8, 0, 10, 'auditor_fault'),
    ]);
    const base = { epoch: 7, validator: address('validator') };
    expect(lines).toEqual([
      { ...base, nodeIndex: 2, kind: 1, pass: 4, fail: 1, void: 1, medianMeasure: 20, medianElapsedMs: 5 },
      { ...base, nodeIndex: 2, kind: 2, pass: 1, fail: 0, void: 0, medianMeasure: 5, medianElapsedMs: 6 },
      { ...base, nodeIndex: 10, kind: 1, pass: 0, fail: 1, void: 1, medianMeasure: 0, medianElapsedMs: 0 },
    ]);
    expect(summarize([])).toEqual([]);
  });

  test('count each row once, and the order of the rows does not matter', () => {
    fc.assert(
      fc.property(rows, (list) => {
        const lines = summarize(list);
        expect(lines.reduce((sum, line) => sum + line.pass + line.fail + line.void, 0)).toBe(list.length);
        expect(summarize(list.toReversed())).toEqual(lines);
        for (const line of lines) {
          const passed = list.filter(
            (entry) => entry.nodeIndex === line.nodeIndex && entry.kind === line.kind && entry.outcome === 'pass',
          );
          const below = passed.filter(({ measure }) => measure < line.medianMeasure).length;
          const atMost = passed.filter(({ measure }) => measure <= line.medianMeasure).length;
          expect(2 * below).toBeLessThan(Math.max(1, passed.length));
          expect(2 * atMost).toBeGreaterThanOrEqual(passed.length);
        }
      }),
    );
  });
});

describe('sealing', () => {
  test('counts, hashes and roots are those of the rows', () => {
    fc.assert(
      fc.property(rows, (list) => {
        const sealed = sealRows(list);
        expect(sealed.due).toBe(list.length);
        const undone = ['auditor_fault', 'beacon_outage', 'interrupted'];
        expect(sealed.done).toBe(list.filter(({ reason }) => !undone.includes(reason)).length);
        expect(sealed.hashes).toEqual(list.map(recordHash));
        expect(sealed.summaryRoot).toBe(standardRoot(buildStandardTree(summarize(list).map(summaryLeaf))));
        list.forEach((entry, i) => {
          const proof = standardProof(sealed.auditTree.nodes, sealed.auditTree.places[i] ?? -1);
          expect(verifyStandardProof(sealed.auditRoot, auditLeaf(entry, sealed.hashes[i] ?? '0x'), proof)).toBe(true);
        });
      }),
      { numRuns: 30 },
    );
  });

  test('an epoch without records has zero roots', () => {
    expect(sealRows([])).toMatchObject({ due: 0, done: 0, auditRoot: ZERO32, summaryRoot: ZERO32, hashes: [], summaries: [] });
  });

  test('any change of a record, or of its place, changes the root', () => {
    const list = [row(0, 0, 1, 'none'), row(0, 1, 2, 'timeout'), row(1, 0, 1, 'none')];
    const changes: Partial<AuditRow>[] = [
      { slot: 5 },
      { draw: 5 },
      { epoch: 8 },
      { validator: address('x') },
      { nodeId: word('x') },
      { measure: 1001 },
      { elapsedMs: 11 },
      { reason: 'busy' },
      { outcome: 'void' },
      { kind: 2 },
    ];
    const hashes: Partial<AuditRow>[] = [
      { challengeHash: word('x') },
      { commitment: word('x') },
      { openingHash: word('x') },
      { transcriptHash: word('x') },
      { freshnessRound: 10 },
      { startedAt: 1 },
    ];
    const roots = [...changes, ...hashes].map(
      (change) => sealRows(list.map((entry, i) => (i === 1 ? { ...entry, ...change } : entry))).auditRoot,
    );
    expect(new Set([sealRows(list).auditRoot, ...roots]).size).toBe(17);
  });
});

describe('archive', () => {
  test('chunks hold all lines in order, none above the limit, each named by its hash', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 1000, max: 5000 }), (list, bytesMax) => {
        const chunks = archiveChunks(list, bytesMax);
        const text = new TextDecoder().decode(concat(...chunks.map(({ bytes }) => bytes)));
        const lines = text.split('\n');
        expect(lines.pop()).toBe('');
        const withoutPlace = list.map(({ epoch: _epoch, validator: _validator, ...line }) => line);
        expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(withoutPlace);
        for (const { ref, bytes } of chunks) {
          expect(ref).toEqual({
            sha256: toHex(sha256(bytes)),
            bytes: bytes.length,
            records: new TextDecoder().decode(bytes).split('\n').length - 1,
          });
          expect(bytes.length).toBeLessThanOrEqual(bytesMax);
        }
        chunks.slice(1).forEach(({ bytes }, i) => {
          const line = bytes.indexOf(10) + 1;
          expect((chunks[i]?.bytes.length ?? 0) + line).toBeGreaterThan(bytesMax); // no chunk ends before it must
        });
      }),
      { numRuns: 40 },
    );
    expect(archiveChunks([], 1000)).toEqual([]);
  });

  test('the manifest is JSON, and its hash that of its bytes', () => {
    const round = { round: 5, signature: `0x${'ab'.repeat(48)}` } as const;
    const roots = { auditRoot: word('a'), summaryRoot: word('s'), seed: word('seed'), policyHash: word('p') };
    const counts = { epoch: 7, nodeCount: 9, validatorCount: 2, due: 3, done: 2, chainId: 31_337 };
    const ids = { format: 'assay-archive/1', registry: address('r'), validator: address('v') } as const;
    const manifest: Manifest = {
      ...ids,
      ...counts,
      ...roots,
      beacon: round,
      rounds: [round],
      chunks: [{ sha256: word('k'), bytes: 10, records: 1 }],
    };
    const bytes = encodeManifest(manifest);
    expect(JSON.parse(new TextDecoder().decode(bytes))).toEqual(manifest);
    expect(archiveHash(bytes)).toBe(toHex(sha256(bytes)));
  });
});
