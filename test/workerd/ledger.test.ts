// The ledger's contract against the real D1.
import { beforeEach, describe, expect, it } from 'vitest';
import { ZERO32 } from '../../protocol/bytes.ts';
import { reportHash, type EpochReport } from '../../protocol/report.ts';
import { d1Ledger } from '../../workers/adapters/d1-ledger.ts';
import { operatorNodes } from '../../workers/adapters/d1-nodes.ts';
import type { Chunk, EpochEntry, SealedEpoch, StoredRow } from '../../workers/services/ports.ts';
import { VALIDATOR, SIGNATURE, bindings, factsOf, fresh, hashOf, nodeOf, plain, roundOf, rowOf } from './support/bindings.ts';

const ledger = d1Ledger(bindings.DB, VALIDATOR);
const chunkAt = (epoch: number, slot = 0, chunk = 0): Chunk => ({ epoch, slot, chunk });
const rowsAt = (epoch: number, slot = 0) => [0, 1, 2].map((draw) => rowOf(epoch, slot, draw));
const sealedOf = (change: Partial<SealedEpoch> = {}): SealedEpoch => ({
  ...{ due: 3, done: 2, auditRoot: hashOf('audit'), summaryRoot: hashOf('summary'), archiveHash: hashOf('archive') },
  ...{ summaries: [], places: [], ...change },
});

async function opened(epoch: number, nodes = [nodeOf(0)]): Promise<void> {
  await ledger.freeze(factsOf(epoch, nodes.length), nodes);
  await ledger.open(epoch, roundOf(100 + epoch));
}

async function sealed(epoch: number): Promise<void> {
  await opened(epoch);
  await ledger.beginSealing(epoch);
  await ledger.finishSealing(epoch, sealedOf(), 1);
}

/** The record's own fields of each row; D1 keeps more beside them. */
const stored = async (epoch: number): Promise<StoredRow[]> => {
  const fields = Object.keys(plain(rowOf(0, 0, 0))) as (keyof StoredRow)[];
  const pick = (row: StoredRow) => Object.fromEntries(fields.map((name) => [name, row[name]])) as StoredRow;
  return (await ledger.rows(epoch)).map(pick);
};

const stateOf = async (epoch: number): Promise<EpochEntry['state'] | undefined> => (await ledger.epoch(epoch))?.state;
const count = async (table: string): Promise<number> =>
  (await bindings.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first<number>('n')) ?? 0;

function reportOf(epoch: number): EpochReport {
  const roots = { auditRoot: hashOf('audit'), summaryRoot: hashOf('summary'), archiveHash: hashOf('archive') };
  const facts = { seed: hashOf('seed', epoch), beaconRound: 100 + epoch, nodeCount: 1, policyHash: hashOf('policy') };
  return { epoch, validator: VALIDATOR, ...roots, due: 3, done: 2, ...facts, previous: ZERO32 };
}

beforeEach(fresh);

