// The outbox in D1: numbers without gaps, once each, and only to whom they are for.
import { beforeEach, describe, expect, it } from 'vitest';
import { eventStatements } from '../../../workers/adapters/event-statements.ts';
import { d1Network } from '../../../workers/adapters/d1-network.ts';
import { bindings, fresh, hashOf, nodeOf } from '../support/bindings.ts';
import { addEndpoint, all, downEvent, sealedEvent, store } from './rows.ts';

const deliveries = async (): Promise<string[]> =>
  (
    await all<{ pair: string }>(
      `SELECT w.id || ' ' || coalesce(v.node_index, '-') || ' ' || v.type AS pair FROM deliveries AS d JOIN events AS v ON v.place = d.event
       JOIN webhook_endpoints AS w ON w.number = d.endpoint ORDER BY w.number, v.place`,
    )
  ).map(({ pair }) => pair);

beforeEach(fresh);

describe('events', () => {
  it('are numbered by node, in the order given, with no gap by repetitions', async () => {
    const first = [downEvent(1, 'a'), downEvent(2, 'b'), sealedEvent(7), downEvent(1, 'c')];
    await store(...first);
    await store(...first, downEvent(1, 'd'), downEvent(1, 'd'));
    await store(downEvent(2, 'e'), downEvent(1, 'f'));
    const found = await all('SELECT node_index AS node, sequence, place FROM events ORDER BY place');
    expect(found.map(({ node, sequence }) => [node, sequence])).toEqual([
      ...[
        [1, 1],
        [2, 1],
        [null, null],
        [1, 2],
        [1, 3],
      ],
      ...[
        [2, 2],
        [1, 4],
      ],
    ]);
    expect(found.map(({ place }) => place)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('of many at once take a statement a thousand', async () => {
    const many = Array.from({ length: 1500 }, (_, i) => downEvent(i % 3, `incident-${String(i)}`));
    expect(eventStatements(bindings.DB, many)).toHaveLength(2);
    await addEndpoint({ id: 'ep_a' });
    await store(...many);
    expect(await all('SELECT node_index AS node, count(*) AS n, max(sequence) AS last FROM events GROUP BY 1')).toEqual(
      [0, 1, 2].map((node) => ({ node, n: 500, last: 500 })),
    );
    expect(await all('SELECT count(*) AS n FROM deliveries')).toEqual([{ n: 1500 }]);
  });

  it('are stored with the state that they tell of, or not at all', async () => {
    const broken = bindings.DB.prepare("INSERT INTO events (id) VALUES ('incomplete')");
    await expect(bindings.DB.batch([...eventStatements(bindings.DB, [downEvent(1, 'a')]), broken])).rejects.toThrow(/NOT NULL/);
    expect(await all('SELECT count(*) AS n FROM events')).toEqual([{ n: 0 }]);
  });
});

describe('an event goes to', () => {
  it('endpoints whose filters match', async () => {
    const facts = { epoch: 5, policyHash: hashOf('policy'), nodeCount: 3, seats: [], beacon: null };
    const other = `0x${'0b'.repeat(20)}` as const;
    await d1Network(bindings.DB).observe(facts, [nodeOf(0), nodeOf(1), nodeOf(2, { operator: other })]);
    await addEndpoint({ id: 'ep_all' });
    await addEndpoint({ id: 'ep_type', types: ['epoch.sealed'] });
    await addEndpoint({ id: 'ep_node', nodes: [hashOf('id', 1)] });
    await addEndpoint({ id: 'ep_operator', types: ['node.down'], operators: [other] });
    await addEndpoint({ id: 'ep_off', state: 'disabled' });
    await store(downEvent(1, 'a'), downEvent(2, 'b'), sealedEvent(7));
    expect(await deliveries()).toEqual([
      ...['ep_all 1 node.down', 'ep_all 2 node.down', 'ep_all - epoch.sealed', 'ep_type - epoch.sealed'],
      ...['ep_node 1 node.down', 'ep_node - epoch.sealed', 'ep_operator 2 node.down'],
    ]);
  });

  it('the one that it names, whatever its filters say', async () => {
    await addEndpoint({ id: 'ep_a', types: ['epoch.sealed'] });
    await addEndpoint({ id: 'ep_b' });
    await store(downEvent(1, 'a', { to: 'ep_a' }));
    expect(await deliveries()).toEqual(['ep_a 1 node.down']);
  });

  it('nobody who came later, even when its batch is sent again', async () => {
    await store(downEvent(1, 'a'));
    await addEndpoint({ id: 'ep_late' });
    await store(downEvent(1, 'a'));
    expect(await deliveries()).toEqual([]);
    await store(downEvent(1, 'b'));
    expect(await deliveries()).toEqual(['ep_late 1 node.down']);
  });
});
