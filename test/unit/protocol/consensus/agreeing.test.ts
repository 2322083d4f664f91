// What goes around a root: report sets, what is signed and by whom, rounds and their order, tallies of records.
import { hashStruct, hashTypedData, keccak256 } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ZERO32, concat, fromHex, toHex, u32, u64, type Hex } from '../../../../protocol/bytes.ts';
import { EPOCH_ROOT_TYPE, rootDigest, rootHash, statementSigner } from '../../../../protocol/consensus/root.ts';
import { roundAt, roundOrder, roundStart } from '../../../../protocol/consensus/rounds.ts';
import { rangeStart, reportSetHash, sortEntries } from '../../../../protocol/consensus/sets.ts';
import { tallyRows } from '../../../../protocol/consensus/tally.ts';
import type { EpochRoot, NodeTally } from '../../../../protocol/consensus/types.ts';
import { sha256 } from '../../../../protocol/hash.ts';
import type { AuditRow } from '../../../../protocol/record.ts';
import { signDigest, signerAddress } from '../../../../protocol/signer.ts';
import { REASON, verdictOf, type Reason } from '../../../../protocol/verdict.ts';
import { address, bytes32, domain, hexOf, policy, safe, seeded, u32s, word } from '../support.ts';
import { shuffle } from './support.ts';

const entries = [
  { epoch: 8, validator: address('b'), reportHash: word('8b') },
  { epoch: 7, validator: address('c'), reportHash: word('7c') },
  { epoch: 8, validator: address('a'), reportHash: word('8a') },
];

describe('report sets', () => {
  test('are hashed by epoch, then validator, behind their tag', () => {
    const sorted = sortEntries(entries);
    expect(sorted.map(({ epoch }) => epoch)).toEqual([7, 8, 8]);
    expect((sorted[1]?.validator ?? '') < (sorted[2]?.validator ?? '')).toBe(true);
    const label = Buffer.from('\u0010assay/report-set', 'latin1');
    const parts = sorted.map((one) => concat(u64(one.epoch), fromHex(one.validator, 20), fromHex(one.reportHash, 32)));
    expect(reportSetHash(entries)).toBe(keccak256(Uint8Array.from(concat(label, ...parts))));
  });

  test('have one hash in every order, and another for every change', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        expect(reportSetHash(shuffle(entries, seeded(seed)))).toBe(reportSetHash(entries));
      }),
    );
    const others = entries.flatMap((entry, i) => [
      entries.map((one, j) => (i === j ? { ...one, epoch: one.epoch + 1 } : one)),
      entries.map((one, j) => (i === j ? { ...one, reportHash: word('other') } : one)),
      entries.filter((one) => one !== entry),
    ]);
    expect(new Set([entries, [], ...others].map(reportSetHash)).size).toBe(others.length + 2);
  });

  test('begin after the last root and inside the window', () => {
    expect(rangeStart(20, 5, null)).toBe(16);
    expect(rangeStart(20, 5, 19)).toBe(20);
    expect(rangeStart(20, 5, 3)).toBe(16);
    expect(rangeStart(20, 5, 17)).toBe(18);
    expect(rangeStart(3, 5, null)).toBe(0);
  });
});

const rootOf = (label: string): EpochRoot => ({
  ...{ epoch: 12, round: 3, scoreRoot: word(`${label} s`), rewardRoot: word('r'), penaltyRoot: word('p') },
  ...{ reportSetHash: word('set'), nodeSetRoot: word('nodes'), previousRoot: word('before'), policyHash: word('policy') },
});

describe('roots', () => {
  const fields = EPOCH_ROOT_TYPE.slice('EpochRoot('.length, -1)
    .split(',')
    .map((field) => field.split(' '))
    .map(([type = '', name = '']) => ({ type, name }));
  const types = { EpochRoot: fields };
  const rootArbitrary: fc.Arbitrary<EpochRoot> = fc.record({
    ...{ epoch: safe, round: u32s, scoreRoot: hexOf(32), rewardRoot: hexOf(32), penaltyRoot: hexOf(32) },
    ...{ reportSetHash: hexOf(32), nodeSetRoot: hexOf(32), previousRoot: hexOf(32), policyHash: hexOf(32) },
  });

  test('struct hash and digest are viem’s', () => {
    const typed = { name: 'Assay', version: '1', chainId: domain.chainId, verifyingContract: domain.registry };
    fc.assert(
      fc.property(rootArbitrary, (root) => {
        const message = { ...root, epoch: BigInt(root.epoch) };
        expect(rootHash(root)).toBe(hashStruct({ data: message, types, primaryType: 'EpochRoot' }));
        expect(rootDigest(domain, root)).toBe(hashTypedData({ domain: typed, types, primaryType: 'EpochRoot', message }));
      }),
      { numRuns: 50 },
    );
  });

  test('a statement is by who signed it, for this registry and root', () => {
    const key = bytes32('a signer');
    const root = rootOf('x');
    const signature = signDigest(rootDigest(domain, root), key);
    expect(statementSigner(domain, { root, signature })).toBe(signerAddress(key));
    expect(signerAddress(key)).toBe(privateKeyToAccount(toHex(key)).address.toLowerCase());
    const elsewhere = { ...domain, chainId: 1 };
    for (const other of [
      statementSigner(elsewhere, { root, signature }),
      statementSigner(domain, { root: rootOf('y'), signature }),
      statementSigner(domain, { root: { ...root, round: 4 }, signature }),
    ]) {
      expect(other).not.toBe(signerAddress(key));
    }
    expect(statementSigner(domain, { root, signature: '0x1234' })).toBeNull();
  });
});

