// One challenge to one node, and its verdict, by kind: challenge → commitment → openings (kind 1), challenge → ready → start →
// commitment → openings (kind 2), challenge → commitment (kind 5). Nothing a node answers can throw; every way out is a record.
import { ZERO32, type Hex } from '../../protocol/bytes.ts';
import { judgeBusy, type SignerOf } from '../../protocol/busy.ts';
import { KIND_PRESENCE, KIND_VRAM } from '../../protocol/challenge.ts';
import { startDigest } from '../../protocol/challenges/vram/start.ts';
import { dueCase, type DueDraw } from '../../protocol/due.ts';
import { judgeCommitment, judgeRate, judgeReady, type AuditCase } from '../../protocol/judge.ts';
import { encodeChallengeMessage, encodeStartMessage, isBusy } from '../../protocol/messages.ts';
import type { OpeningsCheck } from '../../protocol/openings-check.ts';
import type { EpochPlan } from '../../protocol/schedule.ts';
import { commitDeadlineMs, commitmentBytesMax, firstBytesMax, firstDeadlineMs, type Task } from '../../protocol/task.ts';
import { EMPTY_TRANSCRIPT, type Transcript } from '../../protocol/transcript.ts';
import type { Reason } from '../../protocol/verdict.ts';
import { REGION_LAG_MS_MAX } from '../limits.ts';
import { exchange, timely, type Exchanged } from './exchange.ts';
import type { Meeting } from './meeting.ts';
import { openDrawn } from './openings.ts';
import type { Context } from './ports.ts';

export type ProbeInput = {
  readonly plan: EpochPlan;
  readonly due: DueDraw;
  readonly task: Task;
  readonly check: OpeningsCheck;
  /** Of the draw's freshness round. */
  readonly randomness: Hex;
  /** Now, in Unix milliseconds, found to be in time; one value for all that start together. */
  readonly startedAt: number;
  /** Signers of the epoch's seats: whose challenge may excuse a node. */
  readonly signerOf: SignerOf;
  /** With the other nodes that start together. */
  readonly meeting: Meeting;
};

export type Probe = {
  readonly reason: Reason;
  readonly challengeHash: Hex;
  readonly commitment: Hex;
  readonly openingHash: Hex;
  readonly elapsedMs: number;
  readonly measure: number;
  readonly startedAt: number;
  readonly transcript: Transcript;
};

/** A challenge that was sent, and what the node answered so far. */
type Stage = { readonly context: Context; readonly input: ProbeInput; readonly audit: AuditCase; readonly sent: Probe };

const ended = (sent: Probe, reason: Reason, heard: Partial<Transcript> = {}): Probe => ({
  ...sent,
  reason,
  transcript: { ...sent.transcript, ...heard },
});

/** After the timed answer: a commitment that holds must be opened, and ends in PASS or FAIL. */
async function conclude({ context, input, audit, sent }: Stage, timed: Exchanged): Promise<Probe> {
  if (!timed.ok) return ended(sent, timed.reason);
  const { bytes, elapsedMs } = timed;
  const judged = judgeCommitment(audit, bytes);
  if (typeof judged === 'string') return ended(sent, judged, { commitment: bytes });
  const accepted = { ...ended(sent, 'none', { commitment: bytes }), commitment: judged.commitment, elapsedMs };
  if (audit.task.kind === KIND_PRESENCE) return accepted;
  const othersTimed = input.meeting.timed();
  const { reason, openingHash, draw, opening } = await openDrawn({ context, input, audit, committed: judged, othersTimed });
  const whole = { ...ended(accepted, reason, { draw, opening }), openingHash };
  return reason === 'none' ? { ...whole, ...judgeRate(audit, elapsedMs) } : whole;
}

function askFirst({ context, input, audit, sent }: Stage): Promise<Exchanged> {
  const { task } = audit;
  const limits = { bytesMax: firstBytesMax(task), deadlineMs: firstDeadlineMs(task) };
  const request = { url: input.due.node.url, path: '/v1/challenges', body: sent.transcript.challenge, limits };
  return exchange(context.ports, request);
}