describe('freeze', () => {
  it('twice is once, and a second try changes nothing', async () => {
    await ledger.freeze(factsOf(5), [nodeOf(0)]);
    await ledger.open(5, roundOf(105));
    await ledger.freeze({ ...factsOf(5, 9), beaconRound: 1 }, [nodeOf(0), nodeOf(1)]);
    expect(await ledger.epoch(5)).toEqual({
      ...{ ...factsOf(5), state: 'open', beacon: roundOf(105), scheduledSlots: 0, sealed: null, signed: null },
    });
  });

  it('before signers were kept has none that are known', async () => {
    await ledger.freeze(factsOf(5), [nodeOf(0)]);
    expect((await ledger.epoch(5))?.signers).toEqual(factsOf(5).signers);
    await bindings.DB.prepare('UPDATE epochs SET signers = NULL').run();
    expect((await ledger.epoch(5))?.signers).toBeNull();
  });

  it('writes a version only where something changed, and reads nodes as they stood', async () => {
    const changes = [
      { url: 'https://moved.example' },
      { gpuClass: null },
      { vramMiB: 2048 },
      { retired: true },
      { operator: hashOf('op').slice(0, 42) as `0x${string}` },
    ];
    await ledger.freeze(
      factsOf(5, 7),
      Array.from({ length: 7 }, (_, i) => nodeOf(i)),
    );
    await ledger.freeze(
      factsOf(6, 7),
      Array.from({ length: 7 }, (_, i) => nodeOf(i)),
    );
    expect(await count('node_versions')).toBe(7);
    const changed = Array.from({ length: 8 }, (_, i) => nodeOf(i, changes[i] ?? {})); // and one that is new
    await ledger.freeze(factsOf(7, 8), changed);
    expect(await count('node_versions')).toBe(7 + 5 + 1);
    await ledger.freeze(factsOf(8, 8), changed);
    expect(await count('node_versions')).toBe(13);
    const all = [0, 1, 2, 3, 4, 5, 6, 7];
    for (const epoch of [5, 6]) {
      expect([...(await ledger.nodes(epoch, all)).values()]).toEqual(all.slice(0, 7).map((i) => nodeOf(i)));
    }
    for (const epoch of [7, 8, 99]) expect([...(await ledger.nodes(epoch, all)).values()]).toEqual(changed);
    expect(await ledger.nodes(4, all)).toEqual(new Map());
    expect(await ledger.nodes(8, [])).toEqual(new Map());
  });

  it('a change back is a change', async () => {
    for (const [epoch, retired] of [
      [5, false],
      [6, true],
      [7, false],
    ] as const)
      await ledger.freeze(factsOf(epoch), [nodeOf(0, { retired })]);
    const seen = [];
    for (const epoch of [5, 6, 7]) seen.push((await ledger.nodes(epoch, [0])).get(0)?.retired);
    expect(seen).toEqual([false, true, false]);
  });

  it('takes another identity for an index, too: what a false RPC said of it does not stay', async () => {
    await ledger.freeze(factsOf(5), [{ ...nodeOf(0), nodeId: hashOf('false') }]);
    await ledger.freeze(factsOf(6), [{ ...nodeOf(0), publicKey: { x: hashOf('false x'), y: hashOf('false y') } }]);
    await ledger.freeze(factsOf(7), [nodeOf(0)]);
    expect((await ledger.nodes(5, [0])).get(0)?.nodeId).toBe(hashOf('false'));
    expect((await ledger.nodes(6, [0])).get(0)?.publicKey.x).toBe(hashOf('false x'));
    expect((await ledger.nodes(7, [0])).get(0)).toEqual(nodeOf(0));
  });

  it('takes ten thousand nodes', async () => {
    const nodes = Array.from({ length: 10_000 }, (_, i) => nodeOf(i));
    await ledger.freeze(factsOf(5, nodes.length), nodes);
    expect(await count('node_versions')).toBe(10_000);
    const again = nodes.map((node) => (node.index % 1000 === 0 ? { ...node, vramMiB: 1 } : node));
    await ledger.freeze(factsOf(6, nodes.length), again);
    expect(await count('node_versions')).toBe(10_010);
    expect(
      (
        await ledger.nodes(
          6,
          nodes.map(({ index }) => index),
        )
      ).size,
    ).toBe(10_000);
  });
});