describe('rounds', () => {
  const clock = { genesis: 1_000_000, slotSeconds: 10, slotsPerEpoch: 6 };
  const rules = { ...policy, schedule: { ...policy.schedule, revealSeconds: 30 }, consensus: { ...policy.consensus, mirrorSeconds: 9, roundSeconds: 7 } }; // prettier-ignore

  test('begin after reveal and mirroring, and end with the next epoch’s first', () => {
    const first = 1_000_000 + 5 * 60 + 30 + 9; // epoch 4 ends when epoch 5 begins
    expect(roundStart(clock, rules, 4, 0)).toBe(first);
    expect(roundStart(clock, rules, 4, 3)).toBe(first + 21);
    const at = (offset: number): number | null => roundAt(clock, rules, 4, first + offset);
    expect([-1, 0, 6, 7, 59, 60].map(at)).toEqual([null, 0, 0, 1, 8, null]);
    for (let round = 0; round < 9; round++) expect(roundAt(clock, rules, 4, roundStart(clock, rules, 4, round))).toBe(round);
  });

  test('end earlier where the next epoch has a policy of shorter mirroring', () => {
    const next = { ...rules, consensus: { ...rules.consensus, mirrorSeconds: 2 } };
    const start = roundStart(clock, rules, 4, 0);
    expect(roundAt(clock, rules, 4, start + 52, next)).toBe(7);
    expect(roundAt(clock, rules, 4, start + 53, next)).toBeNull();
  });

  test('are proposed in the order of the hashes, another one each round', () => {
    const operators = Array.from({ length: 12 }, (_, i) => address(`operator ${String(i)}`));
    const beacon = word('beacon');
    const label = Uint8Array.from([14, ...Buffer.from('assay/proposer')]);
    const hashOf = (operator: Hex, round: number): Hex => toHex(sha256(label, fromHex(beacon), u32(round), fromHex(operator)));
    const orders = [0, 1, 2, 3].map((round) => {
      const order = roundOrder(beacon, round, operators);
      const hashes = order.map((operator) => hashOf(operator, round));
      expect(hashes).toEqual(hashes.toSorted());
      expect(order.toSorted()).toEqual(operators.toSorted());
      expect(roundOrder(beacon, round, operators.toReversed())).toEqual(order);
      return order.join();
    });
    expect(new Set(orders).size).toBe(4);
  });
});