async function askGemm(stage: Stage): Promise<Probe> {
  const { input, audit, sent } = stage;
  const first = await askFirst(stage);
  if (!first.ok || !isBusy(first.bytes)) return conclude(stage, first);
  return ended(sent, judgeBusy(audit, first.bytes, input.signerOf), { commitment: first.bytes });
}

async function askVram(stage: Stage): Promise<Probe> {
  const { context, input, audit, sent } = stage;
  const { keys } = context.ports;
  const first = await askFirst(stage);
  if (!first.ok) return ended(sent, first.reason);
  const heard = { ready: first.bytes };
  if (isBusy(first.bytes)) return ended(sent, judgeBusy(audit, first.bytes, input.signerOf), heard);
  const reason = judgeReady(audit, first.bytes);
  if (reason !== 'none') return ended(sent, reason, heard);
  const { challengeHash, start, domain, task } = audit;
  const signature = keys.sign(startDigest(domain, { challengeHash, start }));
  const body = encodeStartMessage({ challengeHash, start, signature });
  await input.meeting.filled();
  await context.ports.transport.prepare(input.due.node.url); // the fill outlasted the guard's word, and the pass is timed
  await input.meeting.found();
  const limits = { bytesMax: commitmentBytesMax(task), deadlineMs: commitDeadlineMs(task) };
  const request = { url: input.due.node.url, path: '/v1/starts', body, limits };
  const timed = await exchange(context.ports, request);
  return conclude({ ...stage, sent: ended(sent, 'none', { ...heard, start: body }) }, timed);
}

async function askPresence(stage: Stage): Promise<Probe> {
  const { context, input, audit, sent } = stage;
  const { draw, node } = input.due;
  const deadlineMs = firstDeadlineMs(audit.task);
  // What a region's object lost before it had a place to send from would be missing from the node's own deadline.
  const sendBeforeMs = sent.startedAt + Math.min(REGION_LAG_MS_MAX, Math.floor(deadlineMs / 2));
  const limits = { bytesMax: firstBytesMax(audit.task), deadlineMs, sendBeforeMs };
  const region = input.plan.policy.regions[draw.region] ?? '';
  const reply = await context.ports.regions.post(region, node.url, '/v1/challenges', sent.transcript.challenge, limits);
  if (reply === null) return ended(sent, 'auditor_fault');
  return conclude(stage, timely(reply.answer, reply.elapsedMs, deadlineMs));
}

type Challenged = { readonly audit: AuditCase; readonly sent: Probe };

function challenge(context: Context, { plan, due, task, randomness, startedAt }: ProbeInput): Challenged {
  const { domain, validator, ports } = context;
  const audit = dueCase({ domain, validator, plan, due, task, randomness, startedAt });
  const signature = ports.keys.sign(audit.challengeHash);
  const message = encodeChallengeMessage({ domain, challenge: audit.challenge, params: task.bytes, signature });
  const nothing = { commitment: ZERO32, openingHash: ZERO32, elapsedMs: 0, measure: 0 };
  const transcript = { ...EMPTY_TRANSCRIPT, challenge: message };
  return { audit, sent: { reason: 'none', challengeHash: audit.challengeHash, startedAt, ...nothing, transcript } };
}

/** The caller has taken a semaphore place and found the draw still fresh. */
export async function probe(context: Context, input: ProbeInput): Promise<Probe> {
  try {
    const stage = { context, input, ...challenge(context, input) };
    // One turn, in which all that start together are signed: none of it is in anybody's time, and the requests leave side by side.
    await Promise.resolve();
    if (input.task.kind === KIND_PRESENCE) return await askPresence(stage);
    return await (input.task.kind === KIND_VRAM ? askVram(stage) : askGemm(stage));
  } finally {
    input.meeting.leave();
  }
}
