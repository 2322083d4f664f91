// The network store's contract against the real D1.
import { beforeEach, describe, expect, it } from 'vitest';
import type { EpochRoot, Leaves, NodeTally, Statement } from '../../protocol/consensus/types.ts';
import { d1Ledger } from '../../workers/adapters/d1-ledger.ts';
import { d1Network } from '../../workers/adapters/d1-network.ts';
import type { Fault, Mirror, NetworkEpoch, Objection, StoredRoot } from '../../workers/services/network/ports.ts';
import { VALIDATOR, SIGNATURE, bindings, factsOf, fresh, hashOf, nodeOf, roundOf, rowOf } from './support/bindings.ts';
import { storedTallies } from '../support/tallies.ts';

const store = d1Network(bindings.DB);
const ledger = d1Ledger(bindings.DB, VALIDATOR);
const HUGE = 2n ** 255n + 1n;
const operator = (index: number) => hashOf('operator', index).slice(0, 42) as `0x${string}`;

const seatOf = (index: number) => ({
  ...{
    operator: operator(index),
    signer: operator(100 + index),
    url: `https://v-${String(index)}.example`,
    stake: HUGE + BigInt(index),
  },
});
const epochOf = (epoch: number, nodeCount = 1): NetworkEpoch => ({
  ...{ epoch, policyHash: hashOf('policy'), nodeCount, seats: [0, 1, 2].map(seatOf), beacon: null },
});
const nodesOf = (count: number) => Array.from({ length: count }, (_, i) => nodeOf(i));
const count = async (table: string): Promise<number> =>
  (await bindings.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first<number>('n')) ?? 0;

beforeEach(fresh);

describe('an observed epoch', () => {
  it('is stored once, whatever a second try says', async () => {
    expect(await store.epoch(5)).toBeNull();
    await store.observe(epochOf(5, 2), nodesOf(2));
    await store.observe({ ...epochOf(5, 9), seats: [9, 8, 7, 6].map(seatOf) }, nodesOf(9));
    expect(await store.epoch(5)).toEqual(epochOf(5, 2));
    expect(await store.allNodes(5)).toEqual(nodesOf(2));
    await store.setBeacon(5, roundOf(77));
    expect(await store.epoch(5)).toEqual({ ...epochOf(5, 2), beacon: roundOf(77) });
    expect(await store.allNodes(6)).toEqual([]);
  });

  it('shares its nodes with the ledger: no version is written twice', async () => {
    await ledger.freeze(factsOf(5, 3), nodesOf(3));
    await store.observe(epochOf(5, 3), nodesOf(3));
    await store.observe(epochOf(6, 4), nodesOf(4));
    expect(await count('node_versions')).toBe(4);
    expect(await store.allNodes(6)).toEqual(nodesOf(4));
    expect(await store.allNodes(5)).toEqual(nodesOf(3));
  });

  it('that comes after later ones leaves them as they were', async () => {
    const moved = nodeOf(0, { url: 'https://moved.example' });
    await store.observe(epochOf(5), [nodeOf(0)]);
    await store.observe(epochOf(10), [nodeOf(0)]); // moved in between, and back: no version of its own
    await store.observe(epochOf(8, 2), [moved, nodeOf(1)]);
    expect([await store.allNodes(5), await store.allNodes(8), await store.allNodes(10)]).toEqual([
      [nodeOf(0)],
      [moved, nodeOf(1)],
      [nodeOf(0)],
    ]);
    await store.observe(epochOf(9), [moved]);
    await store.observe(epochOf(7), [nodeOf(0)]);
    const seen = [];
    for (const epoch of [5, 7, 8, 9, 10]) seen.push((await store.allNodes(epoch))[0]?.url);
    expect(seen).toEqual([nodeOf(0).url, nodeOf(0).url, moved.url, moved.url, nodeOf(0).url]);
    expect([...(await ledger.nodes(10, [0])).values()]).toEqual([nodeOf(0)]);
  });

  it('takes more nodes than one query reads', async () => {
    const nodes = nodesOf(6_001);
    await store.observe(epochOf(5, nodes.length), nodes);
    expect(await store.allNodes(5)).toEqual(nodes);
  });

  it('shares verified rounds with the ledger', async () => {
    const rounds = Array.from({ length: 1_500 }, (_, i) => roundOf(i + 1));
    await store.keepRounds(rounds);
    await store.keepRounds(rounds.slice(0, 3));
    expect(await store.knownRounds([...rounds.map(({ round }) => round), 99_999])).toEqual(rounds);
    expect(await ledger.rounds([7])).toEqual([roundOf(7)]);
    expect(await store.knownRounds([])).toEqual([]);
  });
});

