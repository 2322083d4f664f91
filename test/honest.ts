// Honest audits by the thousand, none of which may fail: small jobs of every kind with odd sizes, on every backend that this machine can
// run, while two processes burn its processors. Every twentieth series goes the validator's whole way over HTTP (challenge, start,
// opening, all signatures); in the others backend, messages and judge meet without a wire between them, which costs a fifth. All have
// the auditor's own checks, and of every third the openings are checked again from public data alone, as a replay does.
//
// Floors are zero: what a busy machine's speed proves is no matter here. What is looked for are wrong bytes and lost answers.
import { spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { openBackend } from '../gpu-runners/backend.ts';
import type { Backend, Proof } from '../gpu-runners/backends/backend.ts';
import type { NodeSigner } from '../gpu-runners/identity.ts';
import { cachedRegistry } from '../gpu-runners/registry/registry.ts';
import { honestAnswers } from '../gpu-runners/server/answers.ts';
import { startRunner } from '../gpu-runners/server/runner.ts';
import { toHex, u32, type Hex } from '../protocol/bytes.ts';
import { KIND_GEMM, KIND_PRESENCE, KIND_VRAM } from '../protocol/challenge.ts';
import { secretCheck } from '../protocol/challenges/gemm/check.ts';
import { gemmSecrets } from '../protocol/challenges/gemm/secrets.ts';
import { presenceCommitment } from '../protocol/challenges/presence.ts';
import { dueCase } from '../protocol/due.ts';
import { sha256, tag } from '../protocol/hash.ts';
import { drawFor, judgeCommitment, judgeOpening, type AuditCase } from '../protocol/judge.ts';
import { gemmOpenings, publicCheck, type OpeningsCheck } from '../protocol/openings-check.ts';
import type { GpuClass } from '../protocol/policy.ts';
import { taskOf, type Task } from '../protocol/task.ts';
import type { Reason } from '../protocol/verdict.ts';
import { hasSwiftshader, swiftshaderFolder } from './support/swiftshader.ts';
import { smallPolicy } from './support/world.ts';
import { SEAT, prober, signersOf, type Seat, type Target } from './system/prober.ts';
import { CLOCK, DOMAIN, EPOCH, random32, testParts } from './unit/runner/rig.ts';

const AUDITS_DEFAULT = 30_000;
const BURNERS = 2;
/** Processes that share the work: beside the burners a single one would get a fraction of a core. */
const PARTS = 3;
const SAY_MS = 10_000;
/** Audits of one epoch, so of one class: then everything is drawn anew. */
const SERIES = 12;
/** Of the audits, on the software driver: its jobs take many times as long. */
const WEBGPU_SHARE = 0.06;
const PUBLIC_EVERY = 3;
const WIRE_EVERY = 20;
const DEADLINE_MS = 60_000;
/** Enough validators that none of them asks for presence too often. */
const SEATS: readonly Seat[] = Array.from({ length: 48 }, (_, i) => ({
  operator: toHex(sha256(tag('operator'), u32(i)).subarray(0, 20)),
  key: sha256(tag('validator'), u32(i)),
}));

type Tally = { audits: number; again: number };
type Failure = { readonly backend: string; readonly kind: number; readonly reason: Reason; readonly gpuClass: GpuClass };
type Told = { readonly counts: Record<string, Tally>; readonly failures: Failure[]; wired: number };

const pick = <T>(...of: readonly [T, ...T[]]): T => of[randomInt(of.length)] ?? of[0];

/** Odd tails on purpose: rows that no kernel divides, a last group of one page. */
function randomClass(): GpuClass {
  const rounds = 1 + randomInt(3);
  const [rows, columns] = [1 + randomInt(13), 256 * (1 + randomInt(3))];
  const leaves = (rows * columns) / 256;
  const each = Math.min(1 + randomInt(4), Math.max(1, leaves - 1));
  const [passes, pages] = [1 + randomInt(3), pick(64, 65, 95, 96, 97, 127, 129, 64 + randomInt(200))];
  const deadlines = { openDeadlineMs: DEADLINE_MS, proofPpm: 930_572 };
  return {
    name: 'odd',
    gemm: {
      ...{ rows: leaves === 1 ? 2 : rows, columns, depth: 64 * (1 + randomInt(4)), rounds, openings: rounds * each },
      ...{ floorOpsPerSecond: 0, commitDeadlineMs: DEADLINE_MS, ...deadlines },
    },
    vram: {
      ...{ pages, cacheRows: 2 ** (8 + randomInt(4)), parents: 1 + randomInt(9), passes, openings: passes * (1 + randomInt(6)) },
      ...{ floorBytesPerSecond: 0, fillDeadlineMs: DEADLINE_MS, passDeadlineMs: DEADLINE_MS, ...deadlines },
    },
  };
}

/** One audit that went through: what there is to be judged again. */
type Heard = { readonly audit: AuditCase; readonly seed: Hex; readonly commitment: Uint8Array; readonly opening: Uint8Array };
type Audited = { readonly reason: Reason; readonly heard: Heard };
type Ask = (kind: number) => Promise<Audited>;

/** The openings, with this check. */
function judged({ audit, seed, commitment, opening }: Heard, check: OpeningsCheck): Reason {
  const committed = judgeCommitment(audit, commitment);
  if (typeof committed === 'string') return committed;
  if (audit.task.kind === KIND_PRESENCE) return 'none';
  return judgeOpening(audit, committed, drawFor(audit, seed, committed.commitment), opening, check).reason;
}

/** Over HTTP, by the validator's probe. */
function overWire(target: Target, gpuClass: GpuClass): Ask {
  const { ask } = prober(SEATS);
  return async (kind) => {
    const seat = SEATS[randomInt(SEATS.length)] ?? SEAT;
    const { reason, plan, due, task, randomness, startedAt, transcript } = await ask({ target, gpuClass, kind, seat });
    const audit = dueCase({ domain: DOMAIN, validator: seat.operator, plan, due, task, randomness, startedAt });
    return { reason, heard: { audit, seed: plan.seed, commitment: transcript.commitment, opening: transcript.opening } };
  };
}

async function proofOf(backend: Backend, { challenge, task, start }: AuditCase): Promise<Proof | null> {
  if (task.kind === KIND_GEMM) return backend.gemm(task.params, challenge.nonce);
  if (task.kind === KIND_PRESENCE) return null;
  const fill = await backend.fill(task.params, challenge.nodeId);
  return fill.pass(start, challenge.nonce);
}

/** The same messages and the same judge, hand to hand. */
function direct(backend: Backend, signer: NodeSigner, gpuClass: GpuClass): Ask {
  const [seed, beacon] = [random32(), random32()];
  const { nodeId, publicKey } = signer;
  const node = { index: 0, operator: SEAT.operator, nodeId, publicKey, url: '', gpuClass: 'odd', vramMiB: 0, retired: false };
  const tasks = new Map(
    [KIND_GEMM, KIND_VRAM, KIND_PRESENCE].map((kind) => [
      kind,
      taskOf({ policy: smallPolicy, gpuClass, kind, region: 0, beacon }),
    ]),
  );
  const checks = new Map<number, OpeningsCheck>();
  const checkOf = (task: Task): OpeningsCheck => {
    const check =
      checks.get(task.kind) ??
      (task.kind === KIND_GEMM
        ? gemmOpenings(task, secretCheck(task.params, gemmSecrets(seed, task.params)))
        : publicCheck(task));
    checks.set(task.kind, check);
    return check;
  };
  let draws = 0;
  return async (kind) => {
    const task = tasks.get(kind);
    if (task === undefined) throw new Error('not one of our kinds');
    const draw = { slot: 3, draw: draws++, nodeIndex: 0, kind, cohort: 1, region: 0, scheduledMs: Date.now(), freshnessRound: 1 };
    const plan = { epoch: EPOCH, seed };
    const sent = { domain: DOMAIN, validator: SEAT.operator, plan, due: { draw, node }, task };
    const audit = dueCase({ ...sent, randomness: random32(), startedAt: Date.now() });
    const { challengeHash, challenge } = audit;
    const proof = await proofOf(backend, audit);
    const commitment = proof?.commitment ?? presenceCommitment(challenge.nonce);
    const said = { domain: DOMAIN, challengeHash, commitment };
    const message = honestAnswers.commitment(signer, { ...said, roots: proof?.roots ?? [] });
    const { positions } = drawFor(audit, seed, commitment);
    const openings = (await proof?.open(positions)) ?? new Uint8Array();
    const opening = honestAnswers.opening(signer, { ...said, positions, openings });
    proof?.release();
    const heard = { audit, seed, commitment: message, opening };
    return { reason: judged(heard, checkOf(task)), heard };
  };
}

async function series(backend: string, gpuClass: GpuClass, ask: Ask, count: number, told: Told): Promise<void> {
  for (let i = 0; i < count; i++) {
    const kind = pick(KIND_GEMM, KIND_GEMM, KIND_GEMM, KIND_GEMM, KIND_VRAM, KIND_VRAM, KIND_VRAM, KIND_VRAM, KIND_PRESENCE);
    const { reason: first, heard } = await ask(kind);
    const key = `${backend} K${String(kind)}`;
    const tally = (told.counts[key] ??= { audits: 0, again: 0 });
    tally.audits++;
    let reason = first;
    if (reason === 'none' && tally.audits % PUBLIC_EVERY === 0) {
      tally.again++;
      reason = judged(heard, publicCheck(heard.audit.task));
    }
    if (reason !== 'none') told.failures.push({ backend, kind, reason, gpuClass });
  }
}

const sum = (counts: Told['counts']): number => Object.values(counts).reduce((total, { audits }) => total + audits, 0);

/** A runner on this backend, asked until it has answered so often. */
async function campaign(backend: Backend, count: number, told: Told): Promise<void> {
  const registry = cachedRegistry(
    { clock: () => Promise.resolve(CLOCK), signersAt: () => Promise.resolve(signersOf(SEATS)) },
    Date.now,
  );
  const parts = testParts({ backend, registry });
  const runner = await startRunner(parts);
  const { nodeId, publicKey } = parts.signer;
  const target = { url: `http://127.0.0.1:${String(runner.port)}`, nodeId, publicKey };
  const timer = setInterval(() => {
    say(told);
  }, SAY_MS);
  try {
    for (let done = 0, turn = 0; done < count; done += SERIES, turn++) {
      const gpuClass = randomClass();
      const wired = turn % WIRE_EVERY === 0;
      const ask = wired ? overWire(target, gpuClass) : direct(backend, parts.signer, gpuClass);
      const asked = Math.min(SERIES, count - done);
      if (wired) told.wired += asked;
      await series(backend.name, gpuClass, ask, asked, told);
    }
  } finally {
    clearInterval(timer);
    await runner.stop(0);
  }
}

/** Null, with a sentence, where the software driver cannot be had. */
async function openWebGpu(): Promise<Backend | null> {
  if (hasSwiftshader) process.env['LD_LIBRARY_PATH'] = swiftshaderFolder(); // read by the process of the device
  try {
    return await openBackend('webgpu', 1, () => undefined);
  } catch (error) {
    process.stderr.write(`without webgpu: ${error instanceof Error ? error.message : 'unknown'}\n`);
    return null;
  }
}

/** One process's share. @param withWebGpu one of them owns the software driver */
async function part(audits: number, withWebGpu: boolean): Promise<Told> {
  const told: Told = { counts: {}, failures: [], wired: 0 };
  const cpu = await openBackend('cpu', 1, () => undefined);
  const webgpu = withWebGpu ? await openWebGpu() : null;
  const onWebGpu = webgpu === null ? 0 : Math.round(WEBGPU_SHARE * PARTS * audits);
  await Promise.all([campaign(cpu, audits - onWebGpu, told), webgpu === null ? null : campaign(webgpu, onWebGpu, told)]);
  return told;
}

function together(parts: readonly Told[]): Told {
  const whole: Told = { counts: {}, failures: [], wired: 0 };
  for (const { counts, failures, wired } of parts) {
    whole.failures.push(...failures);
    whole.wired += wired;
    for (const [key, { audits, again }] of Object.entries(counts)) {
      const tally = (whole.counts[key] ??= { audits: 0, again: 0 });
      tally.audits += audits;
      tally.again += again;
    }
  }
  return whole;
}

/** Every process says what it has every few seconds, as a line of JSON; the last line is its result. */
function follow(child: ChildProcess, told: (part: Told) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    if (child.stdout !== null)
      createInterface(child.stdout).on('line', (line) => {
        told(JSON.parse(line) as Told);
      });
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`a part of the campaign ended with ${String(code)}`));
    });
  });
}

