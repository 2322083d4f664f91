// Measure 3: what the pipeline itself costs. The Worker that would be deployed, in local workerd: cron, queue, probe, verification, D1
// and R2; beside it the same HTTP exchanges from a Worker that does nothing else, at the same concurrency, in the same run.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { signer, validator } from '../local/accounts.ts';
import { startAnvil } from '../local/anvil.ts';
import { bytecodes, workerBundle } from '../local/artifacts.ts';
import { startBeacon } from '../local/beacon.ts';
import { REGISTRY, setUpChain } from '../local/chain.ts';
import { startEdge, type Edge } from '../local/edge.ts';
import { CHAIN_ID, FIRST_EPOCH, LOOPBACK, SEED_CHAIN_LENGTH, TX_POLL_SECONDS } from '../local/limits.ts';
import { embeddedPolicy } from '../local/policy.ts';
import { openProcesses } from '../local/processes.ts';
import { toHex } from '../protocol/bytes.ts';
import { epochStart, type EpochClock } from '../protocol/schedule.ts';
import { seedTip } from '../protocol/seed.ts';
import { PROBES_IN_FLIGHT_MAX } from '../workers/limits.ts';
import { alone, processMs, spread, wallMs, type Bench, type BenchOptions, type Line, type Section } from './measure.ts';
import { startNodes, type BenchNodes } from './pipeline-nodes.ts';
import { startBenchWorker, type BenchWorker } from './workerd.ts';

/** 46,080 audits a node a day in slots of 3 s: this many nodes make slots of 50 draws of all kinds, and a few more with their cohorts. */
const NODES = 31;
/** Registering takes a while; the first epoch must not begin before. */
const HEAD_START_SECONDS = 12;
/** After this part of a slot, all of its draws are due. */
const JITTER_MS = 1_600;
const WAIT_MS_MAX = 20_000;

type Rig = {
  readonly edge: Edge;
  readonly clock: EpochClock;
  readonly nodes: BenchNodes;
  readonly bare: BenchWorker;
  readonly log: string[];
  stop(): Promise<void>;
};