describe('an operator’s nodes', () => {
  const operatorOf = (n: number) => hashOf('operator', n).slice(0, 42) as `0x${string}`;
  const all = Array.from({ length: 40 }, (_, i) => nodeOf(i, { operator: operatorOf(i % 3) }));
  const indices = async (epoch: number, n: number, pageSize?: number) => {
    const found = await operatorNodes(bindings.DB, epoch, [operatorOf(n), operatorOf(9)], pageSize);
    return found.get(operatorOf(n))?.map(({ index }) => index);
  };
  const wanted = (n: number) => all.flatMap(({ index }) => (index % 3 === n ? [index] : []));

  it('are all that it has at the epoch, ascending, however small the pages are', async () => {
    await ledger.freeze(factsOf(5, 40), all);
    for (const pageSize of [1, 5, 13, 14, undefined]) expect(await indices(5, 1, pageSize)).toEqual(wanted(1));
    expect(await indices(5, 9)).toBeUndefined();
    expect(await indices(4, 1)).toBeUndefined(); // before anything was known
    const two = await ledger.operatorNodes(5, [operatorOf(0), operatorOf(2)]);
    expect([...two].map(([operator, nodes]) => [operator, nodes.length])).toEqual([
      [operatorOf(0), 14],
      [operatorOf(2), 13],
    ]);
    expect((await ledger.operatorNodes(5, [])).size).toBe(0);
  });

  it('follow a node that changes hands, and only from that epoch on', async () => {
    await ledger.freeze(factsOf(5, 40), all);
    const moved = all.map((node) => (node.index === 1 ? { ...node, operator: operatorOf(9) } : node));
    await ledger.freeze(factsOf(6, 40), moved);
    expect([await indices(5, 1), await indices(6, 1), await indices(6, 9)]).toEqual([wanted(1), wanted(1).slice(1), [1]]);
    await ledger.freeze(factsOf(7, 40), all);
    expect([await indices(7, 1), await indices(7, 9)]).toEqual([wanted(1), undefined]);
  });

  it('are found by their index, not by a walk over all versions', async () => {
    const { results } = await bindings.DB.prepare(
      'EXPLAIN QUERY PLAN SELECT DISTINCT node_index FROM json_each(?1) AS wanted CROSS JOIN node_versions AS own ON own.operator = wanted.value WHERE own.node_index > -1',
    )
      .bind('[]')
      .all<{ detail: string }>();
    expect(results.map(({ detail }) => detail).join('\n')).toContain('node_versions_by_operator (operator=?');
  });
});

describe('a node’s uptime', () => {
  it('is counted by region from one index, without its rows', async () => {
    await opened(5);
    await ledger.claim(chunkAt(5), 1);
    const presence = [0, 1, 2, 3].map((draw) => ({
      ...rowOf(5, 0, draw, draw === 3 ? 'timeout' : 'none'),
      ...{ nodeIndex: 0, kind: 5, region: draw % 2, measure: 0, elapsedMs: draw === 3 ? 0 : 40 + draw },
    }));
    await ledger.finish(chunkAt(5), [...presence, rowOf(5, 0, 4)], [], null, 2);
    expect((await stored(5)).map(({ region }) => region)).toEqual([0, 1, 0, 1, null]);
    const query =
      "SELECT region, count(*) FILTER (WHERE outcome = 'pass') AS up, count(*) AS asked, max(elapsed_ms) AS slowest FROM audits WHERE node_index = 0 AND kind = 5 AND epoch BETWEEN 1 AND 9 GROUP BY region";
    expect((await bindings.DB.prepare(query).all()).results).toEqual([
      { region: 0, up: 2, asked: 2, slowest: 42 },
      { region: 1, up: 1, asked: 2, slowest: 41 },
    ]);
    const plan = await bindings.DB.prepare(`EXPLAIN QUERY PLAN ${query}`).all<{ detail: string }>();
    expect(plan.results.map(({ detail }) => detail).join('\n')).toContain('USING COVERING INDEX audits_by_region (node_index=?');
  });
});