const mirrorOf = (change: Partial<Mirror> = {}): Mirror => ({
  ...{ epoch: 5, validator: operator(0), state: 'verified', reportHash: hashOf('report'), archiveHash: hashOf('archive') },
  ...{
    due: 30,
    done: 29,
    check: null,
    detail: null,
    source: operator(1),
    attempts: 1,
    updatedAtMs: 1_790_000_000_123,
    ...change,
  },
});
const tallyOf = (nodeIndex: number, pass = 3): NodeTally => ({
  ...{ nodeIndex, pass, wrong: 1, slow: 2, network: 4, void: 5, medianMeasure: Number.MAX_SAFE_INTEGER, medianElapsedMs: 17 },
  ...{ present: 21, absent: 22, latencyMs: 23, latencyHighMs: 24, fills: 2, bandwidth: Number.MAX_SAFE_INTEGER - 1, busy: 25 },
});

describe('a mirror', () => {
  it('is kept with its tallies, many at once, and replaced with them', async () => {
    const many = Array.from({ length: 2_500 }, (_, i) => tallyOf(i));
    await store.setMirror(mirrorOf(), many);
    await store.setMirror(mirrorOf({ validator: operator(1) }), [tallyOf(3)]);
    expect(await storedTallies(store, 5, operator(0))).toEqual(many);
    await store.setMirror(mirrorOf({ attempts: 2 }), [tallyOf(1, 9)]);
    expect(await storedTallies(store, 5, operator(0))).toEqual([tallyOf(1, 9)]);
    expect(await storedTallies(store, 5, operator(1))).toEqual([tallyOf(3)]);
    const both = [mirrorOf({ attempts: 2 }), mirrorOf({ validator: operator(1) })];
    expect(new Set(await store.mirrors(5, 5))).toEqual(new Set(both));
    expect([await store.mirrors(0, 4), await store.mirrors(6, 99)]).toEqual([[], []]);
  });

  it('that waits never takes back what was found, and what was found may change', async () => {
    const waits = mirrorOf({ state: 'waiting', check: 'archive', detail: 'nobody serves it', source: null });
    const stateOf = async () => (await store.mirrors(5, 5))[0]?.state;
    await store.setMirror(mirrorOf({ state: 'absent', reportHash: null, archiveHash: null }), null);
    await store.setMirror(waits, null);
    expect(await store.mirrors(5, 5)).toEqual([waits]);
    await store.setMirror(mirrorOf(), [tallyOf(1)]);
    await store.setMirror(waits, null);
    expect(await stateOf()).toBe('verified');
    expect(await storedTallies(store, 5, operator(0))).toEqual([tallyOf(1)]);
    await store.setMirror(mirrorOf({ state: 'failed', check: 'transcripts', detail: 'no' }), null);
    await store.setMirror(waits, null);
    expect(await stateOf()).toBe('failed');
    await store.setMirror(mirrorOf(), [tallyOf(1)]);
    expect(await stateOf()).toBe('verified');
  });
});

