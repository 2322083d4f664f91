// Each dishonest runner as a process of its own, probed by the validator's real probe over its real transport: the verdict must be
// the one of its row in the table, memory and time stay bounded, and nobody is led elsewhere.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { behaviourNames, behaviours, type BehaviourName } from '../../gpu-runners/adversaries/table.ts';
import { ZERO32, toHex } from '../../protocol/bytes.ts';
import { sha256 } from '../../protocol/hash.ts';
import type { GpuClass } from '../../protocol/policy.ts';
import type { Draw } from '../../protocol/schedule.ts';
import { signDigest, signerAddress } from '../../protocol/signer.ts';
import { verdictOf, type Reason } from '../../protocol/verdict.ts';
import { httpTransport } from '../../workers/adapters/http-transport.ts';
import type { Context, Ports } from '../../workers/services/ports.ts';
import { probe, type Probe } from '../../workers/services/probe.ts';
import { semaphore } from '../../workers/services/semaphore.ts';
import { smallPolicy } from '../support/epoch.ts';
import { memoryLedger, memoryObjects } from '../unit/worker/memory.ts';
import { CLOCK, DOMAIN, EPOCH, OPERATOR, VALIDATOR_KEY, random32 } from '../unit/runner/rig.ts';
import { ROOT, runnerFlags, startProcess, startRpc, type Ready } from './runner-rig.ts';

const HEAP_GROWTH_MAX = 64 * 2 ** 20;
const RUNNERS_AT_ONCE = 4;
const FLOODS = ['flood-huge', 'flood-endless', 'deep-json', 'gzip-bomb'] as const satisfies readonly BehaviourName[];
const NAMES = behaviourNames.filter((name) => !(FLOODS as readonly string[]).includes(name));

const DEMO: GpuClass = {
  ...{ name: 'demo', rows: 8, columns: 512, depth: 64, rounds: 2, openings: 8, floorOpsPerSecond: 0 },
  ...{ commitDeadlineMs: 30_000, openDeadlineMs: 30_000 },
};
/** With k = 64 openings, for those that are found by chance. */
const WIDE: GpuClass = { ...DEMO, rows: 64, openings: 64 };
/** For those that let us wait. */
const HASTY: GpuClass = { ...DEMO, commitDeadlineMs: 2_000 };
const FAST: GpuClass = { ...DEMO, floorOpsPerSecond: Number.MAX_SAFE_INTEGER };

const unexpected = async (): Promise<never> => {
  throw new Error('a probe has no business with this port');
};

/** A validator whose transport, keys, secrets and judge are the real ones. */
function contextOf(): Context {
  const ports: Ports = {
    clock: { nowMs: () => Date.now(), until: unexpected },
    registry: {
      ...{ deployment: unexpected, nodes: unexpected, validatorCount: unexpected, signer: unexpected, seedBase: unexpected },
      ...{ policyHash: unexpected, lastReport: unexpected, report: unexpected },
      ...{ postCall: () => ({ to: DOMAIN.registry, data: '0x' }) },
    },
    beacon: { round: unexpected, control: unexpected },
    ledger: memoryLedger([]).ledger,
    objects: memoryObjects(),
    transport: httpTransport(new Set(['127.0.0.1']), unexpected),
    queue: { send: unexpected },
    sender: { signReport: unexpected, signed: unexpected, submit: unexpected, state: unexpected },
    keys: { signer: signerAddress(VALIDATOR_KEY), sign: (digest) => signDigest(digest, VALIDATOR_KEY), seed: () => ZERO32 },
  };
  return { domain: DOMAIN, validator: OPERATOR, clock: CLOCK, reportSeconds: 60, policyOf: () => smallPolicy, ports };
}

const context = contextOf();
const plan = {
  epoch: EPOCH,
  clock: CLOCK,
  policy: smallPolicy,
  seed: random32(),
  beacon: random32(),
  nodeCount: 1,
  validatorCount: 1,
};
let draws = 0;

