// Each dishonest runner, probed by the validator's real probe over its real transport: the verdict must be the one of its row in the
// table, memory and time stay bounded, and nobody is led elsewhere. Those that could hurt an auditor are processes of their own.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Options } from '../../gpu-runners/adversaries/behaviour.ts';
import { behaviourNames, behaviours, type BehaviourName, type BehaviourRow } from '../../gpu-runners/adversaries/table.ts';
import { ZERO32, concat, u32 } from '../../protocol/bytes.ts';
import { KIND_GEMM, KIND_PRESENCE, KIND_VRAM } from '../../protocol/challenge.ts';
import { countReports } from '../../protocol/consensus/counts.ts';
import { tallyRows } from '../../protocol/consensus/tally.ts';
import type { GpuClass } from '../../protocol/policy.ts';
import { verdictOf, type Reason } from '../../protocol/verdict.ts';
import type { Probe } from '../../workers/services/probe.ts';
import { semaphore } from '../../workers/services/semaphore.ts';
import { OTHER_KEY, OTHER_OPERATOR } from '../unit/runner/rig.ts';
import { freePort, withNodes, type Cast } from './cast.ts';
import { SEAT, auditTogether, prober, type Asked } from './prober.ts';
import { ROOT, runnerFlags, startProcess, startRpc } from './runner-rig.ts';

const HEAP_GROWTH_MAX = 64 * 2 ** 20;
const RUNNERS_AT_ONCE = 4;
const FLOODS = ['flood-huge', 'flood-endless', 'deep-json', 'gzip-bomb'] as const satisfies readonly BehaviourName[];
const rowOf = (name: BehaviourName): BehaviourRow => behaviours[name];
const alone = behaviourNames.filter((name) => rowOf(name).setting === 'alone' && name !== 'flapping');
const NAMES = alone.filter((name) => !(FLOODS as readonly string[]).includes(name));
const RIVAL = { operator: OTHER_OPERATOR, key: OTHER_KEY };

const times = (ms: number) => ({ openDeadlineMs: 30_000, proofPpm: 930_572, firstMs: ms });

/** Tiny jobs of both kinds; @param deadlineMs for the timed answer and what comes before it */
function classWith(
  deadlineMs: number,
  change: { gemm?: Partial<GpuClass['gemm']>; vram?: Partial<GpuClass['vram']> } = {},
): GpuClass {
  const { openDeadlineMs, proofPpm, firstMs } = times(deadlineMs);
  return {
    name: 'demo',
    gemm: {
      ...{ rows: 8, columns: 512, depth: 64, rounds: 2, openings: 8, proofPpm, floorOpsPerSecond: 0 },
      ...{ commitDeadlineMs: firstMs, openDeadlineMs, ...change.gemm },
    },
    vram: {
      ...{ pages: 200, cacheRows: 256, parents: 4, passes: 2, openings: 8, proofPpm, floorBytesPerSecond: 0 },
      ...{ fillDeadlineMs: firstMs, passDeadlineMs: firstMs, openDeadlineMs, ...change.vram },
    },
  };
}

const DEMO = classWith(30_000);
/** With k = 64 openings, for those that are found by chance. */
const WIDE = classWith(30_000, { gemm: { rows: 64, openings: 64 }, vram: { openings: 64 } });
/** For those that let us wait. */
const HASTY = classWith(2_000);
const FLOOR = Number.MAX_SAFE_INTEGER;
const FAST = classWith(30_000, { gemm: { floorOpsPerSecond: FLOOR }, vram: { floorBytesPerSecond: FLOOR } });

let folder = '';
let rpc: Awaited<ReturnType<typeof startRpc>>;
let elsewhere: { url: string; requests: number; close: () => Promise<unknown> };

