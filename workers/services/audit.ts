// Runs one chunk: claims it, probes its due draws at their times, stores all results at once. A chunk that was claimed before
// is left alone, whatever became of it: sealing makes VOIDs of what is missing, and no node is probed twice for a draw.
import { randomnessOf, type BeaconRound } from '../../protocol/beacon.ts';
import type { SignerOf } from '../../protocol/busy.ts';
import { KIND_PRESENCE } from '../../protocol/challenge.ts';
import type { DueDraw } from '../../protocol/due.ts';
import type { OpeningsCheck } from '../../protocol/openings-check.ts';
import { freshnessEnd, type EpochPlan } from '../../protocol/schedule.ts';
import { taskOf, type Task } from '../../protocol/task.ts';
import type { Reason } from '../../protocol/verdict.ts';
import { DomainError } from '../errors.ts';
import { LOOK_UP_MS_MAX, PROBES_IN_FLIGHT_MAX, WAIT_MS_MAX } from '../limits.ts';
import { checkFor } from './check.ts';
import { chunkDraws } from './chunks.ts';
import { dueGroups, type DueGroup } from './due.ts';
import { meetings, type Meeting } from './meeting.ts';
import { controlled, forgiveOutage, roundsOf } from './outage.ts';
import { planOf } from './plan.ts';
import type { Chunk, Context, EpochEntry } from './ports.ts';
import { probe } from './probe.ts';
import { packRows, probedResult, unsentRow, type Result } from './rows.ts';
import { semaphore, type Semaphore } from './semaphore.ts';

/** 'stored' · 'repeated': claimed before · 'closed': the epoch takes no results (any more). */
export type ChunkOutcome = 'stored' | 'repeated' | 'closed';

/** All that the draws of one chunk share. */
type Run = {
  readonly context: Context;
  readonly plan: EpochPlan;
  readonly places: Semaphore;
  readonly signerOf: SignerOf;
};

/** What a draw needs before its challenge may be sent. */
type Ready = { readonly due: DueDraw; readonly task: Task; readonly check: OpeningsCheck };

function lineOf({ policy }: EpochPlan, { draw }: DueDraw): Result['line'] {
  return draw.kind === KIND_PRESENCE ? (policy.regions[draw.region] ?? '') : null;
}

function unsent({ context, plan }: Run, due: DueDraw, reason: Reason): Result {
  return { row: unsentRow(context, plan, due, reason), line: lineOf(plan, due), transcript: null, round: null };
}

async function makeReady({ context, plan }: Run, group: DueGroup): Promise<Ready[]> {
  const { policy, beacon } = plan;
  const ready: Ready[] = [];
  // In turn: the first makes what the others find made.
  for (const due of group) {
    const { kind, region } = due.draw;
    const task = taskOf({ policy, gpuClass: due.gpuClass, kind, region, beacon });
    ready.push({ due, task, check: await checkFor(context, plan, task) });
  }
  return ready;
}

/**
 * Whether the nodes' addresses have been looked up. Whether there is time for that is settled before it begins, so what their name servers do makes
 * no draw late: a name that is not found is its node's own absence.
 */
async function lookedUp({ ports }: Context, group: DueGroup, staleAt: number): Promise<boolean> {
  const own = group.filter(({ draw }) => draw.kind !== KIND_PRESENCE); // a region looks addresses up itself
  const found = await Promise.all(own.map(({ node }) => ports.transport.prepare(node.url, staleAt - LOOK_UP_MS_MAX)));
  return found.every(Boolean);
}

/** When a group starts, and on which round: the same for all its members. */
type Start = { readonly round: BeaconRound; readonly startedAt: number };

async function runDraw(run: Run, { due, task, check }: Ready, { round, startedAt }: Start, meeting: Meeting): Promise<Result> {
  const { context, plan, signerOf } = run;
  const randomness = randomnessOf(round.signature);
  const done = await probe(context, { plan, due, task, check, randomness, startedAt, signerOf, meeting });
  const before = unsent(run, due, 'none');
  const result = probedResult(before, done, await controlled(context.ports, before.line, done), round);
  // A node that is not there is asked again within seconds: the chunk's end would be too late.
  await context.ports.health.heard(plan.epoch, result.row);
  return result;
}

