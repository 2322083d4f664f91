// Events that go with the network's own writes, over the real D1: in the same batch as the root or the fault, once, with reasons from reports.
import { beforeEach, describe, expect, it } from 'vitest';
import type { EpochRoot, Leaves } from '../../../protocol/consensus/types.ts';
import { d1Network } from '../../../workers/adapters/d1-network.ts';
import { slashEvent } from '../../../workers/services/alerts/root-events.ts';
import type { Mirror, StoredRoot } from '../../../workers/services/network/ports.ts';
import type { ReportLine } from '../../../workers/services/profiles/report-lines.ts';
import { bindings, fresh, hashOf } from '../support/bindings.ts';
import { addEndpoint, all, fanOutAll, sealedEvent } from './rows.ts';

const store = d1Network(bindings.DB);
const VALIDATOR = `0x${'0a'.repeat(20)}` as const;
const root: StoredRoot = {
  ...{
    epoch: 5,
    rootHash: hashOf('root', 5),
    root: { epoch: 5, reportSetHash: hashOf('set') } as EpochRoot,
    state: 'final',
    seats: 1,
    provisional: true,
  },
  ...{ previousEpoch: null, blockNumber: 7, transactionHash: hashOf('tx'), finalAtMs: 12, note: null },
};
const leaves: Leaves = { scores: [], services: [], validators: [], rewards: [], penalties: [] };
const counts = async () =>
  all(
    'SELECT (SELECT count(*) FROM roots) AS roots, (SELECT count(*) FROM events) AS events, (SELECT count(*) FROM deliveries) AS deliveries',
  );

beforeEach(async () => {
  await fresh();
  await addEndpoint({ id: 'ep_a' });
});

describe('a root', () => {
  it('is stored with what is told of it, and told once', async () => {
    for (let tries = 0; tries < 2; tries++) await store.adopt(root, leaves, [sealedEvent(5)]);
    expect(await counts()).toEqual([{ roots: 1, events: 1, deliveries: 0 }]); // whoever listens costs a root nothing
    await fanOutAll();
    expect(await counts()).toEqual([{ roots: 1, events: 1, deliveries: 1 }]);
  });

  it('that cannot be stored tells nothing', async () => {
    // The same line twice: the batch breaks at its key, after everything before it was done.
    const reward = { account: VALIDATOR, cumulative: 1n };
    const broken: Leaves = { ...leaves, rewards: [reward, reward] };
    await expect(store.adopt(root, broken, [sealedEvent(5)])).rejects.toThrow(/UNIQUE/);
    expect(await counts()).toEqual([{ roots: 0, events: 0, deliveries: 0 }]);
  });
});

it('a fault’s change is stored with its event', async () => {
  const fault = { faultKey: hashOf('fault'), kind: 'two-roots', offender: VALIDATOR, epoch: 5 } as const;
  const statement = { validator: VALIDATOR, root: { epoch: 5 } as EpochRoot, signature: '0x' } as const;
  const proof = { kind: 'two-roots', validator: VALIDATOR, a: statement, b: statement } as const;
  await store.addFault({ ...fault, state: 'found', proof, detail: '', foundAtMs: 1 });
  const told = (state: 'queued' | 'executed') => [slashEvent(fault, state, { occurredAtMs: 9, publicUrl: null })];
  await store.setSlash(fault.faultKey, { slashId: 3, executableAt: 8 }, 'queued', told('queued'));
  await store.setFault(fault.faultKey, 'executed', 'done', told('executed'));
  await store.setFault(fault.faultKey, 'executed', 'done', told('executed'));
  const events = await all<{ type: string; data: string }>('SELECT type, data FROM events ORDER BY place');
  expect(events.map(({ type, data }) => [type, (JSON.parse(data) as { state: string }).state])).toEqual([
    ['validator.slashed', 'queued'],
    ['validator.slashed', 'executed'],
  ]);
});

it('reasons of wrong answers are read from the reports’ lines, by report and node', async () => {
  const mirror: Mirror = {
    ...{ epoch: 5, validator: VALIDATOR, state: 'verified', reportHash: hashOf('r'), archiveHash: hashOf('a'), due: 1, done: 1 },
    ...{ check: null, detail: null, source: null, attempts: 1, updatedAtMs: 1 },
  };
  const audit = { slot: 0, draw: 0, kind: 1, outcome: 'fail', elapsedMs: 1, measure: 0, startedAt: 1 } as const;
  const line = (nodeIndex: number, ...reasons: readonly ReportLine['audits'][number]['reason'][]): ReportLine => ({
    ...{ nodeIndex, regions: [] },
    audits: reasons.map((reason, draw) => ({ ...audit, draw, reason })),
  });
  const passed = { ...line(3, 'none'), audits: [{ ...audit, outcome: 'pass', reason: 'none' }] } as const;
  const lines = [line(1, 'wrong_result', 'bad_opening', 'wrong_result'), line(2, 'timeout'), passed];
  await store.setMirror(mirror, [], lines);
  expect(await store.wrongReasons(5)).toEqual([
    { epoch: 5, validator: VALIDATOR, nodeIndex: 1, reasons: ['bad_opening', 'wrong_result'] },
  ]);
  expect(await store.wrongReasons(6)).toEqual([]);
});