async function startRig(): Promise<Rig> {
  const { policy } = embeddedPolicy();
  const processes = openProcesses();
  const stops: (() => Promise<unknown>)[] = [() => processes.close()];
  const stop = async (): Promise<void> => {
    for (const part of stops.splice(0).reverse()) await part().catch(() => undefined);
  };
  try {
    const [beacon, anvil] = await Promise.all([startBeacon(policy), startAnvil(processes)]);
    stops.push(() => beacon.stop());
    const nodes = await startNodes(NODES, policy.classes[0]?.name ?? '');
    stops.push(() => nodes.stop());
    const seedSecret = toHex(randomBytes(32));
    const env = {
      ...{ ROLE: 'validator', CHAIN_ID: String(CHAIN_ID), RPC_URL: anvil.url, REGISTRY_ADDRESS: REGISTRY },
      ...{ VALIDATOR_ADDRESS: validator.address, BEACON_URL: beacon.url, ALLOW_HTTP_HOSTS: LOOPBACK },
      ...{ SEED_CHAIN_LENGTH: String(SEED_CHAIN_LENGTH), TX_POLL_SECONDS: String(TX_POLL_SECONDS) },
      ...{ SIGNER_KEY: signer.key, SEED_SECRET: seedSecret, NEXT_POLICY: '', FAULT_WATCH: 'off' },
    };
    const log: string[] = [];
    const state = join(processes.folder, 'edge');
    const edge = await startEdge(processes, {
      ...{ bundle: await workerBundle(processes), env, state, port: 0 },
      onLog: (line) => {
        log.push(line);
      },
    });
    stops.push(() => edge.stop());
    const bare = await startBenchWorker('bare-inside.ts');
    stops.push(() => bare.stop());
    const { clock } = await setUpChain({
      ...{ rpcUrl: anvil.url, bytecodes: await bytecodes(), policy },
      firstEpochAt: Math.ceil(Date.now() / 1000) + HEAD_START_SECONDS,
      validators: [
        {
          ...{ operator: validator.address, signer: signer.address, url: edge.url },
          seedTip: seedTip(seedSecret, SEED_CHAIN_LENGTH),
        },
      ],
      nodes: nodes.registrations,
    });
    return { edge, clock, nodes, bare, log, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const slotMs = (clock: EpochClock, epoch: number, slot: number): number =>
  1000 * (epochStart(clock, epoch) + slot * clock.slotSeconds);

type Burst = { readonly audits: number; readonly wallMs: number; readonly cpuMs: number | null; readonly reasons: string };

/** Both queues deliver at once; a slot's next message follows its last by less. */
const QUIET_MS = 1_000;

/** Waits until all chunks of these slots are finished, and no further one has come for a while. */
async function finished({ edge, log }: Rig, epoch: number, slots: readonly number[]): Promise<number> {
  const database = await edge.database();
  const ids = slots.join(',');
  const sql = `SELECT count(*) AS chunks, count(finished_at) AS finished, max(finished_at) AS at FROM chunks WHERE epoch = ${String(epoch)} AND slot IN (${ids})`;
  const until = Date.now() + WAIT_MS_MAX;
  while (Date.now() < until) {
    const row = await database.prepare(sql).first<{ chunks: number; finished: number; at: number }>();
    const all = row !== null && row.chunks >= slots.length && row.chunks === row.finished;
    if (all && Date.now() - row.at > QUIET_MS) return row.at;
    await sleep(100);
  }
  throw new Error(`the chunks of epoch ${String(epoch)}, slots ${ids} were not finished in time\n${log.slice(-5).join('\n')}`);
}

/** Fires the cron of these slots when all their draws are due, so that nothing waits for its time. */
async function burst(rig: Rig, epoch: number, slots: readonly number[]): Promise<Burst> {
  const { edge, clock } = rig;
  await sleep(Math.max(0, slotMs(clock, epoch, slots.at(-1) ?? 0) + JITTER_MS - Date.now()));
  const [started, cpu] = [Date.now(), processMs(edge.pid)];
  for (const slot of slots) await edge.tick(new Date(slotMs(clock, epoch, slot) + 20));
  const ended = await finished(rig, epoch, slots);
  const after = processMs(edge.pid);
  const rows = await (
    await edge.database()
  )
    .prepare(`SELECT reason, count(*) AS n FROM audits WHERE epoch = ? AND slot IN (${slots.join(',')}) GROUP BY reason`)
    .bind(epoch)
    .all<{ reason: string; n: number }>();
  const done = rows.results.filter(({ reason }) => reason !== 'auditor_fault' && reason !== 'interrupted');
  const audits = done.reduce((sum, { n }) => sum + n, 0);
  const reasons = rows.results.map(({ reason, n }) => `${String(n)} ${reason}`).join(', ');
  return { audits, wallMs: ended - started, cpuMs: cpu === null || after === null ? null : after - cpu, reasons };
}

type Trial = {
  readonly pipeline: Burst;
  readonly bare: { readonly audits: number; readonly wallMs: number; readonly cpuMs: number | null };
};

async function bareRun({ bare, nodes }: Rig): Promise<Trial['bare']> {
  const exchanges = nodes.exchanges();
  await bare.ask('/prepare', exchanges);
  const before = processMs(bare.pid);
  const wall = await wallMs(() => bare.ask<number>(`/run/${String(PROBES_IN_FLIGHT_MAX)}`));
  const after = processMs(bare.pid);
  return { audits: exchanges.length, wallMs: wall, cpuMs: before === null || after === null ? null : after - before };
}

/** One epoch: a first slot to open it, then bursts with a bare run after each. */
async function trials(rig: Rig, epoch: number, bursts: readonly (readonly number[])[]): Promise<Trial[]> {
  await burst(rig, epoch, [0]);
  await bareRun(rig);
  const found: Trial[] = [];
  for (const slots of bursts) {
    const pipeline = await burst(rig, epoch, slots);
    found.push({ pipeline, bare: await bareRun(rig) });
  }
  return found;
}

function linesOf(name: string, found: readonly Trial[]): Line[] {
  const rate = ({ audits, wallMs: ms }: { audits: number; wallMs: number }): number => (1000 * audits) / ms;
  const cost = ({ audits, cpuMs }: { audits: number; cpuMs: number | null }): number => (cpuMs ?? Number.NaN) / audits;
  const [ours, bare] = [found.map(({ pipeline }) => rate(pipeline)), found.map((trial) => rate(trial.bare))];
  const [cpu, bareCpu] = [found.map(({ pipeline }) => cost(pipeline)), found.map((trial) => cost(trial.bare))];
  const what = `bare HTTP, ${String(PROBES_IN_FLIGHT_MAX)} at a time`;
  return [
    {
      ...alone(`${name}: whole pipeline`, 'audits/s', ours),
      ...{ beside: { what, figure: spread(bare) }, ratio: spread(ours).median / spread(bare).median },
    },
    {
      ...alone(`${name}: runtime’s CPU an audit`, 'ms CPU', cpu),
      ...{ beside: { what, figure: spread(bareCpu) }, ratio: spread(bareCpu).median / spread(cpu).median },
    },
  ];
}

async function run({ quick, say }: BenchOptions): Promise<Section> {
  say('pipeline: chain, beacon, nodes and Worker');
  const rig = await startRig();
  try {
    say('pipeline: answers from memory');
    const slots = [[2], [4], [6], [8]];
    const memory = await trials(rig, FIRST_EPOCH, quick ? slots.slice(0, 1) : slots);
    let honest: Trial[] = [];
    if (!quick) {
      say('pipeline: honest answers');
      rig.nodes.answerHonestly();
      honest = await trials(rig, FIRST_EPOCH + 1, slots);
    }
    const reasons = (found: readonly Trial[]): string => found.map(({ pipeline }) => pipeline.reasons).join('; ');
    return {
      title: 'The pipeline’s own overhead: cron → queue → probe → verify → D1 and R2',
      lines: [...linesOf('answers from memory', memory), ...(honest.length === 0 ? [] : linesOf('honest answers', honest))],
      notes: [
        'A burst is one slot of 50 draws of all kinds with their cohorts, fired when all are due; from the cron’s call to the last chunk’s commit in D1. Local queues run one batch at a time each, so 6 exchanges of brief draws and 6 of long ones are under way at most; in the bare run 6.',
        'From memory: all requests, all P-256 receipts verified, a full-size opening message that ends as bad_opening at its first path: all of the pipeline but the check of 65 leaves, whose cost is in measure 1.',
        `Honest: the CPU backend computes cpu-demo jobs one at a time in the bench’s process, on the same cores; the verdict is PASS.`,
        `Bare HTTP repeats the last ${String(rig.nodes.exchanges().length)} exchanges byte for byte from a Worker that only posts and reads. A ratio is pipeline to bare: below 1 is overhead.`,
        `Verdicts, a burst each: ${reasons(memory)}${honest.length === 0 ? '' : ` · honest: ${reasons(honest)}`}.`,
      ],
    };
  } finally {
    await rig.stop();
  }
}

export const pipeline: Bench = { name: 'pipeline', about: 'audits a second through the Worker, beside bare HTTP', run };