describe('a chunk', () => {
  it('is claimed once, by whoever comes first', async () => {
    const claims = await Promise.all([1, 2, 3, 4].map((now) => ledger.claim(chunkAt(5), now)));
    expect(claims.filter(Boolean)).toHaveLength(1);
    expect(await ledger.claim(chunkAt(5), 9)).toBe(false);
    expect(await ledger.claim(chunkAt(5, 1), 9)).toBe(true);
    expect(await ledger.claim(chunkAt(5, 0, 1), 9)).toBe(true);
  });

  it('stores rows, rounds and its end together, and gives the rows back unchanged', async () => {
    await opened(5);
    await ledger.claim(chunkAt(5), 1);
    expect(await ledger.finishedChunks(5)).toBe(0);
    expect(await ledger.finish(chunkAt(5), rowsAt(5), [roundOf(7), roundOf(8)], 'transcripts/5/0/0', 2)).toBe(true);
    expect(await stored(5)).toEqual(rowsAt(5).map(plain));
    expect(await ledger.rounds([8, 7, 9])).toEqual([roundOf(7), roundOf(8)]);
    expect(await ledger.finishedChunks(5)).toBe(1);
    const lengths = await bindings.DB.prepare(
      'SELECT chunk, transcript_offset, transcript_length FROM audits ORDER BY draw',
    ).raw();
    expect(lengths).toEqual([
      [0, 0, 100],
      [0, 100, 100],
      [0, 200, 100],
    ]);
    expect(await bindings.DB.prepare('SELECT transcripts FROM chunks').first('transcripts')).toBe('transcripts/5/0/0');
  });

  it('again stores nothing new: a write that is repeated after a lost answer', async () => {
    await opened(5);
    await ledger.claim(chunkAt(5), 1);
    for (let i = 0; i < 3; i++) expect(await ledger.finish(chunkAt(5), rowsAt(5), [roundOf(7)], null, 2)).toBe(true);
    expect([await count('audits'), await count('rounds'), await count('chunks')]).toEqual([3, 1, 1]);
    const other = rowsAt(5).map((row) => ({ ...row, elapsedMs: 999 }));
    await ledger.finish(chunkAt(5), other, [], null, 3);
    expect(await stored(5)).toEqual(rowsAt(5).map(plain));
  });

  it.each(['before', 'after'] as const)('is refused once sealing began, unless it was stored %s', async (when) => {
    await opened(5);
    await ledger.claim(chunkAt(5), 1);
    if (when === 'before') await ledger.finish(chunkAt(5), rowsAt(5), [roundOf(7)], 'key', 2);
    await ledger.beginSealing(5);
    expect(await ledger.finish(chunkAt(5), rowsAt(5), [roundOf(7)], 'key', 3)).toBe(when === 'before');
    const kept = when === 'before' ? 3 : 0;
    expect([await count('audits'), await count('rounds')]).toEqual([kept, kept / 3]);
    expect(await bindings.DB.prepare('SELECT finished_at AS at FROM chunks').first('at')).toBe(when === 'before' ? 2 : null);
  });

  it('takes a row at the edges of what numbers can be', async () => {
    await opened(5);
    await ledger.claim(chunkAt(5), 1);
    const wide = {
      ...rowOf(5, 0, 0),
      elapsedMs: 2 ** 32 - 1,
      measure: Number.MAX_SAFE_INTEGER,
      startedAt: Number.MAX_SAFE_INTEGER,
    };
    await ledger.finish(chunkAt(5), [wide], [], null, 2);
    expect(await stored(5)).toEqual([plain(wide)]);
  });
});