const say = (told: Told): void => void process.stdout.write(`${JSON.stringify(told)}\n`);

async function all(audits: number): Promise<number> {
  const started = Date.now();
  const command = (...args: string[]) => [process.execPath, ['--disable-warning=ExperimentalWarning', ...args]] as const;
  const burners = Array.from({ length: BURNERS }, () => spawn(...command('-e', 'for (;;);'), { stdio: 'ignore' }));
  const tolds: Told[] = Array.from({ length: PARTS }, () => ({ counts: {}, failures: [], wired: 0 }));
  const shares = tolds.map((_, i) => Math.floor((audits * (i + 1)) / PARTS) - Math.floor((audits * i) / PARTS));
  const children = shares.map((share, i) =>
    spawn(...command(import.meta.filename, '--part', String(i), '--audits', String(share)), {
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  );
  process.on('exit', () => {
    for (const child of [...burners, ...children]) child.kill('SIGKILL');
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  const timer = setInterval(() => {
    const { counts, failures } = together(tolds);
    const text = Object.entries(counts).map(([key, tally]) => `${key} ${String(tally.audits)}`);
    process.stderr.write(
      `${String(sum(counts))} of ${String(audits)} · ${text.sort().join(' · ')} · failures ${String(failures.length)}\n`,
    );
  }, 2 * SAY_MS);
  await Promise.all(children.map((child, i) => follow(child, (told) => (tolds[i] = told))));
  clearInterval(timer);
  const { counts, failures, wired } = together(tolds);
  const seconds = Math.round((Date.now() - started) / 1000);
  process.stdout.write(`${JSON.stringify({ audits: sum(counts), seconds, counts, wired, failures: failures.slice(0, 20) })}\n`);
  return failures.length === 0 && sum(counts) === audits ? 0 : 1;
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { audits: { type: 'string' }, part: { type: 'string' } } });
  const audits = Number(values.audits ?? AUDITS_DEFAULT);
  if (!Number.isInteger(audits) || audits < PARTS) throw new Error('--audits must be a whole number, three at least.');
  if (values.part === undefined) return all(audits);
  say(await part(audits, values.part === '0'));
  return 0;
}

process.exit(await main());