describe('an objection', () => {
  const told: Objection = {
    ...{ epoch: 5, validator: operator(0), slot: 3, draw: 7, raisedBy: operator(1), confirmed: null, detail: null },
  };
  it('is told once, judged, and once confirmed stays so', async () => {
    await store.addObjection(told);
    await store.addObjection({ ...told, raisedBy: operator(2) });
    expect(await store.objections(5)).toEqual([told]);
    const stands = { ...told, confirmed: false, detail: 'it stands' };
    await store.addObjection({ ...stands, raisedBy: operator(3) });
    expect(await store.objections(5)).toEqual([stands]);
    const fails = { ...told, confirmed: true, detail: 'it does not' };
    await store.addObjection(fails);
    await store.addObjection(stands);
    await store.addObjection(told);
    await store.addObjection({ ...told, draw: 8 });
    expect(await store.objections(5)).toEqual([fails, { ...told, draw: 8 }]);
    expect(await store.objections(6)).toEqual([]);
  });
});

const rootOf = (change: Partial<EpochRoot> = {}): EpochRoot => ({
  ...{
    epoch: 5,
    round: 2,
    scoreRoot: hashOf('s'),
    rewardRoot: hashOf('r'),
    penaltyRoot: hashOf('p'),
    reportSetHash: hashOf('set'),
  },
  ...{ nodeSetRoot: hashOf('n'), previousRoot: hashOf('before'), policyHash: hashOf('policy'), ...change },
});

describe('statements', () => {
  const say = (change: Partial<EpochRoot> = {}, validator = operator(0)): Statement => ({
    ...{ validator, root: rootOf(change), signature: SIGNATURE },
  });
  it('are kept twice a validator and round at most: the second root is the evidence', async () => {
    await store.addStatement(say(), hashOf('a'), 10);
    await store.addStatement(say(), hashOf('a'), 20);
    await store.addStatement(say({ scoreRoot: hashOf('other') }), hashOf('b'), 30);
    await store.addStatement(say({ scoreRoot: hashOf('third') }), hashOf('c'), 40);
    await store.addStatement(say({ round: 3 }), hashOf('d'), 50);
    await store.addStatement(say({}, operator(1)), hashOf('a'), 60);
    await store.addStatement(say({ epoch: 6 }), hashOf('e'), 70);
    expect(await store.statements(5)).toEqual([
      { statement: say(), rootHash: hashOf('a'), receivedAtMs: 10 },
      { statement: say({ scoreRoot: hashOf('other') }), rootHash: hashOf('b'), receivedAtMs: 30 },
      { statement: say({}, operator(1)), rootHash: hashOf('a'), receivedAtMs: 60 },
      { statement: say({ round: 3 }), rootHash: hashOf('d'), receivedAtMs: 50 },
    ]);
  });

  it('have report sets and disagreements beside them', async () => {
    const entries = [0, 1].map((index) => ({ epoch: 5, validator: operator(index), reportHash: hashOf('report', index) }));
    expect(await store.reportSet(hashOf('set'))).toBeNull();
    await store.keepReportSet(hashOf('set'), entries, 5);
    await store.keepReportSet(hashOf('set'), [], 5);
    await store.keepReportSet(hashOf('none'), [], 5);
    expect([await store.reportSet(hashOf('set')), await store.reportSet(hashOf('none'))]).toEqual([entries, []]);
    const item = { epoch: 5, round: 1, validator: operator(0), detail: 'another leaf' };
    await store.disagree(item);
    await store.disagree({ ...item, detail: 'one more' });
    expect(await bindings.DB.prepare('SELECT * FROM disagreements').all()).toMatchObject({
      results: [{ ...item, detail: 'one more' }],
    });
  });
});

function leavesOf(epoch: number, nodes = 3): Leaves {
  const line = {
    scorePpm: 1,
    ratePpm: 2,
    correctPpm: 3,
    samples: 4,
    effectiveSamples: 5,
    measure: Number.MAX_SAFE_INTEGER,
    elapsedMs: 6,
  };
  const service = {
    ...{
      uptimePpm: 11,
      uptimeLowPpm: 12,
      uptimeSamples: 13,
      latencyMs: 14,
      latencyHighMs: 15,
      bandwidth: Number.MAX_SAFE_INTEGER,
    },
  };
  return {
    services: Array.from({ length: nodes }, (_, i) => ({ epoch, nodeIndex: 2 * i, nodeId: hashOf('id', i), ...service })),
    scores: Array.from({ length: nodes }, (_, i) => ({ epoch, nodeIndex: 2 * i, nodeId: hashOf('id', i), ...line, tier: i % 3 })),
    validators: [2, 0, 1].map((index) => ({
      ...{ epoch, validator: operator(index), weightPpm: 7, accuracyPpm: 8, agreementPpm: 9, coveragePpm: 10, reward: HUGE },
    })),
    rewards: [operator(0), operator(1)].sort().map((account, i) => ({ account, cumulative: HUGE - BigInt(i) })),
    penalties: [{ owner: operator(4), nodeId: hashOf('id', 1), cumulative: 1n }],
  };
}