describe('sealing', () => {
  it('fills what is missing and never replaces', async () => {
    await opened(5);
    await ledger.claim(chunkAt(5), 1);
    await ledger.finish(chunkAt(5), rowsAt(5), [], null, 2);
    const missing = [0, 1, 2, 3].map((draw) => plain(rowOf(5, 0, draw, 'interrupted')));
    for (let i = 0; i < 2; i++) await ledger.fill(missing);
    expect(await stored(5)).toEqual([...rowsAt(5).map(plain), missing[3]]);
    await ledger.fill([]);
  });

  it('keeps ten thousand rows in order, through filling, places and summaries', async () => {
    await opened(5);
    await ledger.beginSealing(5);
    const rows = Array.from({ length: 10_000 }, (_, i) => plain(rowOf(5, Math.floor(i / 100), i % 100, 'interrupted')));
    const started = Date.now();
    await ledger.fill(rows.toReversed());
    expect(await stored(5)).toEqual(rows);
    const places = rows.map(({ slot, draw }, place) => ({ slot, draw, place }));
    const line = { epoch: 5, validator: VALIDATOR, kind: 1, pass: 1, fail: 2, void: 3, medianMeasure: 4, medianElapsedMs: 5 };
    const summaries = Array.from({ length: 2_500 }, (_, nodeIndex) => ({ ...line, nodeIndex }));
    await ledger.finishSealing(5, sealedOf({ due: 10_000, done: 0, places, summaries }), 9);
    const placed = await bindings.DB.prepare('SELECT count(DISTINCT tree_place) AS n FROM audits').first('n');
    expect([placed, await count('summaries')]).toEqual([10_000, 2_500]);
    expect(Date.now() - started).toBeLessThan(15_000);
  });

  it('counts verdicts from the rows, and ends the epoch once', async () => {
    await opened(5);
    await ledger.claim(chunkAt(5), 1);
    const reasons = ['none', 'none', 'wrong_result', 'auditor_fault', 'interrupted', 'timeout'] as const;
    await ledger.finish(
      chunkAt(5),
      reasons.map((reason, draw) => rowOf(5, 0, draw, reason)),
      [],
      null,
      2,
    );
    await ledger.finishSealing(5, sealedOf(), 3); // not before sealing has begun
    expect(await stateOf(5)).toBe('open');
    await ledger.beginSealing(5);
    await ledger.beginSealing(5);
    for (let i = 0; i < 2; i++) await ledger.finishSealing(5, sealedOf(), 4);
    await ledger.finishSealing(5, sealedOf({ auditRoot: hashOf('another') }), 5);
    const counts = await bindings.DB.prepare('SELECT pass, fail, void, sealed_at FROM epochs').first();
    expect(counts).toEqual({ pass: 2, fail: 2, void: 2, sealed_at: 4 });
    const { auditRoot, summaryRoot, archiveHash, due, done } = sealedOf();
    expect((await ledger.epoch(5))?.sealed).toEqual({ auditRoot, summaryRoot, archiveHash, due, done });
    await ledger.beginSealing(5);
    expect(await stateOf(5)).toBe('sealed');
  });
});

describe('epochs', () => {
  it('come in order, by stage, so many', async () => {
    for (const epoch of [9, 5, 7, 6, 8]) await ledger.freeze(factsOf(epoch), []);
    for (const epoch of [6, 8]) await ledger.open(epoch, roundOf(1));
    const numbers = async (...args: Parameters<typeof ledger.epochsIn>) =>
      (await ledger.epochsIn(...args)).map(({ epoch }) => epoch);
    expect(await numbers(['frozen'], 10)).toEqual([5, 7, 9]);
    expect(await numbers(['frozen', 'open'], 3)).toEqual([5, 6, 7]);
    expect(await numbers(['posted'], 3)).toEqual([]);
    expect(await ledger.epoch(4)).toBeNull();
  });

  it('are opened once, and keep the first beacon', async () => {
    await opened(5);
    await ledger.open(5, { round: 105, signature: `0x${'cc'.repeat(48)}` });
    expect((await ledger.epoch(5))?.beacon).toEqual(roundOf(105));
    await ledger.beginSealing(5);
    await ledger.open(5, roundOf(105));
    expect(await stateOf(5)).toBe('sealing');
  });

  it('are signed once', async () => {
    await sealed(5);
    const report = reportOf(5);
    await ledger.sign(5, report, SIGNATURE, reportHash(report));
    await ledger.sign(5, { ...report, done: 3 }, `0x${'77'.repeat(65)}`, hashOf('other'));
    expect((await ledger.epoch(5))?.signed).toEqual({ report, signature: SIGNATURE });
    await opened(6);
    await ledger.sign(6, reportOf(6), SIGNATURE, hashOf('r'));
    expect((await ledger.epoch(6))?.signed).toBeNull(); // not before it is sealed
  });

  it.each(['frozen', 'open', 'sealing'] as const)('are neither posted nor abandoned while %s', async (state) => {
    await ledger.freeze(factsOf(5), []);
    if (state !== 'frozen') await ledger.open(5, roundOf(1));
    if (state === 'sealing') await ledger.beginSealing(5);
    await ledger.posted(5, { transactionHash: null, blockNumber: 1, nowMs: 1 });
    await ledger.abandon(5, 'a reason');
    expect(await stateOf(5)).toBe(state);
  });

  it('end posted or abandoned, and stay so', async () => {
    for (const epoch of [5, 6]) await sealed(epoch);
    await ledger.posted(5, { transactionHash: hashOf('tx'), blockNumber: 77, nowMs: 8 });
    await ledger.abandon(5, 'too late');
    await ledger.posted(5, { transactionHash: null, blockNumber: 78, nowMs: 9 });
    await ledger.abandon(6, 'a reason');
    await ledger.posted(6, { transactionHash: hashOf('tx'), blockNumber: 79, nowMs: 9 });
    const { results } = await bindings.DB.prepare(
      'SELECT state, transaction_hash AS tx, block_number AS block, note FROM epochs',
    ).all();
    expect(results).toEqual([
      { state: 'posted', tx: hashOf('tx'), block: 77, note: null },
      { state: 'abandoned', tx: null, block: null, note: 'a reason' },
    ]);
  });
});