/** One draw with the members of its cohort: they start together, or not at all. */
async function runGroup(run: Run, group: DueGroup): Promise<PromiseSettledResult<Result>[]> {
  const { context, plan, places } = run;
  const { clock, beacon } = context.ports;
  const [first] = group;
  if (first === undefined) return [];
  const { scheduledMs, freshnessRound } = first.draw;
  const nobody = (reason: Reason) => Promise.allSettled(group.map(async (due) => unsent(run, due, reason)));
  await clock.until(scheduledMs);
  return places.run(group.length, async () => {
    const staleAt = freshnessEnd(plan.policy, freshnessRound);
    // Early counts as late: a record that starts before its time is one that every replay refuses, and the archive with it.
    const untimely = (nowMs: number): boolean => nowMs < scheduledMs || nowMs >= staleAt;
    if (untimely(clock.nowMs())) return nobody('auditor_fault');
    const round = await beacon.round(freshnessRound);
    if (round === null) return nobody('beacon_outage');
    const ready = await makeReady(run, group);
    if (!(await lookedUp(context, group, staleAt))) return nobody('auditor_fault');
    const startedAt = clock.nowMs(); // read once: what was in time for the first member is for the last, however long signing takes
    if (untimely(startedAt)) return nobody('auditor_fault');
    const meeting = meetings(ready.length);
    return Promise.allSettled(
      ready.flatMap((its, i) => (meeting[i] ? [runDraw(run, its, { round, startedAt }, meeting[i])] : [])),
    );
  });
}

async function runGroups(run: Run, groups: readonly DueGroup[]): Promise<PromiseSettledResult<Result>[]> {
  const settled = await Promise.allSettled(groups.map((group) => runGroup(run, group)));
  return settled.flatMap((group) => (group.status === 'fulfilled' ? group.value : [group]));
}

function runOf(context: Context, entry: EpochEntry, plan: EpochPlan): Run {
  const signers = new Map((entry.signers ?? []).map(({ operator, signer }) => [operator, signer]));
  return { context, plan, places: semaphore(PROBES_IN_FLIGHT_MAX), signerOf: (operator) => signers.get(operator) };
}

/** @throws what a draw threw, after the results of all others have been stored */
export async function auditChunk(context: Context, chunk: Chunk): Promise<ChunkOutcome> {
  const { ledger, objects, clock } = context.ports;
  const entry = await ledger.epoch(chunk.epoch);
  if (entry?.state !== 'open') return 'closed';
  const plan = planOf(context, entry);
  const draws = chunkDraws(plan, chunk);
  const [first] = draws;
  if (first === undefined) return 'closed'; // the schedule has no such chunk
  if (first.scheduledMs - clock.nowMs() > WAIT_MS_MAX) throw new DomainError('not_ready', 'A chunk came long before its time.');
  const groups = await dueGroups(ledger, plan, draws);
  if (!(await ledger.claim(chunk, clock.nowMs()))) return 'repeated';
  const settled = await runGroups(runOf(context, entry, plan), groups);
  const results = forgiveOutage(settled.flatMap((draw) => (draw.status === 'fulfilled' ? [draw.value] : [])));
  const { rows, bytes } = packRows(results);
  const key = bytes.length === 0 ? null : `transcripts/${String(chunk.epoch)}/${String(chunk.slot)}/${String(chunk.chunk)}`;
  if (key !== null) await objects.put(key, bytes, chunk.epoch);
  const stored = await ledger.finish(chunk, rows, roundsOf(results), key, clock.nowMs());
  if (stored) await context.ports.health.take(chunk, rows);
  const broken = settled.find((draw) => draw.status === 'rejected');
  if (broken !== undefined) throw broken.reason; // its draw alone has no row, and becomes a VOID at sealing
  return stored ? 'stored' : 'closed';
}