const storedOf = (epoch: number, change: Partial<StoredRoot> = {}): StoredRoot => ({
  ...{ epoch, rootHash: hashOf('root', epoch), root: rootOf({ epoch }), state: 'final', seats: 0b111, provisional: true },
  ...{ previousEpoch: epoch === 5 ? null : epoch - 1, blockNumber: 70, transactionHash: hashOf('tx'), finalAtMs: 12, note: null },
  ...change,
});

describe('posted roots', () => {
  it('are adopted whole, with amounts that no number holds', async () => {
    expect([await store.lastRoot(), await store.leaves(5)]).toEqual([null, null]);
    await store.adopt(storedOf(5), leavesOf(5, 2_200));
    await store.adopt(storedOf(6, { state: 'disputed', note: 'why' }), null);
    expect(await store.roots(0, 99)).toEqual([storedOf(5), storedOf(6, { state: 'disputed', note: 'why' })]);
    expect(await store.lastRoot()).toEqual(storedOf(6, { state: 'disputed', note: 'why' }));
    expect(await store.leaves(5)).toEqual(leavesOf(5, 2_200));
    expect(await store.leaves(6)).toBeNull();
  });

  it('adopted again are the same; without lines the same root keeps its own, another one has none', async () => {
    await store.adopt(storedOf(5), leavesOf(5));
    await store.adopt(storedOf(5), leavesOf(5));
    await store.adopt(storedOf(5, { state: 'disputed' }), null);
    expect(await store.leaves(5)).toEqual(leavesOf(5));
    await store.adopt(storedOf(5, { rootHash: hashOf('another') }), null);
    expect([await store.leaves(5), await count('scores'), await count('rewards'), await count('penalties')]).toEqual([
      null,
      0,
      0,
      0,
    ]);
    await store.adopt(storedOf(5), leavesOf(5, 1));
    expect(await store.leaves(5)).toEqual(leavesOf(5, 1));
  });

  it('are adopted all or nothing', async () => {
    await expect(store.adopt(storedOf(5), { ...leavesOf(5), services: [] })).rejects.toThrow('no service');
    expect(await store.leaves(5)).toBeNull();
    await store.adopt(storedOf(5), leavesOf(5));
    const doubled = { ...leavesOf(5), penalties: [...leavesOf(5).penalties, ...leavesOf(5).penalties] };
    await expect(store.adopt(storedOf(5, { state: 'disputed' }), doubled)).rejects.toThrow();
    expect([await store.lastRoot(), await store.leaves(5)]).toEqual([storedOf(5), leavesOf(5)]);
  });
});