describe('the rest of the ledger', () => {
  it('joins one network and remembers the first', async () => {
    expect(await ledger.deployment()).toBeNull();
    const deployment = {
      domain: { chainId: 1, registry: VALIDATOR },
      clock: { genesis: 5, slotSeconds: 3, slotsPerEpoch: 10 },
      reportSeconds: 30,
      policyHash: hashOf('p'),
    };
    await ledger.join(deployment);
    await ledger.join({ ...deployment, policyHash: hashOf('q') });
    expect(await ledger.deployment()).toEqual(deployment);
  });

  it('reads more rounds than one statement takes', async () => {
    await opened(5);
    await ledger.claim(chunkAt(5), 1);
    const rounds = Array.from({ length: 500 }, (_, i) => roundOf(i + 1));
    await ledger.finish(chunkAt(5), [], rounds, null, 2);
    expect(await ledger.rounds(rounds.map(({ round }) => round))).toEqual(rounds);
  });

  it('remembers since when a step is in trouble, and its last word', async () => {
    await ledger.note('open', { code: 'unavailable', message: 'first' }, 10);
    await ledger.note('open', { code: 'internal', message: 'second' }, 20);
    await ledger.note('post', { code: 'unreachable', message: 'other' }, 15);
    const read = async () => (await bindings.DB.prepare('SELECT * FROM troubles ORDER BY step').all()).results;
    expect(await read()).toEqual([
      { step: 'open', code: 'internal', message: 'second', since: 10, last: 20 },
      { step: 'post', code: 'unreachable', message: 'other', since: 15, last: 15 },
    ]);
    await ledger.note('open', null, 30);
    await ledger.note('never', null, 30);
    expect(await read()).toHaveLength(1);
    await ledger.note('open', { code: 'internal', message: 'again' }, 40);
    expect((await read())[0]).toMatchObject({ since: 40, last: 40 });
  });

  it('tries a failed write again, whether or not it had happened, and a claim never', async () => {
    let failures = 0;
    const flaky = new Proxy(bindings.DB, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== 'function') return method;
        return name === 'batch'
          ? async (...args: unknown[]): Promise<unknown> => {
              const result: unknown = await Reflect.apply(method, target, args);
              if (failures++ < 2) throw new Error('the answer was lost');
              return result;
            }
          : (...args: unknown[]): unknown => Reflect.apply(method, target, args);
      },
    });
    const shaky = d1Ledger(flaky, VALIDATOR);
    await shaky.freeze(factsOf(5, 2), [nodeOf(0), nodeOf(1)]);
    expect([failures, await count('epochs'), await count('node_versions')]).toEqual([3, 1, 2]);
    await ledger.open(5, roundOf(1));
    await ledger.claim(chunkAt(5), 1);
    failures = 0;
    expect(await shaky.finish(chunkAt(5), rowsAt(5), [roundOf(7)], null, 2)).toBe(true);
    expect([await count('audits'), await ledger.finishedChunks(5)]).toEqual([3, 1]);
  });
});