async function startElsewhere(): Promise<typeof elsewhere> {
  const server = createServer((_request, response) => {
    found.requests++;
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/metadata`;
  const found = { url, requests: 0, close: () => new Promise((resolve) => server.close(resolve)) };
  return found;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'assay-adversaries-'));
  [rpc, elsewhere] = await Promise.all([startRpc(), startElsewhere()]);
});
afterAll(async () => {
  await Promise.all([rpc.close(), elsewhere.close()]);
  rmSync(folder, { recursive: true });
});

function classOf(name: BehaviourName): GpuClass {
  if (typeof rowOf(name).detection === 'object') return WIDE;
  if (rowOf(name).reasons.includes('timeout')) return HASTY;
  return name === 'overclaims' ? FAST : DEMO;
}

/** Probes of each kind in the row, so many times. */
async function probesOf(name: BehaviourName, count: number, options: Partial<Options> = {}): Promise<Asked[]> {
  const row = rowOf(name);
  const { ask } = prober([SEAT, RIVAL]);
  return withNodes([{ name, options }], async ([target]) => {
    const asked: Asked[] = [];
    for (const kind of row.kinds) {
      for (let i = 0; i < count; i++) asked.push(await ask({ target, gpuClass: classOf(name), kind }));
    }
    return asked;
  });
}

/** The table's word on each probe, and what every record must satisfy. */
function expectVerdicts(name: BehaviourName, results: readonly Probe[]): void {
  const row = rowOf(name);
  const found: readonly Reason[] = row.detection === 'never' ? ['none'] : row.reasons;
  if (typeof row.detection === 'string') {
    for (const { reason } of results) expect([name, found.includes(reason), reason]).toEqual([name, true, reason]);
  } else {
    // Five percent of garbage escapes three times 64 openings with a probability below 6·10⁻⁵.
    expect([name, results.map(({ reason }) => reason)]).toEqual([name, expect.arrayContaining([row.reasons[0]])]);
    for (const { reason } of results) expect(['none', ...found]).toContain(reason);
  }
  for (const result of results) {
    if (result.reason !== 'none') expect(verdictOf(result.reason).outcome).toBe(row.outcome);
    expect(result.challengeHash).not.toBe(ZERO32);
    expect(result.elapsedMs > 0).toBe(result.commitment !== ZERO32);
    if (result.openingHash !== ZERO32) expect(result.commitment).not.toBe(ZERO32);
    if (!['none', 'below_claim'].includes(result.reason)) expect(result.measure).toBe(0);
  }
}

/** A runner as a process of its own, whose memory is not ours. */
async function probesOfProcess(name: BehaviourName, count: number): Promise<Probe[]> {
  const flags = [
    '--behaviour',
    name,
    '--port',
    '0',
    '--grace',
    '0',
    '--backend',
    'cpu',
    ...runnerFlags(rpc.url, join(folder, name)),
  ];
  const runner = await startProcess(process.execPath, [join(ROOT, 'gpu-runners/adversaries/main.ts'), ...flags]);
  const { port, nodeId, publicKey } = runner.ready;
  const target = { url: `http://127.0.0.1:${String(port)}`, nodeId, publicKey };
  const { ask } = prober();
  try {
    const results: Probe[] = [];
    for (let i = 0; i < count; i++) results.push(await ask({ target, gpuClass: DEMO, kind: KIND_GEMM }));
    return results;
  } finally {
    await runner.stop();
  }
}

describe('the probe', () => {
  it('passes an honest runner each time, whatever it is asked', async () => {
    const { ask } = prober();
    await withNodes([{ name: 'honest' }], async ([target]) => {
      for (const kind of [KIND_GEMM, KIND_VRAM, KIND_PRESENCE, KIND_GEMM, KIND_VRAM]) {
        const { reason, measure } = await ask({ target, gpuClass: DEMO, kind });
        expect([kind, reason]).toEqual([kind, 'none']);
        expect(measure > 0).toBe(kind !== KIND_PRESENCE);
      }
    });
  });

  it('gets every dishonest runner its verdict, and nobody leads it elsewhere', async () => {
    const places = semaphore(RUNNERS_AT_ONCE);
    const found = await Promise.all(
      NAMES.map((name) =>
        places.run(1, async () => {
          const count = typeof rowOf(name).detection === 'object' ? 3 : 1;
          return { name, results: await probesOf(name, count, { redirectTo: elsewhere.url }) };
        }),
      ),
    );
    expect(found.map(({ name }) => name)).toEqual(NAMES);
    for (const { name, results } of found) expectVerdicts(name, results);
    expect(elsewhere.requests).toBe(0);
  });

  it.each(FLOODS)('%s fills no memory and takes no time', async (name) => {
    const used = (): number => {
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    };
    const before = used();
    let most = before;
    const timer = setInterval(() => {
      most = Math.max(most, used());
    }, 5);
    try {
      const started = Date.now();
      const results = await probesOfProcess(name, 3);
      expectVerdicts(name, results);
      expect(Date.now() - started).toBeLessThan(30_000);
    } finally {
      clearInterval(timer);
    }
    expect(most - before).toBeLessThan(HEAP_GROWTH_MAX);
  });
});

describe('what only time tells', () => {
  /** Making a page takes some fifty times as long as reading it; the floor is a quarter of what an honest node just reached. */
  const job = { pages: 3_000, cacheRows: 4_096, parents: 128, passes: 4, openings: 8 };

  it('a floor finds pages that are made when they are read, or kept on something slow', async () => {
    const { ask } = prober();
    const plain = classWith(30_000, { vram: job });
    const measures = await withNodes([{ name: 'honest' }], async ([target]) => {
      const asked = [];
      for (let i = 0; i < 3; i++) asked.push(await ask({ target, gpuClass: plain, kind: KIND_VRAM }));
      return asked.map(({ measure }) => measure);
    });
    const floorBytesPerSecond = Math.floor(Math.max(...measures) / 4);
    expect(floorBytesPerSecond).toBeGreaterThan(0);
    const gpuClass = classWith(30_000, { vram: { ...job, floorBytesPerSecond } });
    for (const name of ['regenerates', 'regenerates-half', 'host-offload'] as const) {
      const { reason } = await withNodes([{ name }], ([target]) => ask({ target, gpuClass, kind: KIND_VRAM }));
      expect([name, reason]).toEqual([name, 'below_claim']);
    }
  });

  it('pages in a file are right, and are read from there', async () => {
    const { ask } = prober();
    const { reason } = await withNodes([{ name: 'host-offload' }], ([target]) =>
      ask({ target, gpuClass: DEMO, kind: KIND_VRAM }),
    );
    expect(reason).toBe('none'); // without a floor nothing is wrong with it
  });

  it('who hangs up for half of the time is there for the other half', async () => {
    const { ask } = prober();
    const periodMs = 2_000;
    await withNodes([{ name: 'flapping', options: { periodMs } }], async ([target]) => {
      const at = async (share: number): Promise<Reason> => {
        await new Promise((resolve) => setTimeout(resolve, (periodMs * (1 + share) - (Date.now() % periodMs)) % periodMs));
        return (await ask({ target, gpuClass: DEMO, kind: KIND_PRESENCE })).reason;
      };
      expect([await at(0.1), await at(0.6), await at(0.1)]).toEqual(['none', 'unreachable', 'none']);
    });
  });
});

describe('one device behind several identities', () => {
  /** What the device takes for a job, far above any noise; and what each identity may take for it. */
  const [DEVICE_MS, ALLOWED_MS] = [1_000, 1_700];
  const bytes = 1024 * 200 * 2;
  const floorBytesPerSecond = Math.floor((bytes * 930_572) / (1000 * ALLOWED_MS));
  const gpuClass = classWith(20_000, { vram: { floorBytesPerSecond, fillDeadlineMs: 4_000 } });
  const cast = (name: BehaviourName, count: number, sharedDevice: number | null): Cast[] =>
    Array.from({ length: count }, () => ({ name, options: { deviceMs: DEVICE_MS, sharedDevice } }));
  const reasonsOf = (nodes: readonly Cast[]): Promise<Reason[]> =>
    withNodes(nodes, async (targets) => {
      const rows = await auditTogether(targets, gpuClass, KIND_VRAM);
      return rows.map(({ reason }) => reason);
    });

  it('all but the first are caught when the validator asks them together; two devices of one operator are not', async () => {
    const shared = [
      ...([
        ['one-device', 2],
        ['one-device', 4],
        ['slow-together', 2],
        ['slow-together', 4],
      ] as const),
      ...([['one-memory', 2]] as const),
    ];
    const [own, ...found] = await Promise.all([
      reasonsOf(cast('one-device', 2, null)),
      ...shared.map(async ([name, count]) => reasonsOf(cast(name, count, await freePort()))),
    ]);
    expect(own).toEqual(['none', 'none']);
    for (const [i, [name, count]] of shared.entries()) {
      const reasons = found[i] ?? [];
      const caught = reasons.filter((reason) => rowOf(name).reasons.includes(reason));
      const isFirst = name === 'slow-together' ? 0 : 1; // whoever shares with all is never alone
      expect([name, count, reasons, caught.length >= count - isFirst]).toEqual([name, count, reasons, true]);
    }
  });

  it('the same two identities, asked one after the other, pass', async () => {
    const { ask } = prober();
    await withNodes(cast('one-device', 2, await freePort()), async (targets) => {
      for (const target of targets) expect((await ask({ target, gpuClass, kind: KIND_VRAM })).reason).toBe('none');
    });
  });
});

describe('friends and strangers', () => {
  it('a hog’s busy holds each time, and the ration bounds what it is worth', async () => {
    const asked = await probesOf('busy-hog', 3, { rival: RIVAL });
    expect(asked.map(({ reason }) => reason)).toEqual(Array.from({ length: 6 }, () => 'busy'));
    const rows = asked.map(({ reason, due, ...rest }, draw) => ({
      ...{ epoch: 7, slot: 0, draw, validator: SEAT.operator, nodeIndex: 0, nodeId: due.node.nodeId, kind: due.draw.kind },
      ...{ ...rest, ...verdictOf(reason), freshnessRound: 1, transcriptHash: ZERO32 },
    }));
    const report = { epoch: 7, validator: SEAT.operator, reportHash: ZERO32, due: 6, done: 6, tallies: tallyRows(rows) };
    expect(report.tallies[0]).toMatchObject({ pass: 0, busy: 6, network: 0 });
    expect(countReports(1, [[report]], 200_000).network[0]).toBe(4); // a fifth of six jobs, and one more, are excused
  });

  it('a proxy passes: what it forwards is honest', async () => {
    const { ask } = prober();
    await withNodes([{ name: 'honest' }], async ([upstream]) => {
      await withNodes([{ name: 'proxy', options: { forwardTo: upstream.url } }], async ([front]) => {
        for (const kind of behaviours.proxy.kinds) {
          const { reason } = await ask({ target: { ...upstream, url: front.url }, gpuClass: DEMO, kind });
          expect([kind, reason]).toEqual([kind, 'none']);
        }
      });
    });
  });

  it('a detector of audits passes, and cheats its customers meanwhile', async () => {
    const { ask } = prober();
    await withNodes([{ name: 'audit-detector' }], async ([target]) => {
      expect((await ask({ target, gpuClass: DEMO, kind: KIND_GEMM })).reason).toBe('none');
      const work = async (): Promise<string> => {
        const body = concat(u32(256), u32(64));
        const answer = await fetch(`${target.url}/work`, { method: 'POST', body: Uint8Array.from(body) });
        return Buffer.from(await answer.arrayBuffer()).toString('hex');
      };
      expect(await work()).not.toBe(await work()); // the same job has one result only
    });
  });
});