describe('faults', () => {
  const root = rootOf();
  const proof: Fault['proof'] = {
    ...{ kind: 'two-roots', validator: operator(0) },
    ...{ a: { validator: operator(0), root, signature: SIGNATURE }, b: { validator: operator(0), root, signature: SIGNATURE } },
  };
  const faultOf = (index: number, change: Partial<Fault> = {}): Fault => ({
    ...{ faultKey: hashOf('fault', index), kind: 'two-roots', offender: operator(0), epoch: index, state: 'found' },
    ...{ proof, detail: 'x', foundAtMs: 5, slashId: null, executableAt: null },
    ...change,
  });
  const keys = (faults: readonly Fault[]): string[] => faults.map(({ faultKey }) => faultKey);
  const keyOf = (index: number): string => hashOf('fault', index);

  it('are found once and go their way, the newest first', async () => {
    await store.addFault(faultOf(1));
    await store.addFault(faultOf(1, { detail: 'again', state: 'executed' }));
    await store.addFault(faultOf(2));
    await store.addFault(faultOf(3));
    expect(await store.faults(['found'], 2)).toEqual([faultOf(3), faultOf(2)]);
    await store.setFault(faultOf(1).faultKey, 'submitted', 'sent');
    expect(await store.faults(['submitted', 'proven'], 9)).toEqual([faultOf(1, { state: 'submitted', detail: 'sent' })]);
    expect(await store.faults(['refused'], 9)).toEqual([]);
  });

  it('of receipts: one a node at a time, and one an epoch; those of validators come first', async () => {
    const receipts = { kind: 'two-receipts', offender: hashOf('node', 1) } as const;
    for (const index of [2, 3]) await store.addFault(faultOf(index));
    for (const index of [11, 12]) await store.addFault(faultOf(index, { ...receipts, epoch: 50 }));
    for (const index of [13, 14]) await store.addFault(faultOf(index, { ...receipts, epoch: 51 }));
    await store.addFault(faultOf(15, { ...receipts, offender: hashOf('node', 2), epoch: 40 }));
    const [newest = ''] = [keyOf(13), keyOf(14)].sort();
    const older = [keyOf(11), keyOf(12)].sort();
    expect(keys(await store.faultsToProve(9))).toEqual([keyOf(3), keyOf(2), newest, keyOf(15)]);
    expect(keys(await store.faultsToProve(1))).toEqual([keyOf(3)]);
    await store.setFault(newest as Fault['faultKey'], 'submitted', 'sent');
    expect(keys(await store.faultsToProve(9))).toEqual([keyOf(3), keyOf(2), keyOf(15)]);
    await store.setFault(newest as Fault['faultKey'], 'proven', 'on chain');
    expect(keys(await store.faultsToProve(9))).toEqual([keyOf(3), keyOf(2), older[0], keyOf(15)]);
    for (let i = 0; i < 2; i++) await store.holdReceipts(' Held.');
    const details = (await store.faults(['found'], 9)).map(({ epoch, detail }) => [epoch, detail]);
    expect(details).toEqual([
      [51, 'x Held.'],
      [50, 'x'],
      [50, 'x'],
      [40, 'x'],
      [3, 'x'],
      [2, 'x'],
    ]);
  });

  it('that are proven wait for their slash, then for its time', async () => {
    const { faultKey } = faultOf(1);
    await store.addFault(faultOf(1));
    await store.addFault(faultOf(2));
    await store.setFault(faultKey, 'proven', 'on chain');
    expect(await store.faultsToExecute(0, 9)).toEqual([faultOf(1, { state: 'proven', detail: 'on chain' })]);
    await store.setSlash(faultKey, { slashId: 7, executableAt: 900 }, 'from 900');
    expect(await store.faultsToExecute(899, 9)).toEqual([]);
    expect(await store.faultsToExecute(900, 9)).toMatchObject([{ faultKey, slashId: 7, executableAt: 900, detail: 'from 900' }]);
  });
});

describe('an own transcript', () => {
  it('is found by its draw, in its chunk’s object', async () => {
    await ledger.freeze(factsOf(5), [nodeOf(0)]);
    await ledger.open(5, roundOf(105));
    await ledger.claim({ epoch: 5, slot: 1, chunk: 0 }, 1);
    const rows = [rowOf(5, 1, 0), rowOf(5, 1, 1), rowOf(5, 1, 2, 'interrupted')];
    await ledger.finish({ epoch: 5, slot: 1, chunk: 0 }, rows, [], 'transcripts/5/1/0', 2);
    expect(await store.ownTranscript(5, 1, 1)).toEqual({ key: 'transcripts/5/1/0', offset: 100, length: 100 });
    expect([await store.ownTranscript(5, 1, 2), await store.ownTranscript(5, 2, 0)]).toEqual([null, null]);
  });
});