async function probeOnce({ port, nodeId, publicKey }: Ready, gpuClass: GpuClass): Promise<Probe> {
  const draw: Draw = { slot: 3, draw: draws++, nodeIndex: 0, kind: 1, scheduledMs: Date.now(), freshnessRound: 1 };
  const url = `http://127.0.0.1:${String(port)}`;
  const node = { index: 0, nodeId, operator: OPERATOR, publicKey, url, gpuClass: 'demo', vramMiB: 0, retired: false };
  await context.ports.transport.prepare(url);
  return probe(context, {
    plan,
    draw,
    node,
    gpuClass,
    randomness: toHex(sha256(new TextEncoder().encode(String(draws)))),
  });
}

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

/** Starts a runner, probes it so many times, and ends it whatever happens. */
async function probes(name: BehaviourName | 'honest', gpuClass: GpuClass, times: number): Promise<Probe[]> {
  const entry = name === 'honest' ? ['gpu-runners/main.ts'] : ['gpu-runners/adversaries/main.ts', '--behaviour', name];
  const [file = '', ...flags] = entry;
  const redirect = name === 'redirect' ? ['--redirect-to', elsewhere.url] : [];
  const args = [
    join(ROOT, file),
    ...flags,
    ...redirect,
    '--port',
    '0',
    '--grace',
    '0',
    ...runnerFlags(rpc.url, join(folder, name)),
  ];
  const runner = await startProcess(process.execPath, args);
  try {
    const results: Probe[] = [];
    for (let i = 0; i < times; i++) results.push(await probeOnce(runner.ready, gpuClass));
    return results;
  } finally {
    await runner.stop();
  }
}

function classOf(name: BehaviourName): GpuClass {
  if (behaviours[name].detection !== 'certain') return WIDE;
  if ((behaviours[name].reasons as readonly Reason[]).includes('timeout')) return HASTY;
  return name === 'overclaims' ? FAST : DEMO;
}

/** The table's word on each probe, and what every record must satisfy. */
function expectVerdicts(name: BehaviourName, results: readonly Probe[]): void {
  const row = behaviours[name];
  const reasons: readonly Reason[] = row.reasons;
  if (row.detection === 'certain') {
    for (const { reason } of results) expect([name, reasons.includes(reason), reason]).toEqual([name, true, reason]);
  } else {
    // Five percent of garbage escapes three times 64 openings with a probability below 6·10⁻⁵.
    expect([name, results.map(({ reason }) => reason)]).toEqual([name, expect.arrayContaining([row.reasons[0]])]);
    for (const { reason } of results) expect(['none', ...reasons]).toContain(reason);
  }
  for (const result of results) {
    if (result.reason !== 'none') expect(verdictOf(result.reason).outcome).toBe(row.outcome);
    expect(result.challengeHash).not.toBe(ZERO32);
    expect(result.elapsedMs > 0).toBe(result.commitment !== ZERO32);
    if (result.openingHash !== ZERO32) expect(result.commitment).not.toBe(ZERO32);
    if (!['none', 'below_claim'].includes(result.reason)) expect(result.measure).toBe(0);
  }
}

describe('the probe', () => {
  it('passes an honest runner each time', async () => {
    const results = await probes('honest', DEMO, 3);
    expect(results.map(({ reason }) => reason)).toEqual(['none', 'none', 'none']);
    for (const { measure } of results) expect(measure).toBeGreaterThan(0);
  });

  it('gets every dishonest runner its verdict, and nobody leads it elsewhere', async () => {
    const places = semaphore(RUNNERS_AT_ONCE);
    const found = await Promise.all(
      NAMES.map((name) =>
        places.run(async () => {
          const certain = behaviours[name].detection === 'certain';
          return { name, results: await probes(name, classOf(name), certain ? 1 : 3) };
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
      const results = await probes(name, DEMO, 3);
      expectVerdicts(name, results);
      expect(Date.now() - started).toBeLessThan(30_000);
    } finally {
      clearInterval(timer);
    }
    expect(most - before).toBeLessThan(HEAP_GROWTH_MAX);
  });
});