describe('tallies', () => {
  const row = (nodeIndex: number, reason: Reason, change: Partial<AuditRow> = {}): AuditRow => ({
    ...{ epoch: 1, slot: 0, draw: 0, validator: address('v'), nodeId: word('n'), kind: 1, challengeHash: word('c') },
    ...{ commitment: word('m'), openingHash: word('o'), ...verdictOf(reason), elapsedMs: 0, measure: 0, freshnessRound: 1 },
    ...{ startedAt: 1, transcriptHash: word('t'), nodeIndex, ...change },
  });
  const reasons = Object.keys(REASON) as Reason[];
  const failures = reasons.filter((reason) => REASON[reason] > 0 && REASON[reason] < 64).length;
  const nothing: NodeTally = {
    ...{ nodeIndex: 3, pass: 0, wrong: 0, slow: 0, network: 0, busy: 0, void: 0, medianMeasure: 0, medianElapsedMs: 0 },
    ...{ present: 0, absent: 0, latencyMs: 0, latencyHighMs: 0, fills: 0, bandwidth: 0 },
  };

  test.each([1, 2])('sort every reason of kind %i into its column', (kind) => {
    const counted = { ...nothing, pass: 1, wrong: 7, slow: 1, network: 6, busy: 1, void: 4, fills: kind - 1 };
    expect(tallyRows(reasons.map((reason) => row(3, reason, { kind })))).toEqual([counted]);
    expect(reasons.length).toBe(1 + 7 + 1 + 6 + 1 + 4);
  });

  test('sort presence into present and absent alone; its VOIDs are nothing', () => {
    const rows = reasons.map((reason) => row(3, reason, { kind: 5 }));
    expect(tallyRows(rows)).toEqual([{ ...nothing, present: 1, absent: failures }]);
  });

  test('take no failure for a wrong result that no receipt of the node covers', () => {
    const uncovered = reasons.map((reason) => row(3, reason, { openingHash: ZERO32 }));
    expect(tallyRows(uncovered)).toEqual([{ ...nothing, pass: 1, wrong: 0, slow: 1, network: 13, busy: 1, void: 4 }]);
    const covered = [row(3, 'bad_opening'), row(3, 'wrong_result')];
    const invented = (['no_commitment', 'identity_mismatch', 'stale', 'bad_receipt', 'bad_opening'] as const).map((reason) =>
      row(3, reason, { openingHash: ZERO32 }),
    );
    expect(tallyRows([...covered, ...invented])).toMatchObject([{ wrong: 2, network: 5 }]);
  });

  test('have each failure in one column', () => {
    const rows = fc.array(fc.tuple(fc.constantFrom(...reasons), fc.boolean()), { minLength: 1 });
    fc.assert(
      fc.property(rows, (drawn) => {
        const all = drawn.map(([reason, covered]) => row(1, reason, covered ? {} : { openingHash: ZERO32 }));
        const [tally] = tallyRows(all);
        const failed = drawn.filter(([reason]) => REASON[reason] > 0 && REASON[reason] < 64);
        expect((tally?.wrong ?? 0) + (tally?.slow ?? 0) + (tally?.network ?? 0)).toBe(failed.length);
        const wrong = failed.filter(([reason, covered]) => covered && REASON[reason] > 6 && REASON[reason] < 14);
        expect(tally?.wrong).toBe(wrong.length);
      }),
    );
  });

  test('count busy of both kinds by itself, and no other VOID with it', () => {
    const times = (nodeIndex: number, count: number): AuditRow[] =>
      Array.from({ length: count }, (_, i) => row(nodeIndex, 'busy', { kind: 1 + (i % 2) }));
    const rows = [...times(1, 3), ...times(2, 2), row(1, 'auditor_fault'), row(1, 'none'), row(2, 'timeout')];
    expect(tallyRows(rows)).toMatchObject([
      { nodeIndex: 1, pass: 1, network: 0, busy: 3, void: 1 },
      { nodeIndex: 2, pass: 0, network: 1, busy: 2, void: 0 },
    ]);
  });

  const passed = (nodeIndex: number, measure: number, elapsedMs: number, kind = 1): AuditRow =>
    row(nodeIndex, 'none', { measure, elapsedMs, kind });

  test('take lower medians over PASS of kind 1, of kind 2 beside them, and lines by node', () => {
    const rows = [
      ...[passed(5, 40, 1), passed(5, 10, 9), passed(2, 7, 7), passed(5, 30, 3), passed(5, 20, 5)],
      ...[passed(5, 9, 99, 2), passed(5, 8, 99, 2), row(2, 'below_claim', { measure: 1, elapsedMs: 1 }), row(2, 'timeout')],
    ];
    expect(tallyRows(rows)).toEqual([
      { ...nothing, nodeIndex: 2, pass: 1, slow: 1, network: 1, medianMeasure: 7, medianElapsedMs: 7 },
      { ...nothing, nodeIndex: 5, pass: 6, medianMeasure: 20, medianElapsedMs: 3, fills: 2, bandwidth: 8 },
    ]);
    expect(tallyRows(rows.toReversed())).toEqual(tallyRows(rows));
    expect(tallyRows([])).toEqual([]);
  });

  test.each([
    [1, 1, 1],
    [2, 1, 2],
    [19, 10, 19],
    [20, 10, 19],
    [21, 11, 20],
    [100, 50, 95],
  ])('of %i round trips take the %i-th and the %i-th', (count, median, high) => {
    const trips = Array.from({ length: count }, (_, i) => passed(3, 0, i + 1, 5));
    const shuffled = shuffle([...trips, row(3, 'timeout', { kind: 5 })], seeded(count));
    expect(tallyRows(shuffled)).toEqual([{ ...nothing, present: count, absent: 1, latencyMs: median, latencyHighMs: high }]);
  });
});
